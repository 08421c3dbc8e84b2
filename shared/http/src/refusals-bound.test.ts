import { manualClock } from '@leasehold/testing/fakes/manual-clock';
import { expect, test } from 'vitest';
import { recordingLog } from '../test/fixture.ts';
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

test('of more reasons than are remembered the one that was told longest ago is forgotten, and with it how many there were', async () => {
  const { clock, refuse, takeLines } = setUp();
  for (let at = 0; at < 32; at++) refuse(`${at}.`, 2);
  await clock.advance(MINUTE_MS);
  refuse('5.');
  takeLines();
  // To be told again takes nobody's place.
  refuse('0.');
  expect(takeLines()).toMatchObject([{ reason: '0.', more_of_these: 1 }]);
  refuse('one more.');
  refuse('5.');
  refuse('0.');
  expect(takeLines()).toMatchObject([{ reason: 'One more.' }]);
  refuse('1.');
  const [forgotten] = takeLines();
  expect(forgotten).toMatchObject({ reason: '1.' });
  expect(forgotten).not.toHaveProperty('more_of_these');
  refuse('3.');
  expect(takeLines()).toMatchObject([{ reason: '3.', more_of_these: 1 }]);
});
