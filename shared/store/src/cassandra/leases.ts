/**
 * Leases by conditional writes on one row each (S5).
 *
 * 1. Expiry is judged by the clock handed in, so the clocks of replicas must agree better than a lease lasts; the
 *    generation, not the clock, is what fences.
 * 2. What this process wrote last is proposed upon without reading it again: a lane or a role that it keeps coming back to
 *    costs one round. Whoever else has written since makes that proposal fail, and then the row is read.
 * 3. An acquisition whose answer was lost is read back: the row either says what was proposed, or somebody else has it, or it is ours
 *    and was not renewed; then it is proposed again. What is answered lasts for as long as was asked.
 */
import { bound, type Clock, Fault } from '@leasehold/kernel';
import type { Lease, LeaseTable } from '../port.ts';
import { cassandraFault, neverApplied, storeAway } from './failure.ts';
import { quoted } from './options.ts';
import { abandonOn, type Query, type Session } from './session.ts';

/** Proposals for one acquisition of what is ours already. */
const RENEWALS = bound('store.cassandraLeaseRenewals', 3);
const REMEMBERED = bound('store.cassandraRememberedLeases', 256);

interface Held extends Lease {
  readonly released: boolean;
}

const leaseOf = ({ name, holder, generation, expiresAtMs }: Held): Lease => ({
  name,
  holder,
  generation,
  expiresAtMs,
});

/** The statements on the row of a lease. */
function createRows(session: Session, table: string) {
  const readHeld = async (name: string): Promise<Held | undefined> => {
    const cql = `SELECT holder, generation, expires_at_ms, released FROM ${table} WHERE name = ?`;
    const [row] = await session.readSerial({ cql, params: [name] });
    if (row === undefined) return undefined;
    return {
      name,
      holder: String(row['holder']),
      generation: Number(row['generation']),
      expiresAtMs: Number(row['expires_at_ms']),
      released: row['released'] === true,
    };
  };

  const propose = (known: Held | undefined, next: Lease): Query =>
    known === undefined
      ? {
          cql: `INSERT INTO ${table} (name, holder, generation, expires_at_ms, released)
            VALUES (?, ?, ?, ?, false) IF NOT EXISTS`,
          params: [next.name, next.holder, BigInt(next.generation), BigInt(next.expiresAtMs)],
        }
      : {
          cql: `UPDATE ${table} SET holder = ?, generation = ?, expires_at_ms = ?, released = false
            WHERE name = ? IF holder = ? AND generation = ? AND expires_at_ms = ?`,
          params: [
            next.holder,
            BigInt(next.generation),
            BigInt(next.expiresAtMs),
            next.name,
            known.holder,
            BigInt(known.generation),
            BigInt(known.expiresAtMs),
          ],
        };

  /** Whether the write holds now. */
  const settle = async (query: Query, holds: (row: Held | undefined) => boolean, name: string): Promise<boolean> => {
    try {
      return (await session.writeIf([query])).applied;
    } catch (error) {
      if (neverApplied(error)) throw cassandraFault(error);
      try {
        return holds(await readHeld(name));
      } catch (cause) {
        if (cause instanceof Fault && cause.class !== 'Unavailable') throw cause;
        throw storeAway('Cassandra did not answer a change of a lease', cause, { unknownOutcome: true });
      }
    }
  };

  return { readHeld, propose, settle };
}

export function createCassandraLeases(session: Session, clock: Clock): LeaseTable {
  const table = `${quoted(session.keyspace)}.leases`;
  const { readHeld, propose, settle } = createRows(session, table);

  const written = new Map<string, Held>();

  const acquire = async (name: string, holder: string, ttlMs: number): Promise<Lease | undefined> => {
    const last = written.get(name);
    written.delete(name);
    const lease =
      (last?.holder === holder ? await acquireUpon(last, name, holder, ttlMs) : undefined) ??
      (await acquireUpon(await readHeld(name), name, holder, ttlMs));
    if (lease === undefined) return undefined;
    if (written.size < REMEMBERED.value) written.set(name, { ...lease, released: false });
    return lease;
  };

  const acquireUpon = async (
    first: Held | undefined,
    name: string,
    holder: string,
    ttlMs: number,
  ): Promise<Lease | undefined> => {
    let known = first;
    for (let attempt = 1; attempt <= RENEWALS.value; attempt++) {
      const nowMs = clock.now();
      const ours = known?.holder === holder;
      if (known && !ours && !known.released && known.expiresAtMs > nowMs) return undefined;
      const generation = known === undefined ? 1 : ours ? known.generation : known.generation + 1;
      const lease: Lease = { name, holder, generation, expiresAtMs: Math.floor(nowMs + ttlMs) };
      const holds = (row: Held | undefined) =>
        row?.holder === holder &&
        row.generation === generation &&
        row.expiresAtMs === lease.expiresAtMs &&
        !row.released;
      if (await settle(propose(known, lease), holds, name)) return lease;
      known = await readHeld(name);
      if (known?.holder !== holder || known.released) return undefined;
      // Another call of ours came first: what it wrote is ours too, unless it ends before what is asked for here.
      if (known.expiresAtMs >= lease.expiresAtMs) return leaseOf(known);
    }
    throw storeAway('Cassandra did not renew a lease', undefined);
  };

  return {
    acquire: (name, holder, ttlMs, signal) => abandonOn(signal, acquire(name, holder, ttlMs)),
    release: async (lease, signal) => {
      signal?.throwIfAborted();
      const query: Query = {
        cql: `UPDATE ${table} SET released = true
          WHERE name = ? IF holder = ? AND generation = ? AND expires_at_ms = ?`,
        params: [lease.name, lease.holder, BigInt(lease.generation), BigInt(lease.expiresAtMs)],
      };
      await settle(query, () => true, lease.name);
    },
    read: async (name, signal) => {
      const held = await abandonOn(signal, readHeld(name));
      if (held === undefined || held.released) return undefined;
      return leaseOf(held);
    },
  };
}
