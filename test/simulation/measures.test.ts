/**
 * What schedules reach is told: what took place and how often, which places of the sources ran, and which bugs of a report are found.
 */
import { mkdtempSync, writeFileSync } from 'node:fs';
import { tmpdir } from 'node:os';
import { join } from 'node:path';
import { expect, test } from 'vitest';
import { addReached, describeReached } from './coverage.ts';
import { survivorsOf } from './mutants.ts';
import { addOccurrences, describeOccurrences, neverSaid } from './occurrences.ts';
import { runPool } from './pool.ts';

test('a run counts what took place and tells which places it reached', async () => {
  const pool = { from: 1, seeds: 9, workers: 1, options: { counts: true }, coverage: true };
  const { occurrences, reached } = await runPool(pool);
  expect(occurrences['told tenant-provisioned-events']).toBeGreaterThan(0);
  expect(occurrences['step store.commit']).toBeGreaterThan(0);
  expect(neverSaid(occurrences)).not.toContain('TenantComplete');
  const claim = describeReached(reached).find((line) => line.includes('app/claim.ts'));
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

test('of a report only what no test noticed is planted again', () => {
  const file = join(mkdtempSync(join(tmpdir(), 'survivors-')), 'report.json');
  const location = { start: { line: 3, column: 5 }, end: { line: 3, column: 9 } };
  const mutant = (status: string) => ({ status, replacement: 'false', mutatorName: 'BooleanLiteral', location });
  const mutants = ['Killed', 'Survived', 'NoCoverage', 'Timeout'].map(mutant);
  writeFileSync(file, JSON.stringify({ files: { 'src/a.ts': { mutants } } }));
  const spoil = { file: 'src/a.ts', find: location, put: 'false' };
  expect(survivorsOf(file)).toEqual(Array(2).fill({ spoil, place: 'src/a.ts:3:5 BooleanLiteral false' }));
});
