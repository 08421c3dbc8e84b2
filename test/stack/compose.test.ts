import { readFileSync } from 'node:fs';
import { expect, test } from 'vitest';
import { composeEngine, composeVariables, containersAnswer } from './compose.ts';
import { placesOf } from './places.ts';
import { SERVERS } from './servers/index.ts';
import type { RunOptions } from './shell.ts';

const FILE = readFileSync(new URL('compose.yaml', import.meta.url), 'utf8');
const PLACES = placesOf({ XDG_CACHE_HOME: '/cache' });

function recorded(answer: (args: readonly string[]) => string) {
  const calls: { readonly args: readonly string[]; readonly options: RunOptions }[] = [];
  const run = async (_program: string, args: readonly string[], options: RunOptions): Promise<string> => {
    calls.push({ args, options });
    return answer(args);
  };
  return { calls, run };
}

const siteFor = (server: (typeof SERVERS)[number]) => ({
  conf: '/stack/conf',
  data: '/data',
  bind: '0.0.0.0',
  ports: Object.fromEntries(server.ports.map((name, index) => [name, 21_000 + index])),
  secrets: server.secrets(),
});

test('every published port of every container is mapped to loopback, and every image is pinned (1)', () => {
  const published = FILE.match(/[\d.]*:?\$\{STACK_\w+_PORT\}:\$\{STACK_\w+_PORT\}/g) ?? [];
  expect(published.length).toBeGreaterThanOrEqual(4);
  expect(published.every((mapping) => mapping.startsWith('127.0.0.1:'))).toBe(true);
  const images = [...FILE.matchAll(/image: (\S+)/g)].map((match) => match[1] as string);
  expect(images).toHaveLength(SERVERS.length);
  expect(images.every((image) => /:[\w.-]*\d[\w.-]*$/.test(image))).toBe(true);
});

test('every variable that the file names has a value on every call (3)', async () => {
  const named = new Set([...FILE.matchAll(/\$\{(STACK_\w+)\}/g)].map((match) => match[1] as string));
  const { calls, run } = recorded(() => '');
  await composeEngine(PLACES, SERVERS, run).stop('pulsar', { pid: 1, birth: 'x' });
  for (const { options } of calls) for (const name of named) expect(options.env).toHaveProperty(name);
});

test('a start gives the service its own ports and files, and marks it by container and process', async () => {
  const [pulsar] = SERVERS;
  if (!pulsar) throw new Error('no server');
  const { calls, run } = recorded((args) => (args[0] === 'inspect' ? '42\n' : args.includes('ps') ? 'c0ffee\n' : ''));
  const site = siteFor(pulsar);
  const mark = await composeEngine(PLACES, SERVERS, run).start(pulsar, site);
  expect(mark).toEqual({ pid: 42, birth: 'c0ffee' });
  expect(calls[0]?.args).toEqual(expect.arrayContaining(['-p', 'leasehold-stack-default', 'up', '-d', 'pulsar']));
  expect(calls[0]?.options.env).toMatchObject(composeVariables(pulsar, site, `${PLACES.run}/pulsar/conf`));
});

test('without an engine that answers, containers are not chosen', async () => {
  expect(await containersAnswer(async () => '')).toBe(true);
  expect(await containersAnswer(() => Promise.reject(new Error('no daemon')))).toBe(false);
});
