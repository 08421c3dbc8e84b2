/**
 * What tests against a real Pulsar broker need: its address from the environment, topic names of their own, and the removal
 * of everything under their own tenant.
 *
 * 1. A missing variable is an error that names it: such a test never passes by not running.
 * 2. Everything made lives under one Pulsar tenant per test file and run, which `cleanup` removes.
 */
import type { WebSocketBusOptions } from '@leasehold/bus';
import { seededRng, silentLog, systemClock } from '@leasehold/kernel';

export interface PulsarStack {
  readonly tenant: string;
  readonly connection: WebSocketBusOptions;
  /** `/admin/v2` + path; resolves with status and text. */
  admin(method: string, path: string, body?: unknown): Promise<{ readonly status: number; readonly text: string }>;
  readonly harness: { topic(label: string): string; cleanup(): Promise<void> };
}

export function stackVariable(name: string): string {
  const value = process.env[name];
  if (!value) throw new Error(`${name} must be set for tests against real servers: bring the stack up first`);
  return value;
}

export async function pulsarStack(label: string): Promise<PulsarStack> {
  const adminUrl = stackVariable('STACK_PULSAR_URL');
  const token = stackVariable('STACK_PULSAR_TOKEN');
  const tenant = `${label}-${process.pid}-${Date.now().toString(36)}`;
  let serial = 0;
  const admin: PulsarStack['admin'] = async (method, path, body) => {
    const answer = await fetch(`${adminUrl}/admin/v2${path}`, {
      method,
      headers: { authorization: `Bearer ${token}`, 'content-type': 'application/json' },
      ...(body === undefined ? {} : { body: JSON.stringify(body) }),
    });
    return { status: answer.status, text: await answer.text() };
  };
  const cleanup = async () => {
    const listed = await admin('GET', `/namespaces/${tenant}`);
    const namespaces = listed.status === 200 ? (JSON.parse(listed.text) as string[]) : [];
    for (const namespace of namespaces) {
      const remove = async (listed: string, suffix: string) => {
        const topics = JSON.parse((await admin('GET', `/persistent/${namespace}${listed}`)).text) as string[];
        for (const topic of topics) {
          const path = topic.replace('persistent://', '').split('/').map(encodeURIComponent).join('/');
          await admin('DELETE', `/persistent/${path}${suffix}?force=true&deleteSchema=true`);
        }
      };
      await remove('/partitioned', '/partitions');
      await remove('', '');
      await admin('DELETE', `/namespaces/${namespace}`);
    }
    await admin('DELETE', `/tenants/${tenant}`);
  };
  return {
    tenant,
    admin,
    connection: {
      adminUrl,
      wsUrl: adminUrl.replace(/^http/, 'ws'),
      token,
      tenant,
      clock: systemClock,
      rng: seededRng(7),
      log: silentLog,
    },
    harness: {
      cleanup,
      topic: (part) => {
        serial += 1;
        return `persistent://${tenant}/suite/${part}-${serial}`;
      },
    },
  };
}
