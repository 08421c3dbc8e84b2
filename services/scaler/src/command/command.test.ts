/** The replay command: data or problems, never both. */
import { mkdtemp, rm, writeFile } from 'node:fs/promises';
import { tmpdir } from 'node:os';
import { join } from 'node:path';
import { afterAll, beforeAll, expect, test } from 'vitest';
import { runReplay } from './command.ts';

let folder = '';
beforeAll(async () => {
  folder = await mkdtemp(join(tmpdir(), 'replay-'));
});
afterAll(() => rm(folder, { recursive: true }));

const START_MS = Date.UTC(2026, 2, 2);
/** A row an hour. */
const rows = (count: number): string =>
  [
    'timestamp,value',
    ...Array.from({ length: count }, (_, i) => `${new Date(START_MS + i * 3_600_000).toISOString()},${20 + (i % 7)}`),
  ].join('\n');

async function run(text: string, args: readonly string[], policy?: string) {
  const trace = join(folder, 'trace.csv');
  await writeFile(trace, text);
  const file = join(folder, 'policy.json');
  if (policy !== undefined) await writeFile(file, policy);
  const told: { out: string[]; err: string[] } = { out: [], err: [] };
  const more = policy === undefined ? [] : ['--policy', file];
  const code = await runReplay(['--trace', trace, '--startup', '120', ...args, ...more], {
    out: (part) => void told.out.push(part),
    err: (part) => void told.err.push(part),
  });
  return { code, out: told.out.join(''), err: told.err.join('') };
}

test('a line for each tick from --from to the end of the last interval', async () => {
  const { code, out, err } = await run(rows(30), [
    '--capacity',
    '10',
    '--from',
    '2026-03-03T00:00:00Z',
    '--tick',
    '900',
  ]);
  expect([code, err]).toEqual([0, '']);
  const lines = out
    .trim()
    .split('\n')
    .map((line) => JSON.parse(line) as { at: string; replicas: number });
  expect(lines).toHaveLength((30 - 24) * 4);
  expect(lines[0]?.at).toBe('2026-03-03T00:00:00.000Z');
  expect(lines.every(({ replicas }) => Number.isInteger(replicas) && replicas >= 3)).toBe(true);
});

test('without a policy file there is no ceiling of ten; with one there is', async () => {
  const last = async (policy?: string) =>
    JSON.parse(
      (await run(rows(30), ['--capacity', '1', '--tick', '3600'], policy)).out.trim().split('\n').at(-1) as string,
    );
  expect((await last()).replicas).toBeGreaterThan(20);
  expect((await last('{}')).replicas).toBe(10);
});

test('bad input: every problem on the error stream, exit code 2, no data', async () => {
  const good = rows(50);
  const cases: readonly (readonly [string, readonly string[], string | undefined, string])[] = [
    ['', ['--capacity', '10'], undefined, 'empty'],
    [`${good}\n2026-03-02T00:00:00Z,5`, ['--capacity', '10'], undefined, 'sorted'],
    [`${good}\n2026-03-04T01:00:00Z,5`, ['--capacity', '10'], undefined, 'twice'],
    [`${good}\n2026-03-04T02:00:00Z,-5`, ['--capacity', '10'], undefined, 'negative'],
    [`${good}\n2026-03-04T02:00:00Z,NaN`, ['--capacity', '10'], undefined, '"NaN"'],
    [
      `${good}\n2026-03-04T02:00:00Z,1e300`,
      ['--capacity', '10'],
      undefined,
      'trace.csv: line 52: value must be at most',
    ],
    [
      'timestamp,value\n2026-03-02T05:00:00Z,1\n2026-03-02T05:00:00.999Z,1',
      ['--capacity', '10'],
      undefined,
      '999 ms apart',
    ],
    [good, ['--capacity', '-3'], undefined, 'got "-3"'],
    [good, ['--capacity', '0'], undefined, 'got "0"'],
    [good, ['--capacity', '1e-21'], undefined, 'a number from 1e-20 to 1e20, got "1e-21"'],
    [good, ['--capacity', '2e20'], undefined, 'got "2e20"'],
    [good, ['--capacity', 'NaN'], undefined, 'got "NaN"'],
    [good, [], undefined, '--capacity is asked for'],
    [good, ['--capacity', '10', '--tick', '0.5'], undefined, 'got "0.5"'],
    [good, ['--capacity', '10', '--self-tuned', 'few'], undefined, 'got "few"'],
    [good, ['--capacity', '10', '--from', 'yesterday'], undefined, 'got "yesterday"'],
    [good, ['--capacity', '10', '--from', '2027-01-01T00:00:00Z'], undefined, 'within the trace'],
    [good, ['--capacity', '10', '--speed', '3'], undefined, '--speed'],
    [good, ['--capacity', '10'], '{"min_replicas": 4, "max_replicas": 2}', 'got 4'],
    [good, ['--capacity', '10'], '{"min_replicas": NaN}', 'no JSON'],
    [
      good,
      ['--capacity', '10'],
      '{"schedules": [{"cron": "often", "duration_minutes": 5, "min_replicas": 1}]}',
      'got "often"',
    ],
  ];
  for (const [text, args, policy, message] of cases) {
    const { code, out, err } = await run(text, args, policy);
    expect([code, out]).toEqual([2, '']);
    expect(err).toContain(message);
  }
});

test('the largest loads there are and the smallest replicas end at the bounds of the policy, in a bounded time', async () => {
  const huge = rows(40).replace(/,2(\d)$/gm, ',9.$1e19');
  for (const capacity of ['1e-20', '10', '1e20']) {
    const { code, out, err } = await run(huge, ['--capacity', capacity, '--tick', '3600']);
    expect([code, err]).toEqual([0, '']);
    const last = JSON.parse(out.trim().split('\n').at(-1) as string) as { replicas: number };
    expect(last.replicas).toBe(capacity === '1e20' ? 2 : 10_000);
  }
});
