/**
 * One store of `Idempotency-Key`s for a process and all its services, under the platform's own prefix. Owns how two releases that run
 * side by side see one key; idempotency-rows.ts owns the rows.
 *
 * IK1. A release before this one keeps its keys below `tenant-provisioner/`, the one after it below `platform/` alone. This one begins a key
 *      in both, the former first, and goes on only where both say that it is new: so each neighbour decides about a key in one
 *      partition with this release, by one conditional commit, whoever is asked first.
 * IK2. What was begun in the former place alone (the other place knew the key, or was away) is given back. Where that fails, and where the
 *      process dies between the two, the former place's row lapses by itself: until then the key is under way for everybody.
 * IK3. Answers are kept in both places, so that the neighbour gives them too.
 */
import type { Begun, IdempotencyStore } from '@leasehold/http';
import { createIdempotencyRows, type IdempotencyDeps } from './idempotency-rows.ts';

/** What is the platform's and no service's: partitions, leases. */
const PLATFORM_PREFIX = 'platform';
/** Where the releases before this one have the keys of the only service that they knew. */
const FORMER_PREFIX = 'tenant-provisioner';

export function createIdempotencyStore(deps: IdempotencyDeps): IdempotencyStore {
  const former = createIdempotencyRows(deps, FORMER_PREFIX);
  const own = createIdempotencyRows(deps, PLATFORM_PREFIX);
  const both = async (change: (place: IdempotencyStore) => Promise<void>): Promise<void> => {
    await Promise.all([change(former), change(own)]);
  };
  return {
    begin: async (key, input, signal) => {
      const first = await former.begin(key, input, signal);
      if (first.kind !== 'new') return first;
      let second: Begun | undefined;
      try {
        second = await own.begin(key, input, signal);
        return second;
      } finally {
        // IK2. It is no part of the answer.
        if (second?.kind !== 'new') await former.abandon(key).catch(() => undefined);
      }
    },
    renew: (key, input, signal) => both((place) => place.renew(key, input, signal)),
    finish: (key, input, answer, signal) => both((place) => place.finish(key, input, answer, signal)),
    abandon: (key, signal) => both((place) => place.abandon(key, signal)),
  };
}
