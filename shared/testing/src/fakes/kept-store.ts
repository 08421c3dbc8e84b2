/**
 * SQLite stores for tests, emptied and handed on from test to test: to open one starts a thread, which costs two hundred times what
 * a commit does.
 *
 * K1. A store is one test's at a time. What that test has left under way reaches it no more: each call after its end is refused.
 * K2. What a test wrote is gone before the next one begins.
 * K3. One store waits for the next test; it goes, with its folder, when the process ends.
 */
import { rmSync } from 'node:fs';
import { join } from 'node:path';
import { DatabaseSync } from 'node:sqlite';
import { type Clock, unavailable } from '@leasehold/kernel';
import { createSqliteStore, type Store } from '@leasehold/store';
import { quickFolder } from './folder.ts';

interface Kept {
  readonly store: Store;
  /** Whose time it is. */
  clock: Clock;
  empty(): void;
  close(): Promise<void>;
}

let idle: Kept | undefined;

const folders = new Set<string>();
const remove = (folder: string): void => {
  rmSync(folder, { recursive: true, force: true });
  folders.delete(folder);
};
process.once('exit', () => folders.forEach(remove));

async function openOne(clock: Clock): Promise<Kept> {
  const folder = quickFolder('ledger');
  const path = join(folder, 'store.sqlite');
  folders.add(folder);
  const kept = { clock };
  const its: Clock = { now: () => kept.clock.now(), sleep: (ms, signal) => kept.clock.sleep(ms, signal) };
  const store = await createSqliteStore({ path, clock: its, exclusive: false });
  const beside = new DatabaseSync(path);
  const tables = beside.prepare("SELECT name FROM sqlite_master WHERE type = 'table'").all();
  const sql = tables.map(({ name }) => `DELETE FROM "${name}";`).join(' ');
  return Object.assign(kept, {
    store,
    empty: () => beside.exec(`BEGIN IMMEDIATE; ${sql} COMMIT`),
    close: async () => {
      beside.close();
      await store.close();
      remove(folder);
    },
  });
}

export interface KeptStore extends Store {
  /** Nobody has asked it anything for some turns of the event loop, nor waits for an answer. */
  whenQuiet(): Promise<void>;
}

/** Turns that who was answered may take before it asks again. */
const QUIET_TURNS = 12;
const nextTurn = (): Promise<void> => new Promise((resolve) => setImmediate(resolve));

/** K1. */
function lend(store: Store): { readonly store: KeptStore; end(): Promise<unknown> } {
  const underWay = new Set<Promise<unknown>>();
  let asked = 0;
  let ended = false;
  const guarded =
    <A extends readonly unknown[], R>(call: (...given: A) => Promise<R>) =>
    (...given: A): Promise<R> => {
      if (ended) return Promise.reject(unavailable('the store was closed', { code: 'StoreClosed' }));
      const answer = call(...given);
      asked += 1;
      underWay.add(answer);
      const forget = () => underWay.delete(answer);
      answer.then(forget, forget);
      return answer;
    };
  const { leases } = store;
  return {
    store: {
      ...store,
      load: guarded(store.load),
      commit: guarded(store.commit),
      scan: guarded(store.scan),
      due: guarded(store.due),
      clear: guarded(store.clear),
      list: guarded(store.list),
      ping: guarded(store.ping),
      whenQuiet: async () => {
        for (let quiet = 0, before = asked; quiet < QUIET_TURNS; before = asked) {
          await nextTurn();
          quiet = underWay.size === 0 && asked === before ? quiet + 1 : 0;
        }
      },
      leases: { acquire: guarded(leases.acquire), release: guarded(leases.release), read: guarded(leases.read) },
    },
    end: () => {
      ended = true;
      return Promise.allSettled(underWay);
    },
  };
}

/** A store with nothing in it; `close` gives it back. */
export async function openKeptStore(clock: Clock): Promise<KeptStore> {
  const kept = idle ?? (await openOne(clock));
  if (kept === idle) idle = undefined;
  kept.clock = clock;
  const lent = lend(kept.store);
  let closed: Promise<void> | undefined;
  const giveBack = async (): Promise<void> => {
    await lent.end();
    kept.empty();
    if (idle === undefined) idle = kept;
    else await kept.close();
  };
  return {
    ...lent.store,
    close: () => {
      closed ??= giveBack();
      return closed;
    },
  };
}
