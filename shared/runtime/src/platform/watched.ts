/**
 * Store and bus as everybody uses them, with an ear for calls that fail as if the store or the bus were away. Owns nothing but
 * the telling: what fails is thrown on as it came.
 */
import type { Bus, Consumer } from '@leasehold/bus';
import { Fault } from '@leasehold/kernel';
import type { Store } from '@leasehold/store';

/** @param onTrouble called with each failed call; must be cheap. */
export function watchStore(store: Store, onTrouble: () => void): Store {
  const heard = hearing(onTrouble);
  const { leases } = store;
  return {
    ...store,
    load: heard(store.load),
    commit: heard(store.commit),
    scan: heard(store.scan),
    due: heard(store.due),
    clear: heard(store.clear),
    list: heard(store.list),
    leases: { acquire: heard(leases.acquire), release: heard(leases.release), read: heard(leases.read) },
  };
}

export function watchBus(bus: Bus, onTrouble: () => void): Bus {
  const heard = hearing(onTrouble);
  const consumer = (made: Consumer): Consumer => ({ ...made, ack: heard(made.ack) });
  return {
    ...bus,
    publish: heard(bus.publish),
    subscribe: heard(async (options) => consumer(await bus.subscribe(options))),
    ensure: heard(bus.ensure),
  };
}

const hearing =
  (onTrouble: () => void) =>
  <A extends readonly unknown[], R>(call: (...args: A) => Promise<R>) =>
  async (...args: A): Promise<R> => {
    try {
      return await call(...args);
    } catch (error) {
      if (error instanceof Fault && error.class === 'Unavailable') onTrouble();
      throw error;
    }
  };
