import { manualClock } from '@leasehold/testing/fakes/manual-clock';
import { expect, test } from 'vitest';
import { recordingLog } from './fixture.ts';
import { forbidden, problem } from './problem.ts';
import { createRefusals } from './refusals.ts';

const MINUTE_MS = 60_000;

function setUp() {
  const clock = manualClock();
  const log = recordingLog();
  const refusals = createRefusals({ clock, log });
  const refuse = (why: string, times = 1) => {
    for (let time = 0; time < times; time++) refusals.note(problem('unauthenticated', why), '/x');
  };
  const takeLines = () => log.lines.splice(0).map(({ level, fields }) => ({ level, ...(fields as object) }));
  return { clock, refusals, refuse, takeLines };
}

test('what is no refusal of a token is nothing', () => {
  const { refusals, takeLines } = setUp();
  for (const error of [forbidden(), new Error('x'), problem('unavailable', 'x')]) refusals.note(error, '/x');
  expect(takeLines()).toEqual([]);
});

test('each reason is told once in a minute, the next time with how many more there were, and counted anew', async () => {
  const { clock, refuse, takeLines } = setUp();
  refuse('A.', 3);
  refuse('B.');
  expect(takeLines()).toMatchObject([
    { level: 'warn', reason: 'A.', route: '/x' },
    { level: 'warn', reason: 'B.' },
  ]);
  await clock.advance(MINUTE_MS - 1);
  refuse('A.');
  expect(takeLines()).toEqual([]);
  await clock.advance(1);
  refuse('A.', 2);
  refuse('B.');
  const [first, second] = takeLines();
  expect([first, second]).toMatchObject([{ reason: 'A.', more_of_these: 3 }, { reason: 'B.' }]);
  expect(second).not.toHaveProperty('more_of_these');
  await clock.advance(MINUTE_MS);
  refuse('A.');
  expect(takeLines()).toMatchObject([{ reason: 'A.', more_of_these: 1 }]);
});

test('of more reasons than are remembered the one that was told longest ago is forgotten', async () => {
  const { clock, refuse, takeLines } = setUp();
  for (let at = 0; at < 32; at++) refuse(`${at}.`);
  await clock.advance(MINUTE_MS);
  refuse('0.');
  takeLines();
  refuse('one more.');
  refuse('0.');
  expect(takeLines()).toHaveLength(1);
  // The second made room: it is told as if for the first time, without how many more.
  refuse('1.');
  const [line] = takeLines();
  expect([line]).toMatchObject([{ reason: '1.' }]);
});
