import { expect, test } from 'vitest';
import { type AckLine, createAckLine } from './websocket-acks.ts';

const QUESTION = '{"type":"isEndOfTopic"}';
const ackOf = (wireId: string) => `{"type":"ack","messageId":"${wireId}"}`;
const settle = () => new Promise<void>((resolve) => setImmediate(resolve));

/** A line over a socket that remembers what it was given; `told` has the acks that resolved, and those that were rejected. */
function setUp(isOpen = true) {
  const sent: string[] = [];
  const told: string[] = [];
  const socket = { isOpen };
  const line = createAckLine({ isOpen: () => socket.isOpen, send: (text) => void sent.push(text) });
  const add = (...wireIds: readonly string[]): void => {
    for (const wireId of wireIds) {
      line.add({
        wireId,
        resolve: () => void told.push(wireId),
        reject: (error) => void told.push(`${wireId}: ${(error as Error).message}`),
      });
    }
  };
  const takeSent = () => sent.splice(0);
  return { line, add, told, takeSent, socket };
}

const isDrained = async (line: AckLine): Promise<boolean> => {
  let drained = false;
  void line.drained().then(() => {
    drained = true;
  });
  await settle();
  return drained;
};

test('1: acks of one turn leave in order before one question, and are told by its answer, not before', async () => {
  const { line, add, told, takeSent } = setUp();
  add('a', 'b');
  expect(takeSent()).toEqual([]);
  await settle();
  expect([takeSent(), told]).toEqual([[ackOf('a'), ackOf('b'), QUESTION], []]);
  line.answered();
  expect([told, takeSent()]).toEqual([['a', 'b'], []]);
  add('c');
  await settle();
  expect(takeSent()).toEqual([ackOf('c'), QUESTION]);
  line.answered();
  expect(told).toEqual(['a', 'b', 'c']);
});

test('2: acks that come while a question is under way are sent at once and share the next question', async () => {
  const { line, add, told, takeSent } = setUp();
  add('a');
  await settle();
  takeSent();
  add('b');
  await settle();
  add('c');
  await settle();
  expect(takeSent()).toEqual([ackOf('b'), ackOf('c')]);
  line.answered();
  expect([told, takeSent()]).toEqual([['a'], [QUESTION]]);
  line.answered();
  expect([told, takeSent()]).toEqual([['a', 'b', 'c'], []]);
});

test('1: with two questions under way, each answer tells the acks that were sent before its own question', async () => {
  const { line, add, told, takeSent } = setUp();
  add('a');
  await settle();
  add('b');
  await settle();
  // The sign of life is the same question.
  line.ask();
  add('c');
  await settle();
  expect(takeSent()).toEqual([ackOf('a'), QUESTION, ackOf('b'), QUESTION, ackOf('c')]);
  line.answered();
  expect(told).toEqual(['a']);
  // The second is still under way: no third is asked.
  expect(takeSent()).toEqual([]);
  line.answered();
  expect([told, takeSent()]).toEqual([['a', 'b'], [QUESTION]]);
  line.answered();
  expect(told).toEqual(['a', 'b', 'c']);
});

test('1: a question asked before any ack tells none, and the acks sent after it are asked about anew', async () => {
  const { line, add, told, takeSent } = setUp();
  line.ask();
  add('a');
  await settle();
  expect(takeSent()).toEqual([QUESTION, ackOf('a')]);
  line.answered();
  expect([told, takeSent()]).toEqual([[], [QUESTION]]);
  line.answered();
  expect(told).toEqual(['a']);
});

test('an answer to no question tells nothing', async () => {
  const { line, add, told, takeSent } = setUp(false);
  add('a');
  await settle();
  line.answered();
  expect([told, takeSent()]).toEqual([[], []]);
});

test('3: what was not told when the socket was lost goes over the next one, in order, with a question of its own', async () => {
  const { line, add, told, takeSent, socket } = setUp();
  add('a', 'b');
  await settle();
  line.answered();
  add('c', 'd');
  await settle();
  takeSent();
  socket.isOpen = false;
  line.lost();
  add('e');
  await settle();
  expect(takeSent()).toEqual([]);
  socket.isOpen = true;
  line.flush();
  expect(takeSent()).toEqual([ackOf('c'), ackOf('d'), ackOf('e'), QUESTION]);
  line.answered();
  expect(told).toEqual(['a', 'b', 'c', 'd', 'e']);
});

test('a new socket with nothing to ack is asked nothing', () => {
  const { line, takeSent } = setUp();
  line.flush();
  expect(takeSent()).toEqual([]);
});

test('what is given up is rejected once, and what comes after it is sent as from the beginning', async () => {
  const { line, add, told, takeSent } = setUp();
  add('a', 'b');
  await settle();
  line.fail(new Error('closed'));
  line.fail(new Error('again'));
  expect(told).toEqual(['a: closed', 'b: closed']);
  takeSent();
  line.lost();
  add('c');
  await settle();
  expect(takeSent()).toEqual([ackOf('c'), QUESTION]);
});

test('the line is drained when every ack is told, at once where there is none', async () => {
  const { line, add } = setUp();
  expect(await isDrained(line)).toBe(true);
  add('a');
  await settle();
  add('b');
  await settle();
  const drained = line.drained().then(() => 'drained');
  const first = Promise.race([drained, settle().then(() => 'not yet')]);
  line.answered();
  expect(await first).toBe('not yet');
  line.answered();
  expect(await drained).toBe('drained');
});
