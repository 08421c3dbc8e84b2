import { mkdtempSync, rmSync, writeFileSync } from 'node:fs';
import { tmpdir } from 'node:os';
import { join } from 'node:path';
import { invalid } from '@leasehold/kernel';
import { afterAll, expect, test } from 'vitest';
import { runForecast } from './command.ts';

const folder = mkdtempSync(join(tmpdir(), 'forecast-'));
afterAll(() => rmSync(folder, { recursive: true }));

const START = Date.UTC(2026, 0, 5);
const HOUR_MS = 3_600_000;
const at = (hour: number): string => new Date(START + hour * HOUR_MS).toISOString();
let files = 0;
function file(text: string): string {
  const path = join(folder, `${files++}.csv`);
  writeFileSync(path, text);
  return path;
}
const rows = (count: number, value: (hour: number) => number): string =>
  ['timestamp,value', ...Array.from({ length: count }, (_, hour) => `${at(hour)},${value(hour)}`)].join('\n');
const shape = (hour: number): number => 50 + 30 * Math.sin((hour * Math.PI) / 12) + ((hour * 7919) % 13) / 3;

async function run(...argv: readonly string[]) {
  const said = { out: '', err: '' };
  const code = await runForecast(argv, { out: (text) => (said.out += text), err: (text) => (said.err += text) });
  return { code, ...said };
}

test('a forecast starts where the rows end and has one point a step, in order', async () => {
  const { code, out } = await run('--trace', file(rows(240, shape)), '--step', '1h', '--horizon', '24h');
  expect(code).toBe(0);
  const points = JSON.parse(out) as readonly { at: string; median: number; lower90: number; upper90: number }[];
  expect(points.map((point) => point.at)).toEqual(Array.from({ length: 24 }, (_, i) => at(240 + i)));
  for (const { median, lower90, upper90 } of points) expect(lower90 <= median && median <= upper90).toBe(true);
});

test('rows at or after --until have no part in it (1)', async () => {
  const options = ['--step', '1h', '--horizon', '6h', '--until', at(200)];
  const [whole, other] = [
    await run('--trace', file(rows(240, shape)), ...options),
    await run('--trace', file(rows(240, (hour) => (hour < 200 ? shape(hour) : 9_999))), ...options),
  ];
  expect(whole.out).toBe(other.out);
  expect(JSON.parse(whole.out)[0].at).toBe(at(200));
});

test('an origin inside an interval is answered from the next whole one on, without the broken one (1)', async () => {
  const until = new Date(START + 200.5 * HOUR_MS).toISOString();
  const { out } = await run('--trace', file(rows(240, shape)), '--step', '1h', '--horizon', '2h', '--until', until);
  expect((JSON.parse(out) as { at: string }[]).map((point) => point.at)).toEqual([at(201), at(202)]);
});

test('many origins in any order are answered in that order, each as if it were alone (2)', async () => {
  const trace = file(rows(240, shape));
  const origins = [210, 190, 230, 190];
  const { out } = await run(
    '--trace',
    trace,
    '--step',
    '1h',
    '--horizon',
    '3h',
    '--origins',
    file(origins.map(at).join('\n')),
  );
  const lines = out.trimEnd().split('\n');
  expect(lines.length).toBe(4);
  for (const [index, hour] of origins.entries()) {
    const alone = await run('--trace', trace, '--step', '1h', '--horizon', '3h', '--until', at(hour));
    expect(`${lines[index]}\n`).toBe(alone.out);
  }
});

test('every problem is told on the other channel, exit code 2, and nothing is printed as data (3)', async () => {
  const good = file(rows(48, shape));
  const wrong: readonly (readonly [readonly string[], string])[] = [
    [[], '--trace FILE is asked for'],
    [['--trace', join(folder, 'absent.csv')], 'cannot be read: ENOENT'],
    [['--trace', file('')], 'the file is empty'],
    [['--trace', file(rows(48, (hour) => -hour)), '--step', '1h'], 'must not be negative'],
    [['--trace', good], "is not a multiple of the file's step of 3600 s"],
    [['--trace', good, '--step', '90m', '--horizon', '3h'], "is not a multiple of the file's step"],
    [['--trace', good, '--step', '1h', '--horizon', '90m'], '--horizon 90m is not a multiple of --step 1h'],
    [['--trace', good, '--step', 'soon'], 'such as 5m, got "soon"'],
    [['--trace', good, '--until', 'yesterday'], '--until must be an ISO 8601 time'],
    [['--trace', good, '--step', '1h', '--until', at(0)], 'no whole interval of the trace ends before it'],
    [['--trace', good, '--step', '1h', '--origins', file('')], 'the file is empty'],
    [['--trace', good, '--step', '1h', '--origins', file(`${at(30)}\nnow`)], 'line 2: an ISO 8601 time'],
    [['--trace', good, '--origins', good, '--until', at(3)], 'exclude each other'],
    [['--trace', good, '--speed', '9'], "Unknown option '--speed'"],
  ];
  for (const [argv, message] of wrong) {
    const { code, out, err } = await run(...argv);
    expect(err).toContain(message);
    expect([code, out]).toEqual([2, '']);
  }
});

test('a value that is too large is told with its file and line, whatever the step (3)', async () => {
  const trace = file(rows(48, (hour) => (hour === 46 ? 1e300 : 5)));
  for (const step of ['1h', '2h']) {
    const { code, out, err } = await run('--trace', trace, '--step', step, '--horizon', '6h');
    expect([code, out]).toEqual([2, '']);
    expect(err).toBe(`${trace}: line 48: value must be at most 100000000000000000000, got "1e+300"\n`);
  }
});

/** Rows of so many seconds each. */
const spaced = (seconds: number, count: number): string =>
  ['timestamp,value', ...Array.from({ length: count }, (_, i) => `${at((i * seconds) / 3_600)},${5 + (i % 3)}`)].join(
    '\n',
  );

test.each([
  ['17h', 17 * 3_600, '153h', 9],
  ['7h', 7 * 3_600, '7d', 24],
  ['30s', 30, '7d', 20_160],
])(
  'a step of %s is good up to the farthest horizon, also from an origin inside an interval',
  async (step, seconds, horizon, points) => {
    const trace = file(spaced(seconds, 60));
    const until = new Date(START + (40.5 * seconds + 1) * 1_000).toISOString();
    for (const more of [[], ['--until', until]]) {
      const { code, out, err } = await run('--trace', trace, '--step', step, '--horizon', horizon, ...more);
      expect([code, err]).toEqual([0, '']);
      expect(JSON.parse(out)).toHaveLength(points);
    }
  },
);

test('a fault on the way is a line with its place and exit code 2; anything else is no answer of ours', async () => {
  const trace = file(rows(48, shape));
  const said: string[] = [];
  const failing = (error: unknown) =>
    runForecast(['--trace', trace, '--step', '1h', '--horizon', '2h'], {
      out: () => {
        throw error;
      },
      err: (text) => void said.push(text),
    });
  expect(await failing(invalid('nobody takes it', { code: 'Test' }))).toBe(2);
  expect(said).toEqual([`${trace}: nobody takes it\n`]);
  await expect(failing(new Error('broken'))).rejects.toThrow('broken');
});

test('problems are told together', async () => {
  const { err } = await run('--step', 'x', '--horizon', 'y', '--until', 'z');
  expect(err.split('\n').filter((line) => line !== '').length).toBe(5);
});
