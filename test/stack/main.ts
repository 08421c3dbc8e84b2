/**
 * `npm run stack -- up|down|status|wipe|env [server...]`: the stack by hand. `up --keep` starts stopped servers on the
 * data they had.
 */
import { rmSync } from 'node:fs';
import { parseArgs } from 'node:util';
import { asFault, invalid } from '@leasehold/kernel';
import { attachStack } from './attach.ts';
import { bringUp, contextOf, definitionsOf } from './bring-up.ts';
import { placesOf } from './places.ts';
import type { Stack } from './stack.ts';
import { readState } from './state.ts';

const USAGE = 'usage: npm run stack -- up [--keep] | down | status | wipe | env  [server...]';

const say = (line: string): void => void process.stdout.write(`${line}\n`);
const progress = (line: string): void => void process.stderr.write(`${line}\n`);
const shellQuoted = (value: string): string => `'${value.replaceAll("'", "'\\''")}'`;
const mebibytes = (bytes: number | undefined): string =>
  bytes === undefined ? '-' : `${Math.round(bytes / 2 ** 20)} MiB`;

function sayVariables(stack: Stack): void {
  for (const [name, value] of Object.entries(stack.env)) say(`export ${name}=${shellQuoted(value)}`);
}

async function sayStatus(names: readonly string[]): Promise<boolean> {
  const recorded = readState(placesOf(process.env).stateFile).servers;
  let all = true;
  for (const name of names) {
    const handle = recorded[name] === undefined ? undefined : attachStack().server(name);
    const healthy = (await handle?.healthy()) ?? false;
    all &&= healthy;
    const memory = mebibytes(handle?.residentBytes);
    const ports = Object.entries(handle?.ports ?? {})
      .map(([port, number]) => `${port} ${number}`)
      .join(', ');
    say(
      handle === undefined
        ? `${name}: never started`
        : `${name}: ${healthy ? 'healthy' : 'down'}, pid ${handle.pid}, ${memory}, ${ports}`,
    );
  }
  return all;
}

async function stop(names: readonly string[]): Promise<void> {
  const { stateFile } = placesOf(process.env);
  const context = contextOf(placesOf(process.env), process.env, progress);
  for (const name of names) {
    const record = readState(stateFile).servers[name];
    if (record === undefined) continue;
    await context.engineOf(record.engine).stop(name, record.mark);
    say(`${name}: stopped`);
  }
}

async function wipe(names: readonly string[]): Promise<void> {
  await stop(names);
  const places = placesOf(process.env);
  const context = contextOf(places, process.env, progress);
  const recorded = readState(places.stateFile).servers;
  for (const name of names) await context.engineOf(recorded[name]?.engine ?? 'native').wipe(name);
  if (Object.keys(recorded).every((name) => names.includes(name))) rmSync(places.stateFile, { force: true });
}

async function main(): Promise<number> {
  const { values, positionals } = parseArgs({ allowPositionals: true, options: { keep: { type: 'boolean' } } });
  const [command = 'status', ...servers] = positionals;
  const names = definitionsOf(servers).map(({ name }) => name);
  if (command === 'up') {
    const begin = performance.now();
    sayVariables(await bringUp({ keep: values.keep ?? false, servers: names, log: progress }));
    progress(`up after ${Math.round(performance.now() - begin)} ms`);
  } else if (command === 'down') await stop(names);
  else if (command === 'wipe') await wipe(names);
  else if (command === 'env') sayVariables(attachStack());
  else if (command === 'status') return (await sayStatus(names)) ? 0 : 1;
  else throw invalid(`unknown command ${JSON.stringify(command)}; ${USAGE}`, { code: 'UsageInvalid' });
  return 0;
}

main().then(
  (code) => {
    process.exitCode = code;
  },
  (error: unknown) => {
    process.stderr.write(`${asFault(error).message}\n`);
    process.exitCode = 1;
  },
);
