/**
 * The specimen killed at each moment of its work on real servers: a process on one Pulsar, one Cassandra and one MinIO, none of which
 * knows that it died.
 */
import { createWebSocketBus } from '@leasehold/bus';
import { topicPlan } from '@leasehold/controller';
import { seededRng, silentLog, systemClock } from '@leasehold/kernel';
import { createInstallation } from '../support/installation.ts';
import { consume } from '../support/publisher.ts';
import { createReplicas } from '../support/replicas.ts';
import { openSpy } from '../support/servers.ts';
import { type Ground, itOutlivesKills } from './dying/story.ts';

const { env } = process;
const HEARD = ['drawer-opened-events', 'drawer-closed-events'].map((name) => ({
  name,
  namespaces: ['system'] as const,
  perTenant: false,
}));

async function open(): Promise<Ground> {
  const mesh = createInstallation('kil');
  const replicas = createReplicas(mesh.settings());
  const product = await replicas.create('dying');
  const spy = await openSpy(env);
  const settings = mesh.settings();
  const bus = await createWebSocketBus({
    adminUrl: settings['PULSAR_ADMIN_URL'] ?? '',
    wsUrl: settings['PULSAR_WS_URL'] ?? '',
    token: settings['PULSAR_TOKEN'] ?? '',
    tenant: mesh.pulsarTenant,
    clock: systemClock,
    rng: seededRng(1),
    log: silentLog,
  });
  // The first event is there before the process has ever run.
  await bus.ensure(topicPlan(mesh.pulsarTenant, 'filing', HEARD, ['drawer-changed-events']));
  return {
    product,
    tenant: (name) => mesh.tenant(name),
    say: async (topic, body) => {
      const payload = Buffer.from(JSON.stringify(body));
      await bus.publish({ topic: mesh.topic('system', topic), payload });
    },
    told: async () =>
      (await consume(env, [mesh.topic('system', 'drawer-changed-events')])).map(({ json }) => ({
        tenantId: json.tenant_id,
        eventId: json.event_id,
        outcome: json.outcome,
      })),
    buckets: async () => {
      const [own] = `drawer-${mesh.tenant('')}`.split('--');
      return [...(await spy.buckets())].filter((name) => name.startsWith(own ?? ''));
    },
    clear: async () => {
      await replicas.clear();
      await bus.close();
      await spy.close();
      await mesh.clear();
    },
  };
}

// A closing comes in and is told as an opening is; what it does is another thing.
itOutlivesKills(open, { ofClosing: ['before its effect', 'half way through its effect', 'after its effect'] });
