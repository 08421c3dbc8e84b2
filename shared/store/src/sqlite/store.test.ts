import { rmSync } from 'node:fs';
import { join } from 'node:path';
import type { Clock } from '@leasehold/kernel';
import { quickFolder } from '@leasehold/testing/fakes/folder';
import { storeSuite } from '@leasehold/testing/suites/store';
import { createSqliteStore } from './store.ts';

storeSuite('the store on SQLite', async () => {
  const folder = quickFolder('store');
  let nowMs = 1_800_000_000_000;
  const clock: Clock = { now: () => nowMs, sleep: () => Promise.resolve() };
  const open = () => createSqliteStore({ path: join(folder, 'store.sqlite'), clock, exclusive: false });
  const store = await open();
  return {
    store,
    reopen: open,
    pass: async (ms) => {
      nowMs += ms;
    },
    close: async () => {
      await store.close();
      rmSync(folder, { recursive: true, force: true });
    },
  };
});
