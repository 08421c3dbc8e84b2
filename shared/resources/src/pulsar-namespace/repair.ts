/**
 * One admin call for each difference of a namespace. Only what the changes name is touched; an order matters for retention
 * and backlog quota alone (the broker refuses a backlog quota that retention does not hold).
 */
import type { Change, Ref } from '@leasehold/engine';
import { bound } from '@leasehold/kernel';
import { chosen, isAt, pointer, pointerParts, touches } from '../edge/difference.ts';
import { inParallel } from '../edge/parallel.ts';
import type { AdminCall, PulsarAdmin } from './admin.ts';
import { backlogBody, dispatchRateBody, markProperties, NEVER, publishRateBody, retentionBody } from './policies.ts';
import type { NamespaceSeen, NamespaceSettings, NamespaceSpec, Rate } from './spec.ts';
import { SUBSCRIPTION_GRANTS, TOPIC_GRANTS, wantedPermissions } from './spec.ts';
import { removeTopicPolicies } from './topic-policy-calls.ts';
import { makeTopics } from './topics.ts';

const REPAIR_CALLS = bound('pulsar-repair-calls', 4);

export async function repairNamespace(
  admin: PulsarAdmin,
  ref: Ref,
  spec: NamespaceSpec,
  seen: NamespaceSeen,
  changes: readonly Change[],
  signal: AbortSignal,
): Promise<void> {
  const base = `/namespaces/${ref.name}`;
  for (const call of storageCalls(base, spec, seen, changes)) await admin.call(call, signal);
  const calls = [
    ...rateCalls(base, spec, changes),
    ...accessCalls(base, spec, seen, changes),
    ...furtherRevocations(base, changes),
    ...(touches(changes, '/generation', '/tier')
      ? [{ name: 'mark-namespace', method: 'PUT', path: `${base}/properties`, body: markProperties(ref) } as const]
      : []),
  ];
  await inParallel(calls, REPAIR_CALLS, (call) => admin.call(call, signal));
  await makeTopics(admin, ref.name, topicsOf(changes, spec, seen), signal);
  await removeTopicPolicies(admin, ref.name, seen, changes, signal);
}

function storageCalls(
  base: string,
  spec: NamespaceSpec,
  seen: NamespaceSeen,
  changes: readonly Change[],
): readonly AdminCall[] {
  const calls: AdminCall[] = [];
  const settings: NamespaceSettings = chosen<NamespaceSettings>('', seen, spec, changes);
  if (touches(changes, '/retentionMinutes', '/retentionMegabytes')) {
    calls.push({ name: 'set-retention', method: 'POST', path: `${base}/retention`, body: retentionBody(settings) });
  }
  if (touches(changes, '/backlogQuotaBytes')) {
    const path = `${base}/backlogQuota?backlogQuotaType=destination_storage`;
    const name = 'set-backlog-quota';
    if (spec.backlogQuotaBytes === null) calls.push({ name, method: 'DELETE', path });
    else calls.push({ name, method: 'POST', path, body: backlogBody(spec.backlogQuotaBytes) });
  }
  if (touches(changes, '/evictsByAge')) {
    const path = `${base}/backlogQuota?backlogQuotaType=message_age`;
    calls.push({ name: 'remove-age-quota', method: 'DELETE', path });
  }
  if (touches(changes, '/subscriptionExpirationMinutes')) {
    const path = `${base}/subscriptionExpirationTime`;
    calls.push({ name: 'keep-subscriptions', method: 'POST', path, body: NEVER });
  }
  if (touches(changes, '/messageTtlSeconds')) {
    const path = `${base}/messageTTL`;
    calls.push({ name: 'set-message-ttl', method: 'POST', path, body: spec.messageTtlSeconds ?? NEVER });
  }
  const shrinks = size(seen.retentionMegabytes) > size(settings.retentionMegabytes);
  return shrinks ? calls.reverse() : calls;
}

const size = (megabytes: number): number => (megabytes === -1 ? Number.POSITIVE_INFINITY : megabytes);

function rateCalls(base: string, spec: NamespaceSpec, changes: readonly Change[]): readonly AdminCall[] {
  const rate = (field: 'publishRate' | 'dispatchRate', body: (rate: Rate) => unknown): readonly AdminCall[] => {
    if (!touches(changes, `/${field}`)) return [];
    const name = field === 'publishRate' ? 'set-publish-rate' : 'set-dispatch-rate';
    const path = `${base}/${field}`;
    const wanted = spec[field];
    return wanted === null ? [{ name, method: 'DELETE', path }] : [{ name, method: 'POST', path, body: body(wanted) }];
  };
  return [...rate('publishRate', publishRateBody), ...rate('dispatchRate', dispatchRateBody)];
}

/** One call for each role that differs: a grant replaces what the role had. */
function accessCalls(
  base: string,
  spec: NamespaceSpec,
  seen: NamespaceSeen,
  changes: readonly Change[],
): readonly AdminCall[] {
  if (!touches(changes, '/access')) return [];
  const wanted = wantedPermissions(spec, seen.permissions);
  const roles = new Set([...Object.keys(wanted), ...Object.keys(seen.permissions)]);
  return [...roles].flatMap((role): readonly AdminCall[] => {
    if (!changes.some((change) => change.path === '/access' || isAt(change, `/access${pointer(role)}`))) return [];
    const path = `${base}/permissions/${encodeURIComponent(role)}`;
    const body = wanted[role];
    if (body === undefined) return [{ name: 'revoke-permission', method: 'DELETE', path }];
    return [{ name: 'grant-permission', method: 'POST', path, body }];
  });
}

/** A topic that has gone meanwhile has taken its grants along. */
function furtherRevocations(base: string, changes: readonly Change[]): readonly AdminCall[] {
  return changes.flatMap(({ path }): readonly AdminCall[] => {
    const [what, on = '', role = ''] = pointerParts(path);
    const revoke = { method: 'DELETE', expect: [404] } as const;
    if (what === TOPIC_GRANTS) {
      const at = `/${on.slice(0, on.lastIndexOf('/')).replace('://', '/')}/${encodeURIComponent(on.slice(on.lastIndexOf('/') + 1))}`;
      return [{ ...revoke, name: 'revoke-topic-permission', path: `${at}/permissions/${encodeURIComponent(role)}` }];
    }
    if (what !== SUBSCRIPTION_GRANTS) return [];
    const path_ = `${base}/permissions/${encodeURIComponent(on)}/${encodeURIComponent(role)}`;
    return [{ ...revoke, name: 'revoke-subscription-permission', path: path_ }];
  });
}

const topicsOf = (changes: readonly Change[], spec: NamespaceSpec, seen: NamespaceSeen) =>
  Object.entries(spec.topics).flatMap(([topic, subscriptions]) => {
    const path = `/topics${pointer(topic)}`;
    const missing = seen.topics[topic] === undefined;
    if (changes.some((change) => change.path === path)) return [{ topic, missing, subscriptions }];
    const absent = subscriptions.filter((name) => changes.some((change) => change.path === path + pointer(name)));
    return absent.length > 0 ? [{ topic, missing, subscriptions: absent }] : [];
  });
