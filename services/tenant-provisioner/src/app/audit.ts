/**
 * The audit of a tenant: its journal, newest first, month by month.
 */
import { isoTime, type Reason } from '@leasehold/kernel';
import { HISTORY_TTL_MS, month, tenantPartition } from './partition.ts';
import type { Provisioner } from './provisioner.ts';

interface JournalRow {
  readonly at: number;
  readonly reasons: readonly Reason[];
  readonly command?: { readonly kind: string };
  readonly actor?: { readonly subject?: string; readonly request_id?: string; readonly event?: string };
  readonly disposition?: string;
}

export interface AuditQuery {
  readonly limit: number;
  readonly cursor?: string;
  readonly actor?: string;
  readonly sinceMs?: number;
}

/** Journal rows that one request reads at most, whatever of them is shown. */
const ROWS_A_REQUEST = 2_000;

export async function readAudit(provisioner: Provisioner, tenantId: string, query: AuditQuery, signal: AbortSignal) {
  const months = monthsBack(provisioner.deps.clock.now());
  const [fromMonth, inner] = query.cursor?.split(/:(.*)/s) ?? [];
  const items: ReturnType<typeof entryView>[] = [];
  let cursor = inner === '' ? undefined : inner;
  let read = 0;
  for (const name of fromMonth ? months.slice(Math.max(months.indexOf(fromMonth), 0)) : months) {
    do {
      const page = await provisioner.deps.ledger.store.scan(
        tenantPartition(tenantId),
        {
          prefix: `journal/${name}/`,
          limit: query.limit - items.length,
          reverse: true,
          ...(cursor === undefined ? {} : { cursor }),
        },
        signal,
      );
      read += page.items.length;
      for (const { value } of page.items) {
        const row = JSON.parse(value) as JournalRow;
        if (query.sinceMs !== undefined && row.at < query.sinceMs) return { items };
        if (query.actor === undefined || actorOf(row) === query.actor) items.push(entryView(tenantId, row));
      }
      cursor = page.next;
      if (items.length >= query.limit || read >= ROWS_A_REQUEST) return { items, next: `${name}:${cursor ?? ''}` };
    } while (cursor !== undefined);
  }
  return { items };
}

function monthsBack(nowMs: number): readonly string[] {
  const names = new Set<string>();
  for (let at = nowMs; at > nowMs - HISTORY_TTL_MS; at -= 24 * 3_600_000) names.add(month(at));
  return [...names];
}

const actorOf = (row: JournalRow): string | null => row.actor?.subject ?? row.actor?.event ?? null;

const entryView = (tenantId: string, row: JournalRow) => ({
  at: isoTime(row.at),
  tenant_id: tenantId,
  actor: actorOf(row),
  request_id: row.actor?.request_id ?? null,
  command: row.command?.kind ?? null,
  disposition: row.disposition ?? null,
  reasons: row.reasons.map(({ code, message }) => ({ code, message })),
});
