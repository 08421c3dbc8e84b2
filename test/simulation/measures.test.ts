/**
 * What schedules reach is told: what took place and how often, which places of the sources ran, and which bugs of a report are found.
 */
import { mkdtempSync, writeFileSync } from 'node:fs';
import { tmpdir } from 'node:os';
import { join } from 'node:path';
import { bound } from '@leasehold/kernel';
import { expect, test } from 'vitest';
import { addReached, describeReached } from './coverage.ts';
import { survivorsOf } from './mutants.ts';
import { addOccurrences, describeOccurrences, neverSaid, type Occurrences } from './occurrences.ts';
import { runPool, seedsFrom } from './pool.ts';
import { runSchedule } from './schedule.ts';
import { startOf } from './spoil.ts';

test('a run counts what took place and tells which places it reached', async () => {
  const pool = { seeds: seedsFrom(1, 9), workers: 1, options: { counts: true }, coverage: true };
  const { occurrences, reached } = await runPool(pool);
  expect(occurrences['told tenant-provisioned-events']).toBeGreaterThan(0);
  expect(occurrences['step store.commit']).toBeGreaterThan(0);
  expect(neverSaid(occurrences)).not.toContain('TenantComplete');
  const claim = describeReached(reached).find((line) => line.includes('reconcile/claim.ts'));
  expect(claim).toMatch(/^\s*\d+ %/);
});

test('counts of several threads are added by what they count', () => {
  expect(addOccurrences({ 'a x': 1, 'a y': 2 }, { 'a y': 3, 'b z': 4 })).toEqual({ 'a x': 1, 'a y': 5, 'b z': 4 });
});

test('the most frequent of each kind is told first', () => {
  expect(describeOccurrences({ 'step rare': 1, 'fault once': 1, 'step often': 5 }).slice(0, 2)).toEqual([
    'fault: once 1',
    'step: often 5, rare 1',
  ]);
});

test('a line counts as reached when any thread reached it, and a line without code counts for nothing', () => {
  const reached = addReached({ 'a.ts': [undefined, true, false, false] }, { 'a.ts': [undefined, false, false, true] });
  expect(reached).toEqual({ 'a.ts': [undefined, true, false, true] });
  expect(describeReached({ ...reached, 'b.ts': [false, false, true, false] })).toEqual([
    ' 25 % b.ts  1-2 4',
    ' 67 % a.ts  3',
  ]);
});

test('a list of bugs that no unit test noticed is read with its places and its verdicts', () => {
  const file = join(mkdtempSync(join(tmpdir(), 'survivors-')), 'list.json');
  const find = { start: { line: 3, column: 5 }, end: { line: 3, column: 9 } };
  writeFileSync(
    file,
    JSON.stringify([
      { file: 'src/a.ts', find, put: 'false', mutator: 'BooleanLiteral' },
      { file: 'src/a.ts', find: 'x > 1', put: 'x >= 1', equivalent: 'x is never 1' },
      { file: 'src/a.ts', find: 'forget();', put: ';', unwatched: 'only memory' },
    ]),
  );
  expect(survivorsOf(file)).toEqual([
    { spoil: { file: 'src/a.ts', find, put: 'false' }, place: 'src/a.ts:3  BooleanLiteral -> false' },
    {
      spoil: { file: 'src/a.ts', find: 'x > 1', put: 'x >= 1' },
      place: 'src/a.ts x > 1  -> x >= 1',
      equivalent: 'x is never 1',
    },
    {
      spoil: { file: 'src/a.ts', find: 'forget();', put: ';' },
      place: 'src/a.ts forget();  -> ;',
      unwatched: 'only memory',
    },
  ]);
});

test('a thread that does not end in time fails the run, and all threads end', async () => {
  const pool = { seeds: seedsFrom(1, 1_000), workers: 2, options: {}, rangeMs: bound('test-range-ms', 1) };
  await expect(runPool(pool)).rejects.toThrow('a thread was not done after 1 ms');
});

test('what cannot even be loaded fails the run with its words', async () => {
  const spoil = {
    file: 'shared/engine/src/run.ts',
    find: 'export async function run(',
    put: 'export async function walk(',
  };
  await expect(runPool({ seeds: seedsFrom(1, 2), workers: 1, options: {}, spoil })).rejects.toThrow(/run/);
});

test('a place is reached by the schedules that come to it, and what runs while modules load by all', async () => {
  const file = 'services/tenant-provisioner/src/domain/removal.ts';
  const spots = ["'RemovalBegins'", "'BrakeUnasked'"].map((find) => ({
    file,
    offset: startOf({ file, find, put: '' }),
  }));
  const seeds = seedsFrom(1, 12);
  const { reachedBy } = await runPool({ seeds, workers: 1, options: { counts: true }, spots });
  const leaving: Occurrences[] = [];
  for (const seed of seeds) leaving.push((await runSchedule({ seed, counts: true })).occurrences);
  expect(reachedBy[0]).toEqual(seeds.filter((_, index) => (leaving[index]?.['reason RemovalBegins'] ?? 0) > 0));
  expect(reachedBy[0]?.length).toBeGreaterThan(0);
  expect(reachedBy[1]).toEqual(seeds);
});
