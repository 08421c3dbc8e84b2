/** What becomes of a bug by what the processes answer (1, 2). */
import { expect, test } from 'vitest';
import { fateOf } from './fate.ts';
import { type Attempt, createFavourites } from './orders.ts';
import type { Bug } from './plant.ts';
import type { Answer } from './protocol.ts';
import type { Silence, Worker } from './worker.ts';

const bug: Bug = {
  id: 'b',
  file: 'a.ts',
  line: 7,
  mutator: 'BooleanLiteral',
  replacement: 'false',
  span: { start: { line: 7, column: 1 }, end: { line: 7, column: 5 } },
  key: 'k',
};
const attempt: Attempt = { order: { kind: 'try', bug: 'b', tests: [['a.test.ts#0', 1]], hits: 9 }, limitMs: 6_010 };

/** Answers in turn; the process that gives the first one has been asked before. */
async function fate(...answers: (Answer | Silence)[]) {
  let isFresh = false;
  const said: string[] = [];
  const worker: Worker = {
    ask: (_, limitMs) => {
      expect(limitMs).toBe(6_010);
      const answer = answers.shift();
      return answer === undefined ? Promise.reject(new Error('asked once too often')) : Promise.resolve(answer);
    },
    isFresh: () => isFresh,
    replace: () => {
      isFresh = true;
    },
    close: () => undefined,
  };
  const found = await fateOf(worker, { bug, attempt }, createFavourites(), (line) => said.push(line));
  expect(answers).toEqual([]);
  return { found, said };
}

const outcome = (kind: 'found' | 'survived' | 'doubtful'): Answer => ({
  kind: 'outcome',
  fate: kind,
  by: 'a.test.ts#0',
});
const gone = { kind: 'gone', said: 'no more memory' } as const;

test('what a test says is believed at once, and a doubt is solved on a fresh process', async () => {
  expect(await fate(outcome('found'))).toEqual({ found: 'found', said: [] });
  expect(await fate(outcome('survived'))).toEqual({ found: 'survived', said: [] });
  expect(await fate(outcome('doubtful'), outcome('survived'))).toEqual({ found: 'survived', said: [] });
  expect(await fate(outcome('doubtful'), outcome('doubtful'))).toEqual({ found: 'found', said: [] });
});

test('one that is late or ends its process is found only on a fresh one, which is told', async () => {
  expect(await fate({ kind: 'late' }, outcome('survived'))).toEqual({ found: 'survived', said: [] });
  expect(await fate(gone, outcome('survived'))).toEqual({ found: 'survived', said: [] });
  expect(await fate({ kind: 'late' }, { kind: 'late' })).toEqual({
    found: 'found',
    said: ['a.ts:7 BooleanLiteral: it took too long'],
  });
  expect(await fate(gone, gone)).toEqual({
    found: 'found',
    said: ['a.ts:7 BooleanLiteral: its process ended: no more memory'],
  });
});

test('what there was no time for, and what could not be asked, is never found', async () => {
  expect(await fate({ kind: 'over' })).toEqual({ found: undefined, said: [] });
  expect(await fate({ kind: 'late' }, { kind: 'over' })).toEqual({ found: undefined, said: [] });
  expect(await fate({ kind: 'closed' })).toEqual({ found: undefined, said: [] });
  const fault = { kind: 'fault', message: 'odd' } as const;
  expect(await fate(fault, fault)).toEqual({ found: undefined, said: ['a.ts:7 BooleanLiteral: odd'] });
});
