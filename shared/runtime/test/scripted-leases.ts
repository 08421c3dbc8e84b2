/**
 * A lease table in memory for this package's own tests: one lease, calls that fail, hang or take their time, and a thief. Not part
 * of the package's interface; real stores have tests of their own.
 */
import type { Fault } from '@leasehold/kernel';
import type { Lease, LeaseTable } from '@leasehold/store';
import type { ManualClock } from '@leasehold/testing/fakes/manual-clock';

export interface ScriptedLeases {
  readonly table: LeaseTable;
  /** While set: calls fail with it, are never answered, or are answered this much later. */
  readonly faults: { fault?: Fault | undefined; mute?: boolean; slowMs?: number };
  /** What was asked, as `acquire a`, `release a#1`. */
  readonly asked: string[];
  /** Somebody else has it now, for good. */
  steal(): void;
}

export function scriptedLeases(clock: ManualClock, name: string): ScriptedLeases {
  let lease: Lease | undefined;
  let generation = 0;
  const asked: string[] = [];
  const faults: ScriptedLeases['faults'] = {};
  const suffer = async (): Promise<void> => {
    if (faults.slowMs !== undefined) await clock.sleep(faults.slowMs);
    if (faults.mute) await new Promise(() => undefined);
    if (faults.fault) throw faults.fault;
  };
  return {
    faults,
    asked,
    table: {
      acquire: async (_, holder, ttlMs) => {
        asked.push(`acquire ${holder}`);
        await suffer();
        const held = lease !== undefined && lease.expiresAtMs > clock.now();
        if (held && lease?.holder !== holder) return undefined;
        if (lease?.holder !== holder) generation += 1;
        lease = { name, holder, generation, expiresAtMs: clock.now() + ttlMs };
        return lease;
      },
      release: async (given) => {
        asked.push(`release ${given.holder}#${given.generation}`);
        await suffer();
        // As the stores do: what was renewed since then is not theirs to give up.
        const { holder, generation, expiresAtMs } = given;
        const isSame = lease?.holder === holder && lease.generation === generation && lease.expiresAtMs === expiresAtMs;
        if (lease && isSame) lease = { ...lease, expiresAtMs: 0 };
      },
      read: async () => lease,
    },
    steal: () => {
      generation += 1;
      lease = { name, holder: 'thief', generation, expiresAtMs: 1e15 };
    },
  };
}
