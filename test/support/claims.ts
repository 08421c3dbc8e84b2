/**
 * Who works on what, as the store has it: claims of tenants and leases of single roles, read by the driver itself while
 * replicas come and go. Owns how a takeover is timed.
 *
 * 1. A claim ends `CLAIM_MS` after the record that renewed it, so a record's time is read from the row, by the clock of the
 *    process that wrote it; how often the row is looked at adds nothing to it.
 * 2. A claim that came and went between two looks is known by the fence that it left, as of the look that finds it.
 * 3. A tenant is taken over with the first record of a greater fence by another process than the dead one.
 */
import { pause } from './poll.ts';
import { openCassandra } from './servers.ts';

type Env = Readonly<Record<string, string | undefined>>;

/** What the service gives a claim, and both kinds of lease. */
const CLAIM_MS = 4_000;

export interface Claimed {
  readonly tenantId: string;
  readonly pid: number;
  readonly fence: number;
  /** When its first record was made, as far as it was seen. */
  readonly atMs: number;
}

export interface HeldLease {
  readonly name: string;
  readonly pid: number;
  readonly generation: number;
  readonly takenAtMs: number;
}

export interface ClaimsWatch {
  /** Every claim seen so far, in the order of their times. */
  claims(): readonly Claimed[];
  /** Claims that stand at this moment, read anew. */
  standing(): Promise<readonly Claimed[]>;
  /** Every hold of a lease seen so far. */
  holds(): readonly HeldLease[];
  /** Processes that hold a lease now, by its name. */
  holders(): Promise<Readonly<Record<string, number>>>;
  end(): Promise<void>;
}

/** Whose claim it was is not known any more. */
const NOBODY = 0;
const EVERY_MS = 40;
const pidOf = (holder: unknown): number => Number(String(holder).split('-')[0]);

interface Row {
  readonly [column: string]: unknown;
}

async function openStore(env: Env) {
  const client = await openCassandra(env);
  return {
    rows: async (query: string, params: readonly unknown[] = []): Promise<readonly Row[]> =>
      (await client.execute(query, [...params], { prepare: true })).rows as unknown as readonly Row[],
    close: () => client.shutdown(),
  };
}

/** @param keyspace of the store, which is there already. */
export async function watchClaims(env: Env, keyspace: string, tenantIds: readonly string[]): Promise<ClaimsWatch> {
  const store = await openStore(env);
  const claims = new Map<string, Claimed>();
  const holds = new Map<string, HeldLease>();
  const partitions = tenantIds.map((id) => `tenant-provisioner/tenant/${id}`);
  const look = async (): Promise<readonly Claimed[]> => {
    const cql = `SELECT value FROM "${keyspace}".facts WHERE partition IN ? AND key = 'state'`;
    const standing: Claimed[] = [];
    for (const { value } of await store.rows(cql, [partitions])) {
      const { tenantId, claim, fence } = JSON.parse(String(value));
      if (!claim) {
        const key = `${tenantId}/${fence}`;
        if (fence > 0 && !claims.has(key)) claims.set(key, { tenantId, pid: NOBODY, fence, atMs: Date.now() });
        continue;
      }
      const seen = { tenantId, pid: pidOf(claim.holder), fence: claim.fence, atMs: claim.untilMs - CLAIM_MS };
      standing.push(seen);
      const key = `${tenantId}/${claim.fence}`;
      if (!claims.has(key)) claims.set(key, seen);
    }
    return standing;
  };
  const lookAtLeases = async (): Promise<Readonly<Record<string, number>>> => {
    const now: Record<string, number> = {};
    for (const row of await store.rows(`SELECT * FROM "${keyspace}".leases`)) {
      const [name, pid] = [String(row['name']), pidOf(row['holder'])];
      const [generation, untilMs] = [Number(row['generation']), Number(row['expires_at_ms'])];
      const key = `${name}/${generation}`;
      if (!holds.has(key)) holds.set(key, { name, pid, generation, takenAtMs: untilMs - CLAIM_MS });
      if (row['released'] !== true && untilMs > Date.now()) now[name] = pid;
    }
    return now;
  };
  let over = false;
  const watching = (async () => {
    while (!over) {
      await Promise.all([look(), lookAtLeases()]);
      await pause(EVERY_MS);
    }
  })();
  return {
    claims: () => [...claims.values()].sort((a, b) => a.atMs - b.atMs),
    standing: look,
    holds: () => [...holds.values()].sort((a, b) => a.takenAtMs - b.takenAtMs),
    holders: lookAtLeases,
    end: async () => {
      over = true;
      await watching;
      await store.close();
    },
  };
}

export interface Spread {
  readonly median: number;
  readonly p99: number;
  readonly max: number;
}

export function spreadOf(values: readonly number[]): Spread {
  const sorted = [...values].sort((a, b) => a - b);
  const at = (share: number) => sorted[Math.min(sorted.length - 1, Math.ceil(share * sorted.length) - 1)] ?? Number.NaN;
  return { median: at(0.5), p99: at(0.99), max: sorted.at(-1) ?? Number.NaN };
}
