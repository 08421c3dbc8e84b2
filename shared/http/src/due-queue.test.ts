import { bound } from '@leasehold/kernel';
import { manualClock } from '@leasehold/testing/fakes/manual-clock';
import { expect, test } from 'vitest';
import { createDueQueue } from './due-queue.ts';

const WAIT_MS = 100;

function setUp(onDue: (entry: string) => 'again' | 'done' | Promise<'again' | 'done'> = () => 'done') {
  const clock = manualClock(0);
  const due: string[] = [];
  const queue = createDueQueue<string>(clock, bound('test wait', WAIT_MS), (entry) => {
    due.push(`${entry} ${clock.now()}`);
    return onDue(entry);
  });
  return { clock, queue, due };
}

test('each is due after its time, in the order in which they came, and one timer serves all', async () => {
  const { clock, queue, due } = setUp();
  queue.add('a');
  await clock.advance(30);
  queue.add('b');
  queue.add('c');
  expect(clock.sleepers()).toBe(1);
  await clock.advance(69);
  expect(due).toEqual([]);
  await clock.advance(1);
  expect(due).toEqual(['a 100']);
  await clock.advance(30);
  expect(due).toEqual(['a 100', 'b 130', 'c 130']);
  expect(clock.sleepers()).toBe(0);
});

test('what is due is found without a look at all that wait', async () => {
  const clock = manualClock(0);
  let looks = 0;
  const now = (): number => {
    looks += 1;
    return clock.now();
  };
  const due: string[] = [];
  const queue = createDueQueue<string>({ ...clock, now }, bound('test wait', WAIT_MS), (entry) => {
    due.push(entry);
    return 'done';
  });
  queue.add('a');
  await clock.advance(10);
  for (let i = 0; i < 500; i++) queue.add(`later ${i}`);
  looks = 0;
  await clock.advance(WAIT_MS - 10);
  expect(due).toEqual(['a']);
  expect(looks).toBeLessThan(10);
});

test('who comes when nothing waited any more is due all the same', async () => {
  const { clock, queue, due } = setUp();
  queue.add('a');
  await clock.advance(250);
  queue.add('b');
  await clock.advance(WAIT_MS);
  expect(due).toEqual(['a 100', 'b 350']);
});

test('what is taken out is never due', async () => {
  const { clock, queue, due } = setUp();
  const takeOut = queue.add('a');
  queue.add('b');
  takeOut();
  takeOut();
  await clock.advance(10 * WAIT_MS);
  expect(due).toEqual(['b 100']);
});

test('what is due again waits as long once more, behind what came meanwhile', async () => {
  let times = 0;
  const { clock, queue, due } = setUp((entry) => (entry === 'a' && ++times < 3 ? 'again' : 'done'));
  queue.add('a');
  await clock.advance(50);
  queue.add('b');
  await clock.advance(10 * WAIT_MS);
  expect(due).toEqual(['a 100', 'b 150', 'a 200', 'a 300']);
});

test('what is taken out while it is worked on does not come again', async () => {
  const gate = Promise.withResolvers<'again'>();
  const { clock, queue, due } = setUp(() => gate.promise);
  const takeOut = queue.add('a');
  await clock.advance(WAIT_MS);
  takeOut();
  gate.resolve('again');
  await clock.advance(10 * WAIT_MS);
  expect(due).toEqual(['a 100']);
});

test('what is due at one moment is worked on at once, none waits for another', async () => {
  const gate = Promise.withResolvers<'done'>();
  const { clock, queue, due } = setUp((entry) => (entry === 'a' ? gate.promise : 'done'));
  queue.add('a');
  queue.add('b');
  await clock.advance(WAIT_MS);
  expect(due).toEqual(['a 100', 'b 100']);
  gate.resolve('done');
  await clock.settle();
  expect(clock.sleepers()).toBe(0);
});

test('after closing nothing is due and no timer runs', async () => {
  const { clock, queue, due } = setUp();
  queue.add('a');
  await clock.settle();
  queue.close();
  queue.add('b');
  await clock.advance(10 * WAIT_MS);
  expect([due, clock.sleepers()]).toEqual([[], 0]);
});
