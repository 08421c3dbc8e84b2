/**
 * The specimen killed at each moment of its work, with nothing but its data folder: bus, store and MinIO are embedded.
 */
import { readdirSync } from 'node:fs';
import { join } from 'node:path';
import { DatabaseSync } from 'node:sqlite';
import { createProduct } from '../support/product.ts';
import { type Ground, itOutlivesKills, type Told } from './dying/story.ts';

const READY_MS = 120_000;

/** On the bus's own file. */
function toldIn(dataDir: string): readonly Told[] {
  const file = new DatabaseSync(join(dataDir, 'bus.sqlite'), { readOnly: true });
  try {
    const rows = file
      .prepare('SELECT payload FROM messages WHERE topic_id = (SELECT id FROM topics WHERE name = ?) ORDER BY seq')
      .all('persistent://platformq/system/drawer-changed-events');
    return rows.map(({ payload }) => {
      const { tenant_id, event_id, outcome } = JSON.parse(Buffer.from(payload as Uint8Array).toString('utf8'));
      return { tenantId: tenant_id, eventId: event_id, outcome };
    });
  } finally {
    file.close();
  }
}

async function open(): Promise<Ground> {
  const product = await createProduct({}, { entry: 'test/e2e/dying/main.ts', isDoomed: true });
  return {
    product,
    tenant: (name) => `kill-${name}`,
    say: async (topic, body) => {
      await product.ready(READY_MS);
      // The process may die of the event before it says that it has it.
      const said = await product.api.call('POST', `/api/v1/filing/events/${topic}`, { body }).catch(() => undefined);
      if (said && said.status !== 202) throw new Error(`the event was answered ${said.status}`);
    },
    told: async () => toldIn(product.dataDir),
    buckets: async () => readdirSync(join(product.dataDir, 'minio')).filter((name) => name.startsWith('drawer-')),
    clear: () => product.clear(),
  };
}

// An embedded backend makes its changes in one step.
itOutlivesKills(open, { without: ['half way through its effect'] });
