/** What waits is written together, in order, within bounds (1, 2), by a writer that may have to be started again (3). */
import { unavailable } from '@leasehold/kernel';
import { expect, test } from 'vitest';
import type { UnitAnswer, WriteUnit } from './protocol.ts';
import type { WriterThread } from './thread.ts';
import { createWriteQueue } from './write-queue.ts';

const unit = (name: string, ...params: readonly (string | number | Uint8Array)[]): WriteUnit => ({
  statements: [{ sql: name, params }],
});
const nameOf = ({ statements }: WriteUnit) => statements[0]?.sql;
const applied: UnitAnswer = { kind: 'applied', results: [] };
const settled = () => new Promise<void>((resolve) => setImmediate(resolve));

function setUp() {
  const log: string[] = [];
  const state = {
    answer: (_: WriteUnit): UnitAnswer => applied,
    gate: undefined as Promise<void> | undefined,
    fault: undefined as Error | undefined,
    startFault: undefined as Error | undefined,
    starts: 0,
  };
  const writer = (name: string) => {
    const thread = {
      dead: false,
      apply: async (units: readonly WriteUnit[]) => {
        log.push(`${name} ${units.map(nameOf).join(',')}`);
        await state.gate;
        if (state.fault) throw state.fault;
        return units.map(state.answer);
      },
      check: async (doubted: boolean) => {
        log.push(`${name} check ${doubted}`);
        await state.gate;
        if (state.fault) throw state.fault;
        return { reopened: doubted };
      },
      close: async () => void log.push(`${name} close`),
    };
    return thread;
  };
  const first = writer('w1');
  const queue = createWriteQueue({
    path: '/data/notes.sqlite',
    first: first as WriterThread,
    start: async () => {
      state.starts += 1;
      if (state.startFault) throw state.startFault;
      return writer(`w${state.starts + 1}`) as WriterThread;
    },
  });
  return { log, state, first, queue };
}

test('1: what one turn writes goes together, what comes while it is written goes next, in order', async () => {
  const { log, state, queue } = setUp();
  const gate = Promise.withResolvers<void>();
  state.gate = gate.promise;
  const some = ['a', 'b'].map((name) => queue.push(unit(name)));
  await settled();
  some.push(queue.push(unit('c')), queue.push(unit('d')));
  gate.resolve();
  await Promise.all(some);
  expect(log).toEqual(['w1 a,b', 'w1 c,d']);
});

test('1: one that fails rejects alone, one that is refused is told what the guard read', async () => {
  const { state, queue } = setUp();
  const refused: UnitAnswer = { kind: 'refused', guard: { version: 3 } };
  state.answer = (one) =>
    nameOf(one) === 'bad'
      ? { kind: 'failed', failure: { message: 'x', errcode: 19 } }
      : nameOf(one) === 'no'
        ? refused
        : applied;
  const all = await Promise.allSettled(['a', 'bad', 'no', 'b'].map((name) => queue.push(unit(name))));
  expect(all).toMatchObject([
    { value: applied },
    { reason: { class: 'Conflict', code: 'SqliteConstraint' } },
    { value: refused },
    { value: applied },
  ]);
});

test('a batch that fails as a whole rejects each of it, and what comes after it is written', async () => {
  const { log, state, queue } = setUp();
  state.fault = unavailable('the disk is full', { code: 'StoreUnavailable' });
  const all = await Promise.allSettled(['a', 'b'].map((name) => queue.push(unit(name))));
  expect(all.map((one) => one.status === 'rejected' && one.reason === state.fault)).toEqual([true, true]);
  state.fault = undefined;
  await queue.push(unit('c'));
  expect(log).toEqual(['w1 a,b', 'w1 c']);
});

test('3: a writer that died is started again by what comes next, a look too', async () => {
  const { log, state, first, queue } = setUp();
  first.dead = true;
  await queue.push(unit('a'));
  await queue.push(unit('b'));
  expect([log, state.starts]).toEqual([['w2 a', 'w2 b'], 1]);
  const other = setUp();
  other.first.dead = true;
  await other.queue.check(false);
  expect(other.log).toEqual(['w2 check false']);
});

test('3: where it cannot be started that is what each is told, and it is tried again', async () => {
  const { state, first, queue } = setUp();
  first.dead = true;
  state.startFault = unavailable('deleted', { code: 'StoreUnavailable' });
  await expect(queue.push(unit('a'))).rejects.toBe(state.startFault);
  await expect(queue.check(false)).rejects.toBe(state.startFault);
  state.startFault = undefined;
  await queue.push(unit('a'));
  expect(state.starts).toBe(3);
});

test('a look goes before what waits, and one answers all who asked meanwhile, doubted if one of them doubts', async () => {
  const { log, state, queue } = setUp();
  const gate = Promise.withResolvers<void>();
  state.gate = gate.promise;
  const under = queue.push(unit('a'));
  await settled();
  const rest = [queue.push(unit('b')), queue.check(false), queue.check(true), queue.check(false)];
  gate.resolve();
  await under;
  expect((await Promise.all(rest)).slice(1)).toEqual(Array(3).fill({ reopened: true }));
  expect(log).toEqual(['w1 a', 'w1 check true', 'w1 b']);
  expect(await queue.check(false)).toEqual({ reopened: false });
});

test('a look that fails rejects those who asked, and nobody else', async () => {
  const { state, queue } = setUp();
  state.fault = unavailable('damaged', { code: 'StoreUnavailable' });
  const looks = await Promise.allSettled([queue.check(false), queue.check(true)]);
  expect(looks.map(({ status }) => status)).toEqual(['rejected', 'rejected']);
  state.fault = undefined;
  await queue.push(unit('a'));
});

test('2: a batch takes 256 units', async () => {
  const { log, queue } = setUp();
  await Promise.all(Array.from({ length: 513 }, () => queue.push(unit('u'))));
  expect(log.map((line) => line.split(',').length)).toEqual([256, 256, 1]);
});

const MIB = 1024 * 1024;

test('2: a batch takes units until it has four mebibytes: two bytes for each of a text’s characters', async () => {
  const { log, queue } = setUp();
  const text = 'x'.repeat(MIB);
  await Promise.all(['a', 'b', 'c'].map((name) => queue.push(unit(name, text))));
  await Promise.all(['d', 'e', 'f'].map((name) => queue.push(unit(name, new Uint8Array(2 * MIB)))));
  await Promise.all(['g', 'h'].map((name) => queue.push(unit(name, new Uint8Array(5 * MIB)))));
  expect(log).toEqual(['w1 a,b', 'w1 c', 'w1 d,e', 'w1 f', 'w1 g', 'w1 h']);
});

const full = { class: 'Unavailable', code: 'StoreUnavailable', backend: 'sqlite', retryAfterMs: 1_000 };

test('2: beyond 32 mebibytes nothing more is taken until some is written; one that is larger alone is', async () => {
  const { state, queue } = setUp();
  const gate = Promise.withResolvers<void>();
  state.gate = gate.promise;
  const large = queue.push(unit('large', new Uint8Array(40 * MIB)));
  await expect(queue.push(unit('more'))).rejects.toMatchObject({
    ...full,
    message: expect.stringContaining('queueBytes'),
  });
  await settled();
  // The large one is with the writer now, and weighs no more.
  const rest = Array.from({ length: 15 }, () => queue.push(unit('u', new Uint8Array(2 * MIB))));
  rest.push(queue.push(unit('u', new Uint8Array(2 * MIB - 16 * 64))));
  await expect(queue.push(unit('one more'))).rejects.toMatchObject(full);
  gate.resolve();
  await Promise.all([large, ...rest]);
  await queue.push(unit('again', new Uint8Array(30 * MIB)));
});

test('2: beyond twenty thousand units nothing more is taken', async () => {
  const { queue } = setUp();
  const some = Array.from({ length: 20_000 }, () => queue.push(unit('u')));
  await expect(queue.push(unit('more'))).rejects.toMatchObject({
    ...full,
    message: expect.stringContaining('queueUnits'),
  });
  await Promise.all(some);
  await queue.push(unit('again'));
});

test('closing writes what is queued first', async () => {
  const { log, queue } = setUp();
  const last = queue.push(unit('a'));
  const look = queue.check(false);
  await queue.close();
  await Promise.all([last, look]);
  expect(log).toEqual(['w1 check false', 'w1 a', 'w1 close']);
});
