/**
 * Drawers in a world: the small workload of the second service and whoever publishes it. Some schedules carry it beside the tenants, so that
 * two services share the replicas, the store, the bus and a backend. Remembers what was sent.
 *
 * 1. Drawn from a stream of its own, after all else: schedules without it are what they were.
 * 2. Its operations are numbered after those of the tenants, so that a mask names either.
 */
import { topicName } from '@leasehold/contracts';
import type { JsonObject, Rng } from '@leasehold/kernel';
import type { World } from '@leasehold/testing/world';
import { PULSAR_TENANT } from '../tiers.ts';

export const FILING = 'filing';
export const DRAWER_TOPICS = ['drawer-opened-events', 'drawer-closed-events'] as const;
export const drawerTopics = (): readonly string[] =>
  DRAWER_TOPICS.map((name) => topicName(PULSAR_TENANT, 'system', name));

/** What tells a bucket of a drawer from a tenant's. */
export const isOfDrawer = (name: string): boolean => name.startsWith('drawer-');

export type Meaning = { readonly kind: 'open'; readonly sizeGb: number } | { readonly kind: 'close' };

export interface DrawerOperation {
  readonly index: number;
  readonly atMs: number;
  readonly ownerId: string;
  readonly topic: (typeof DRAWER_TOPICS)[number];
  readonly body: JsonObject | string;
  readonly eventId: string;
  /** Delays after which it is published once more. */
  readonly again: readonly number[];
  /** A command, or the code of its dead letter. */
  readonly meaning: Meaning | string;
}

/** The share of schedules that carry drawers, but for those with ceilings or quotas. */
const CARRIES = 0.08;

export const carriesDrawers = (rng: Rng, wanted: boolean): boolean => rng.chance(CARRIES) || wanted;

type Draft = Omit<DrawerOperation, 'index' | 'eventId' | 'again'>;

/** @param first the number of the first of them. */
export function drawDrawers(rng: Rng, tenants: readonly string[], first: number): readonly DrawerOperation[] {
  const drafts = Array.from({ length: 1 + rng.int(2) }, (_, nth) =>
    storyOf(rng, rng.pick(tenants), nth === 0 ? 'letters' : 'maps'),
  ).flat();
  return drafts.map((draft, nth) => {
    const again = rng.chance(0.25) ? [rng.int(30)] : rng.chance(0.15) ? [rng.int(4_000), rng.int(15_000)] : [];
    return { ...draft, index: first + nth, eventId: `${draft.ownerId}.${nth}`, again };
  });
}

/** Opened, then whatever comes: resized, closed, closed again, opened anew, closed before it was ever there, and garbage. */
function storyOf(rng: Rng, tenantId: string, drawer: string): readonly Draft[] {
  const [opened, closed] = DRAWER_TOPICS;
  const named = { tenant_id: tenantId, drawer };
  const common = { ownerId: `${tenantId}.${drawer}` };
  let atMs = rng.int(2_000);
  const open = (): Draft => {
    const sizeGb = 1 + rng.int(2);
    const meaning = { kind: 'open', sizeGb } as const;
    return { ...common, atMs, topic: opened, body: { ...named, size_gb: sizeGb }, meaning };
  };
  const close = (): Draft => ({ ...common, atMs, topic: closed, body: named, meaning: { kind: 'close' } });
  const garbage = (): Draft =>
    rng.chance(0.5)
      ? { ...common, atMs, topic: closed, body: '{"tenant_id": ', meaning: 'undecodable' }
      : { ...common, atMs, topic: opened, body: { ...named, size_gb: 0 }, meaning: 'invalid' };
  const story = rng.chance(0.1) ? [close()] : [];
  story.push(open());
  for (let step = 0; step < 1 + rng.int(4); step++) {
    const draw = rng.next();
    atMs += draw < 0.4 ? rng.int(60) : draw < 0.7 ? rng.int(1_500) : 2_000 + rng.int(5_000);
    story.push(rng.pick([open, close, close, garbage])());
  }
  return story;
}

export interface SentDrawer extends Pick<DrawerOperation, 'ownerId' | 'eventId' | 'meaning'> {
  readonly messageId: string;
  readonly bytes: string;
}

export interface DrawerSenders {
  readonly messages: readonly SentDrawer[];
  /** Repetitions that are still to come. */
  pending(): number;
  send(operation: DrawerOperation): void;
}

export function createDrawerSenders(world: World): DrawerSenders {
  const messages: SentDrawer[] = [];
  let pending = 0;
  const publish = ({ ownerId, eventId, meaning, topic, body, index }: DrawerOperation): void => {
    const text = typeof body === 'string' ? body : JSON.stringify(body);
    const payload = Buffer.from(text);
    const keyed = index % 3 === 0 ? {} : { key: ownerId };
    const whole = { topic: topicName(PULSAR_TENANT, 'system', topic), payload, properties: { event_id: eventId } };
    const messageId = world.broker.publish({ ...whole, ...keyed }, `upstream-${topic}`);
    world.note('upstream', 'publishes', `${messageId} ${topic} ${text}`);
    messages.push({ ownerId, eventId, meaning, messageId, bytes: payload.toString('base64') });
  };
  return {
    messages,
    pending: () => pending,
    send: (operation) => {
      publish(operation);
      for (const delayMs of operation.again) {
        pending += 1;
        world.schedule(delayMs, () => {
          pending -= 1;
          world.touch();
          publish(operation);
        });
      }
    },
  };
}
