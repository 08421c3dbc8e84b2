/**
 * The specimen in a replica of a world, composed as a process composes it, over what the replica has once: its loops, store, bus and backends.
 */

import { CONTROLLER_BOUNDS } from '@leasehold/controller';
import type { Platform, ServiceOptions } from '@leasehold/runtime';
import type { Ledger } from '@leasehold/store';
import { filing } from '../../specimen/service.ts';
import type { ProvisionerDeps } from '../service.ts';

/** What is safe as shipped stays as shipped: waits of minutes are the replica's. */
type Shared = ProvisionerDeps & { readonly ledger: Ledger };

export function startFiling(shared: Shared, bounds: Pick<typeof CONTROLLER_BOUNDS, 'run' | 'frozenRecheckMs'>) {
  const { ledger, bus, codec, providers, guards, pulsarTenant, clock, rng, log, metrics, holder } = shared;
  const { relay, tick, lanes } = shared;
  const platform = {
    ...{ relay, tick, lanes, ledger, store: ledger.store, bus, codec },
    backends: { use: () => ({ providers, guards }), states: () => ({}) },
  } as unknown as Platform;
  const { run, frozenRecheckMs } = bounds;
  const options = {
    settings: { pulsar: { tenant: pulsarTenant } },
    platform,
    ...{ clock, rng: rng.fork('filing'), log, metrics, holder },
    scope: { signal: new AbortController().signal, onClose: () => undefined },
    // The specimen hands on whatever it is given.
    bounds: { ...CONTROLLER_BOUNDS, run, frozenRecheckMs },
  };
  return filing.compose(options as unknown as ServiceOptions);
}
