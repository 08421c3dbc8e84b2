/** The replay command at its edges: what is printed to the last letter, each refusal's text, and what is just allowed. */
import { mkdtemp, rm, writeFile } from 'node:fs/promises';
import { tmpdir } from 'node:os';
import { join } from 'node:path';
import { afterAll, beforeAll, expect, test } from 'vitest';
import { USAGE } from './arguments.ts';
import { runReplay } from './command.ts';

let folder = '';
beforeAll(async () => {
  folder = await mkdtemp(join(tmpdir(), 'replay-edges-'));
});
afterAll(() => rm(folder, { recursive: true }));

const START_MS = Date.UTC(2026, 2, 2);

/** Rows so many seconds apart, from the second of March on. */
const rows = (stepS: number, ...values: readonly number[]): string =>
  [
    'timestamp,value',
    ...values.map((value, i) => `${new Date(START_MS + i * stepS * 1_000).toISOString()},${value}`),
  ].join('\n');

async function raw(args: readonly string[]) {
  const told: { out: string[]; err: string } = { out: [], err: '' };
  const code = await runReplay(args, {
    out: (part) => void told.out.push(part),
    err: (part) => {
      told.err += part;
    },
  });
  return { code, ...told };
}
async function run(text: string, ...args: readonly string[]) {
  const trace = join(folder, 'trace.csv');
  await writeFile(trace, text);
  return raw(['--trace', trace, '--capacity', '10', '--startup', '0', ...args]);
}

test('a line a tick: nothing known wants one replica, 21 of load wants three', async () => {
  expect(await run(rows(3_600, 21, 21), '--tick', '3600')).toEqual({
    code: 0,
    out: ['{"at":"2026-03-02T00:00:00.000Z","replicas":1}\n{"at":"2026-03-02T01:00:00.000Z","replicas":3}\n'],
    err: '',
  });
});

test('lines are written 4,096 at once, and what is left at the end; never nothing', async () => {
  const sizes = async (stepS: number): Promise<readonly number[]> =>
    (await run(rows(stepS, 21, 21), '--tick', '1')).out.map((part) => part.split('\n').length - 1);
  expect(await sizes(2_048)).toEqual([4_096]);
  expect(await sizes(2_049)).toEqual([4_096, 2]);
});

test('minutes a week that are to be held are a goal of their own, days on end', async () => {
  const { code, err, out } = await run(rows(3_600, ...new Array(60).fill(63)), '--tick', '3600', '--self-tuned', '50');
  expect([code, err, out.join('').trim().split('\n').length]).toEqual([0, '', 60]);
});

test('what is not understood is told with the usage; what is understood and wrong is told without', async () => {
  expect(await raw([])).toEqual({
    code: 2,
    out: [],
    err: `--trace FILE is asked for\n--capacity is asked for: a number from 1e-20 to 1e20\n--startup is asked for: seconds from 0 to 43200\n${USAGE}`,
  });
});

test('files that cannot be read are told, both of them, with their codes', async () => {
  const [trace, policy] = [join(folder, 'no.csv'), join(folder, 'no.json')];
  const args = ['--trace', trace, '--policy', policy, '--capacity', '10', '--startup', '0'];
  expect(await raw(args)).toEqual({
    code: 2,
    out: [],
    err: `--trace ${trace} cannot be read: ENOENT\n--policy ${policy} cannot be read: ENOENT\n`,
  });
});

test('a policy is told by its file, its pointer, or as a whole', async () => {
  const refused = async (policy: string): Promise<string> => {
    const file = join(folder, 'policy.json');
    await writeFile(file, policy);
    const { code, err } = await run(rows(3_600, 21, 21), '--policy', file);
    expect(code).toBe(2);
    return err.replaceAll(file, 'FILE');
  };
  expect(await refused('[]')).toBe('FILE: the policy must be an object, got []\n');
  expect(await refused('{"priority": -1, "enabled": 1}')).toBe(
    'FILE: /enabled must be true or false, got 1\nFILE: /priority must be a whole number from 0 to 1000000, got -1\n',
  );
  expect(await refused('{')).toMatch(/^--policy FILE is no JSON: .+\n$/);
});

test('--from may be the start of the trace, not a moment before it, nor its end', async () => {
  const from = (at: string) => run(rows(3_600, 21, 21), '--tick', '3600', '--from', at);
  const refused = (at: string) => ({
    code: 2,
    out: [],
    err: `--from must lie within the trace, 2026-03-02T00:00:00.000Z to 2026-03-02T02:00:00.000Z, got ${at}\n`,
  });
  expect((await from('2026-03-02T00:00:00Z')).out.join('')).toContain('T01:00');
  expect((await from('2026-03-02T01:59:59Z')).code).toBe(0);
  expect(await from('2026-03-02T02:00:00Z')).toEqual(refused('2026-03-02T02:00:00.000Z'));
  expect(await from('2026-03-01T23:59:59Z')).toEqual(refused('2026-03-01T23:59:59.000Z'));
});

test('twenty million ticks are the bound, told with what they would be', async () => {
  const late = ['--tick', '1', '--from', '2027-06-01T00:00:00Z'];
  const { err } = await run(rows(10_000_001, 21, 21), ...late);
  expect(err.split('\n')[1]).toBe('20000002 ticks of 1 s, the bound is 20000000');
  const just = await run(rows(10_000_000, 21, 21), ...late);
  expect([just.code, just.err]).toEqual([2, expect.not.stringContaining('ticks of')]);
});

test('a start-up may be as long as the trace and no longer', async () => {
  const text = rows(60, 21, 21);
  expect((await run(text, '--startup', '120')).code).toBe(0);
  expect(await run(text, '--startup', '121')).toEqual({
    code: 2,
    out: [],
    err: '--startup 121 is longer than the trace\n',
  });
});

test('rows may be a second apart and no less', async () => {
  expect((await run(rows(1, 21, 21), '--tick', '1')).code).toBe(0);
  const { code, err } = await run(rows(0.999, 21, 21), '--tick', '1');
  expect([code, err]).toEqual([
    2,
    expect.stringMatching(/trace\.csv: the rows are 999 ms apart, the least is 1000 ms\n$/),
  ]);
});
