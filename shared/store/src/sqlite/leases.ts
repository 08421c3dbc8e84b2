/**
 * Leases in the embedded store (S5): one conditional upsert, so that the file's only writer decides.
 */
import type { Clock } from '@leasehold/kernel';
import type { SqliteFile, SqlRow } from '@leasehold/sqlite';
import type { Lease, LeaseTable } from '../port.ts';

const leaseOf = (row: SqlRow): Lease => ({
  name: String(row['name']),
  holder: String(row['holder']),
  generation: Number(row['generation']),
  expiresAtMs: Number(row['expires_at_ms']),
});

export function createSqliteLeases(file: SqliteFile, clock: Clock): LeaseTable {
  return {
    acquire: async (name, holder, ttlMs, signal) => {
      signal?.throwIfAborted();
      const nowMs = clock.now();
      const [result] = await file.write([
        {
          sql: `INSERT INTO leases (name, holder, generation, expires_at_ms, released) VALUES (?1, ?2, 1, ?3, 0)
            ON CONFLICT (name) DO UPDATE SET
              generation = CASE WHEN holder = ?2 THEN generation ELSE generation + 1 END,
              holder = ?2, expires_at_ms = ?3, released = 0
            WHERE holder = ?2 OR released = 1 OR expires_at_ms <= ?4
            RETURNING name, holder, generation, expires_at_ms`,
          params: [name, holder, nowMs + ttlMs, nowMs],
        },
      ]);
      const row = result?.rows[0];
      return row === undefined ? undefined : leaseOf(row);
    },
    release: async (lease, signal) => {
      signal?.throwIfAborted();
      await file.write([
        {
          sql: 'UPDATE leases SET released = 1 WHERE name = ? AND holder = ? AND generation = ? AND expires_at_ms = ?',
          params: [lease.name, lease.holder, lease.generation, lease.expiresAtMs],
        },
      ]);
    },
    read: async (name, signal) => {
      signal?.throwIfAborted();
      const [row] = file.read('SELECT * FROM leases WHERE name = ? AND released = 0', [name]);
      return row === undefined ? undefined : leaseOf(row);
    },
  };
}
