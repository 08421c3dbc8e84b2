import { setTimeout as sleep } from 'node:timers/promises';
import { stackCassandra } from '@leasehold/testing/fakes/stack-cassandra';
import { storeSuite } from '@leasehold/testing/suites/store';
import { createCassandraStore } from './store.ts';

storeSuite('the store on Cassandra', async () => {
  const place = await stackCassandra('suite');
  const open = () => createCassandraStore(place.options);
  const store = await open();
  return {
    store,
    reopen: open,
    // Rows live by the server's own clock: its time passes only by waiting.
    pass: (ms) => sleep(ms),
    close: async () => {
      await store.close();
      await place.drop();
    },
  };
});
