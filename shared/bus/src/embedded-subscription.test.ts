import { bound } from '@leasehold/kernel';
import { expect, test } from 'vitest';
import { busBounds } from './bounds.ts';
import { createSubscription, type Pending, type Taker } from './embedded-subscription.ts';

interface HandTaker extends Taker {
  readonly inHand: Map<string, Pending>;
  /** Everything it was given, in order. */
  readonly given: string[];
  wanted: number;
}

const pending = (seq: number, key?: string, size = 1): Pending => ({
  seq,
  message: {
    topic: 't',
    id: String(seq),
    payload: new Uint8Array(size),
    properties: {},
    publishedAtMs: 0,
    ...(key !== undefined && { key }),
  },
});

/** Consumers by hand over messages that lie on a disk by hand. */
function setUp(
  rows: readonly Pending[] = [],
  change: { readonly readAhead?: number; readonly bytes?: number; readonly floor?: number } = {},
) {
  const disk = [...rows];
  const reads: string[] = [];
  const subscription = createSubscription({
    bounds: busBounds({
      readAhead: bound('bus.readAhead', change.readAhead ?? 100),
      readAheadBytes: bound('bus.readAheadBytes', change.bytes ?? 1_000_000),
    }),
    floor: change.floor ?? 0,
    read: (afterSeq, limit) => {
      reads.push(`${afterSeq} ${limit}`);
      return disk.filter(({ seq }) => seq > afterSeq).slice(0, limit);
    },
  });
  const taker = (wanted: number): HandTaker => {
    const inHand = new Map<string, Pending>();
    const one: HandTaker = {
      inHand,
      given: [],
      wanted,
      wants: () => one.wanted > 0,
      give: (each) => {
        one.wanted -= 1;
        inHand.set(each.message.id, each);
        one.given.push(each.message.id);
      },
    };
    subscription.join(one);
    return one;
  };
  const ack = (from: HandTaker, id: string): void => {
    const each = from.inHand.get(id) ?? expect.unreachable();
    from.inHand.delete(id);
    subscription.release(from, each);
  };
  return { disk, reads, subscription, taker, ack };
}

test('messages go out in order, from after the floor, only to who wants one', () => {
  const { subscription, taker } = setUp([pending(1), pending(2), pending(3), pending(4)], { floor: 1 });
  const one = taker(2);
  subscription.changed();
  expect(one.given).toEqual(['2', '3']);
  one.wanted = 5;
  subscription.changed();
  expect(one.given).toEqual(['2', '3', '4']);
});

test('nothing is read while nobody wants anything, and not again when all was read, until there may be more', () => {
  const { disk, reads, subscription, taker } = setUp([pending(1)]);
  const one = taker(0);
  subscription.changed();
  one.wanted = 5;
  subscription.changed();
  const before = reads.length;
  subscription.changed();
  expect(reads).toHaveLength(before);
  disk.push(pending(2));
  subscription.changed();
  expect(one.given).toEqual(['1']);
  subscription.wake();
  expect(one.given).toEqual(['1', '2']);
});

test('a message without a key goes to who holds least, among equals to who came first', () => {
  const { subscription, taker } = setUp([1, 2, 3, 4, 5].map((seq) => pending(seq)));
  const [one, two] = [taker(10), taker(10)];
  subscription.changed();
  expect([one.given, two.given]).toEqual([
    ['1', '3', '5'],
    ['2', '4'],
  ]);
});

test('1: a key is with one consumer while it holds any of it, and free with its last ack', () => {
  const { disk, subscription, taker, ack } = setUp([pending(1, 'k'), pending(2, 'k')]);
  const [one, two] = [taker(2), taker(10)];
  subscription.changed();
  expect([one.given, two.given]).toEqual([['1', '2'], []]);
  disk.push(pending(3, 'k'), pending(4, 'other'));
  subscription.wake();
  // It waits for the first, and holds up no other key.
  expect([one.given, two.given]).toEqual([['1', '2'], ['4']]);
  ack(one, '1');
  expect(two.given).toEqual(['4']);
  ack(one, '2');
  expect(two.given).toEqual(['4', '3']);
});

test('1: a key that had to wait is not overtaken by its own later messages', () => {
  const { subscription, taker, ack } = setUp([pending(1, 'k'), pending(2, 'k'), pending(3, 'k')]);
  const one = taker(1);
  subscription.changed();
  const two = taker(10);
  subscription.changed();
  expect(two.given).toEqual([]);
  ack(one, '1');
  expect([one.given, two.given]).toEqual([['1'], ['2', '3']]);
});

test('2: what a leaving consumer had not acked goes back to its place, its keys free, and to the others', () => {
  const { subscription, taker, ack } = setUp([pending(1, 'k'), pending(2), pending(3, 'k'), pending(4)]);
  const one = taker(3);
  subscription.changed();
  expect(one.given).toEqual(['1', '2', '3']);
  ack(one, '2');
  const two = taker(0);
  subscription.leave(one);
  expect(two.given).toEqual([]);
  two.wanted = 10;
  subscription.changed();
  expect([two.given, subscription.takers]).toEqual([['1', '3', '4'], 1]);
});

test('2: what several who leave had goes back in the order of the topic, whoever leaves first', () => {
  const { subscription, taker } = setUp([pending(1), pending(2), pending(3), pending(4), pending(5)]);
  const one = taker(4);
  const two = taker(4);
  subscription.changed();
  expect([one.given, two.given]).toEqual([
    ['1', '3', '5'],
    ['2', '4'],
  ]);
  one.wanted = 0;
  two.wanted = 0;
  const three = taker(0);
  subscription.leave(one);
  subscription.leave(two);
  three.wanted = 9;
  subscription.changed();
  expect(three.given).toEqual(['1', '2', '3', '4', '5']);
});

test('3: who wants something waits when all that is read ahead is for somebody else', () => {
  const rows = [pending(1, 'k'), pending(2, 'k'), pending(3, 'k'), pending(4)];
  const { reads, subscription, taker, ack } = setUp(rows, { readAhead: 2 });
  const one = taker(1);
  subscription.changed();
  const two = taker(1);
  subscription.changed();
  expect([one.given, two.given, reads.length]).toEqual([['1'], [], 2]);
  ack(one, '1');
  expect(two.given).toEqual(['2']);
});

test('2: what goes back is offered at once to who waits', () => {
  const { subscription, taker } = setUp([pending(1, 'k')]);
  const one = taker(1);
  subscription.changed();
  const two = taker(1);
  subscription.leave(one);
  expect(two.given).toEqual(['1']);
});

test('an ack of one consumer frees no key of another', () => {
  const { subscription, taker } = setUp([pending(1, 'k'), pending(2, 'k')]);
  const one = taker(1);
  subscription.changed();
  const two = taker(10);
  subscription.release(two, pending(9, 'k'));
  expect(two.given).toEqual([]);
  subscription.release(two, pending(9));
  expect([one.given, two.given]).toEqual([['1'], []]);
});

test('3: no more is read ahead than the bound, in steps, until somebody takes some', () => {
  const { reads, subscription, taker } = setUp(
    Array.from({ length: 200 }, (_, at) => pending(at + 1)),
    { readAhead: 40 },
  );
  const one = taker(1);
  subscription.changed();
  expect(reads).toEqual(['0 32', '32 8']);
  one.wanted = 5;
  subscription.changed();
  expect(reads.slice(2)).toEqual(['40 1']);
  one.wanted = 1_000;
  subscription.changed();
  expect(one.given).toEqual(Array.from({ length: 200 }, (_, at) => String(at + 1)));
});

test('3: no more bytes are read ahead than the bound, but for one step', () => {
  const { reads, subscription, taker } = setUp(
    Array.from({ length: 200 }, (_, at) => pending(at + 1, undefined, 10)),
    { bytes: 330 },
  );
  const one = taker(1);
  subscription.changed();
  expect(reads).toEqual(['0 32', '32 32']);
  // Fewer than the bound are left only when most of them are taken.
  one.wanted = 30;
  subscription.changed();
  expect(reads).toHaveLength(2);
  one.wanted = 1;
  subscription.changed();
  expect(reads).toHaveLength(2);
  one.wanted = 1;
  subscription.changed();
  expect(reads).toEqual(['0 32', '32 32', '64 32']);
});

test('3: what went back counts towards the bytes again', () => {
  const { reads, subscription, taker } = setUp(
    Array.from({ length: 100 }, (_, at) => pending(at + 1, undefined, 10)),
    { bytes: 320 },
  );
  const one = taker(32);
  subscription.changed();
  expect(reads).toEqual(['0 32']);
  subscription.leave(one);
  taker(1);
  subscription.changed();
  expect(reads).toEqual(['0 32']);
});
