/**
 * Every command is checked as a whole before anything is sent. The commands come from the program itself, so that a new one
 * is held to it too.
 */
import type { Argument, Command, Option } from 'commander';
import { expect, test } from 'vitest';
import { bad, type Handler, startServer } from '../test/contract-server.ts';
import { runCli } from '../test/harness.ts';
import { createProgram } from './program.ts';
import type { Surroundings } from './surroundings.ts';

/** What may say anything but nothing; the server judges what it means. */
const FREE = ['--name', '--reason', '--actor', '--tier', '--status', '--namespace', '--topic', '--code', '--tenant'];
/** What is right for everything else that takes a value. */
const GOOD: Readonly<Record<string, readonly string[]>> = {
  '--timeout': ['5', '5s', '2m', '1h30m'],
  '--deadline': ['5', '90s'],
  '--pause': ['5', '1m'],
  '--grace-hours': ['0', '0.5', '24'],
  '--limits': ['{"cpu_cores":1}'],
  '--since': ['2026-01-31', '2026-01-31T12:00:00Z'],
  '--waves': ['1,5,20'],
  '--max-failures': ['0', '3'],
  '--generation': ['2'],
  '--reconcile': ['paused', 'running'],
  '--deletions': ['paused'],
  '--backend': ['minio=paused'],
  '--state': ['open'],
  '--from': ['2026-01-31'],
  '--to': ['2026-01-31'],
};
const WRONG = ['', ' ', 'so-wrong', '-5', '5 parsecs', '1e9', '99999999999999d'];
/** An argument that is no name. */
const DOCUMENTS: Readonly<Record<string, string>> = { json: '{}' };
const NO_NAMES = ['', ' ', '.', '..', ' acme'];

interface Leaf {
  readonly words: readonly string[];
  readonly command: Command;
}

function leavesOf(command: Command, words: readonly string[]): readonly Leaf[] {
  if (command.commands.length === 0) return [{ words, command }];
  return command.commands.flatMap((each) => leavesOf(each, [...words, each.name()]));
}

const silent = { write: () => undefined, columns: () => 80, rows: () => 24, isTty: false };
const program = createProgram({ out: silent, err: silent, env: {} } as unknown as Surroundings);
const leaves = leavesOf(program, []).map((leaf) => [leaf.words.join(' '), leaf] as const);

const argumentOf = (argument: Argument): string => DOCUMENTS[argument.name()] ?? 'acme';
/** What a command needs to be sent at all. */
const EXTRA: Readonly<Record<string, readonly string[]>> = {
  'control set': ['--reconcile', 'paused'],
  'tenant delete': ['--yes'],
};
const goodArgs = ({ words, command }: Leaf): readonly string[] => [
  ...words,
  ...command.registeredArguments.filter(({ required }) => required).map(argumentOf),
  ...command.options.filter(({ mandatory }) => mandatory).flatMap(({ long }) => [long as string, 'because']),
  ...(EXTRA[words.join(' ')] ?? []),
];
const takesValue = ({ required, optional }: Option): boolean => required || optional;
/** Any words will do for some options, unless they are read. */
const canBeWrong = (option: Option): boolean =>
  takesValue(option) && (!FREE.includes(option.long ?? '') || option.parseArg !== undefined);

async function refused(args: readonly string[]): Promise<void> {
  await using server = await startServer({});
  const ran = await runCli(args, server);
  const what = `${JSON.stringify(args)}: ${ran.err}`;
  expect(server.asked, what).toEqual([]);
  expect(ran.code, what).toBe(2);
  expect(ran.out, what).toBe('');
  expect(ran.err, what).not.toBe('');
}

test('the table has every command', () => {
  expect(leaves.length).toBeGreaterThan(25);
});

test.each(leaves)('%s: what is right is sent', async (_, leaf) => {
  for (const option of leaf.command.options.filter(takesValue)) {
    const long = option.long as string;
    const values = FREE.includes(long) ? ['words'] : GOOD[long];
    expect(values, `${long} takes a value: tell what is right for it`).toBeDefined();
    for (const value of values as readonly string[]) {
      await using server = await startServer({});
      const id = leaf.words.join(' ') === 'tenant import' && long !== '--timeout' ? ['acme'] : [];
      const ran = await runCli([...goodArgs(leaf), ...id, long, value], server);
      expect(server.asked.length, `${long} ${value}: ${ran.err}`).toBeGreaterThan(0);
    }
  }
  await using server = await startServer({});
  await runCli(goodArgs(leaf), server);
  expect(server.asked.length).toBeGreaterThan(0);
});

/** Whatever is asked. */
const everywhere = (handler: Handler) => new Proxy({}, { get: () => handler }) as Readonly<Record<string, Handler>>;

test.each(leaves)('%s: what any server might answer is no success', async (_, leaf) => {
  for (const body of [{}, [], true, { ok: true, message: 'hello' }]) {
    await using server = await startServer(everywhere(() => ({ kind: 'json', status: 200, body })));
    const ran = await runCli(goodArgs(leaf), server);
    expect([1, 3], `${JSON.stringify(body)}: ${ran.out}`).toContain(ran.code);
    expect(ran.err + ran.out).not.toBe('');
  }
});

test.each(leaves.filter(([, leaf]) => leaf.command.options.some(canBeWrong)))(
  '%s: a wrong value of an option is usage, and nothing is sent',
  async (_, leaf) => {
    for (const option of leaf.command.options.filter(takesValue)) {
      const long = option.long as string;
      const wrong = FREE.includes(long) ? [] : WRONG;
      const blank = FREE.includes(long) && option.parseArg !== undefined ? ['', ' '] : [];
      for (const value of [...wrong, ...blank]) await refused([...goodArgs(leaf), `${long}=${value}`]);
      for (const value of wrong.slice(2, 3))
        if (hasWait(leaf)) await refused([...goodArgs(leaf), '--wait', `${long}=${value}`]);
    }
  },
);

const hasWait = ({ command }: Leaf): boolean => command.options.some(({ long }) => long === '--wait');

test.each(leaves)(
  '%s: arguments that are missing, too many or no names, and unknown options, are usage',
  async (_, leaf) => {
    const { words, command } = leaf;
    const needed = command.registeredArguments.filter(({ required }) => required);
    if (needed.length > 0) await refused(words);
    const most = command.registeredArguments.length;
    await refused([...words, ...Array.from({ length: most + 1 }, () => 'acme')]);
    for (const [index, argument] of command.registeredArguments.entries()) {
      if (DOCUMENTS[argument.name()] !== undefined) continue;
      for (const name of NO_NAMES)
        await refused([
          ...words,
          ...command.registeredArguments.slice(0, index).map(argumentOf),
          name,
          ...needed.slice(index + 1).map(argumentOf),
        ]);
    }
    await refused([...goodArgs(leaf), '--no-such-option']);
    for (const { long, mandatory } of command.options)
      if (mandatory) await refused([...words, ...needed.map(argumentOf), long as string, '']);
  },
);

test.each(leaves.filter(([, { command }]) => command.options.length > 0))(
  '%s: a mistyped option is told with the nearest one',
  async (_, leaf) => {
    for (const { long } of leaf.command.options) {
      const ran = await runCli([...goodArgs(leaf), `${long}x`], { url: 'http://127.0.0.1:9' });
      expect(ran.code).toBe(2);
      expect(ran.err).toContain(`Did you mean ${long}?`);
    }
  },
);

test.each([
  [['tenant', 'create', 'a2', '--wait', '--dry-run']],
  [['tenant', 'tier', 'a2', 'starter', '--wait', '--dry-run']],
  [['blueprint', 'rollout', '--dry-run', '--watch']],
  [['blueprint', 'rollout', '--allow-data-loss']],
  [['blueprint', 'plan', 'free', '--allow-data-loss']],
  [['tenant', 'import', '--yes']],
  [['tenant', 'import', 'a2', '--all']],
  [['tenant', 'import', 'a2', '--wait']],
  [['tenant', 'delete', 'a2']],
  [['tenant', 'plan', 'a2', '--limits', 'no-such-file.json']],
  [['tenant', 'creat', 'a2']],
  [['tenants']],
])('%j: what cannot be meant together, or is half said, is usage, and nothing is sent', refused);

test('what is to be typed next is said as the command was called', async () => {
  await using server = await startServer({ 'GET /api/v1/control': () => bad('unauthenticated', 'It has expired.') });
  const plainly = await runCli(['control', 'get'], server);
  expect(plainly.err).toContain('`leasehold doctor` says');
  const byNpx = await runCli(['control', 'get'], { ...server, env: { npm_command: 'exec' } });
  expect(byNpx.err).toContain('`npx --no-install leasehold doctor` says');
});
