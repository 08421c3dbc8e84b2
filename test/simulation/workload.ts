/**
 * What upstream services and operators do in one schedule, drawn from the seed before anything runs: a storyline for each
 * tenant out of the cases that the event contract names, doubled, shuffled and contradicted.
 *
 * 1. Operations are numbered; a mask leaves some out without changing the others.
 * 2. Times are from the start of the schedule.
 */
import { TIERS, type Tier } from '@leasehold/contracts';
import type { JsonObject, Rng } from '@leasehold/kernel';
import type { Command } from './service.ts';
import { CROWD, type Size, sizeOf } from './size.ts';
import { type Edition, LIMITS } from './tiers.ts';

export type EventTopic = 'tenant-created-events' | 'tenant-upgraded-events' | 'tenant-deleted-events';

interface Common {
  readonly index: number;
  readonly atMs: number;
  readonly tenantId: string;
}

export type Operation =
  | (Common & {
      readonly kind: 'event';
      readonly topic: EventTopic;
      readonly namespace: string;
      /** Absent: the event has no id of its own. */
      readonly eventId?: string;
      readonly body: JsonObject | string;
      /** Delays after which it is published once more. */
      readonly again: readonly number[];
    })
  | (Common & { readonly kind: 'rest'; readonly command: Command; readonly requestId: string })
  | (Common & { readonly kind: 'pause'; readonly what: 'reconcile' | 'deletions' | string; readonly forMs: number })
  | (Common & { readonly kind: 'plant'; readonly resource: string; readonly name: string })
  /** An operator opens the brake. */
  | (Common & { readonly kind: 'open' })
  /** An operator brings the tenants of every tier over to an edition of the files. */
  | (Common & { readonly kind: 'rollout'; readonly edition: Edition; readonly removals: 'keep' | 'all' })
  /** One of what the tenant has then, by a number, vanishes or loses our mark behind everybody's back. */
  | (Common & { readonly kind: 'lose' | 'unmark'; readonly which: number })
  /** Somebody sets one of its settings otherwise, or gives access back. */
  | (Common & { readonly kind: 'tamper'; readonly which: number; readonly what: 'access' | 'setting' });

export interface Workload {
  readonly tenants: readonly string[];
  readonly operations: readonly Operation[];
  readonly lastMs: number;
}

type Unnumbered = Operation extends infer O ? (O extends Operation ? Omit<O, 'index'> : never) : never;

interface Story {
  readonly rng: Rng;
  /** What happens comes close upon what happened. */
  readonly hurried: boolean;
  readonly tenantId: string;
  readonly tenants: readonly string[];
  readonly out: Unnumbered[];
  atMs: number;
  tier: Tier;
  events: number;
}

const TOPIC = {
  create: 'tenant-created-events',
  upgrade: 'tenant-upgraded-events',
  delete: 'tenant-deleted-events',
} as const;

export interface WorkloadOptions {
  /** Every tenant is to be deleted by an event sooner or later. */
  readonly crowdLeaves: boolean;
  readonly hurried: boolean;
  /** Somebody changes behind everybody's back what a sweep is to find. */
  readonly swept: boolean;
}

export function drawWorkload(rng: Rng, { crowdLeaves, hurried, swept }: WorkloadOptions): Workload {
  const size = crowdLeaves ? CROWD : sizeOf(rng);
  // Ids that differ only where a careless name would not.
  const names = ['a', 'a-b', 'ab', 'a-b-c'];
  const tenants = names.slice(0, rng.pick(size.tenants));
  const operations: Unnumbered[] = [];
  for (const tenantId of tenants)
    tellStory({ rng: rng.fork(tenantId), hurried, tenantId, tenants, out: operations }, size);
  if (rng.chance(0.15)) operations.push(pauseOf(rng));
  if (crowdLeaves) operations.push(...leavingOf(rng, tenants, operations));
  // Last, so that the draws of all others stay as they are.
  operations.push(...rolloutsOf(rng.fork('rollouts'), operations));
  if (swept) operations.push(...tampersOf(rng.fork('tampers'), tenants, operations));
  operations.sort((a, b) => a.atMs - b.atMs);
  const numbered = operations.map((operation, index) => ({ ...operation, index }) as Operation);
  return { tenants, operations: numbered, lastMs: Math.max(0, ...numbered.map(({ atMs }) => atMs)) };
}

const pauseOf = (rng: Rng): Unnumbered => ({
  kind: 'pause',
  tenantId: '',
  atMs: rng.int(20_000),
  what: rng.pick(['reconcile', 'deletions', 'minio']),
  forMs: 1_000 + rng.int(10_000),
});

function tampersOf(rng: Rng, tenants: readonly string[], operations: readonly Unnumbered[]): readonly Unnumbered[] {
  const lastMs = Math.max(0, ...operations.map(({ atMs }) => atMs));
  return Array.from({ length: 1 + rng.int(4) }, (): Unnumbered => {
    const common = { tenantId: rng.pick(tenants), atMs: rng.int(lastMs + 15_000), which: rng.int(1_000) };
    return rng.chance(0.3)
      ? { ...common, kind: 'lose' }
      : { ...common, kind: 'tamper', what: rng.pick(['access', 'setting'] as const) };
  });
}

const ROLLS_OUT = 0.12;

/** The changed files, and sometimes the way back. */
function rolloutsOf(rng: Rng, operations: readonly Unnumbered[]): readonly Unnumbered[] {
  if (!rng.chance(ROLLS_OUT)) return [];
  const lastMs = Math.max(0, ...operations.map(({ atMs }) => atMs));
  const at = (atMs: number, edition: Edition): Unnumbered => ({
    kind: 'rollout',
    tenantId: '',
    atMs,
    edition,
    removals: rng.chance(0.6) ? 'all' : 'keep',
  });
  const firstMs = rng.int(lastMs + 10_000);
  const back = rng.chance(0.4) ? [at(firstMs + 1_000 + rng.int(20_000), 'shipped')] : [];
  return [at(firstMs, 'changed'), ...back];
}

/** Deletions by event, at once or one after the other; mostly an operator opens the brake in the end, sometimes too early too. */
function leavingOf(rng: Rng, tenants: readonly string[], operations: readonly Unnumbered[]): readonly Unnumbered[] {
  let atMs = Math.max(0, ...operations.map((operation) => operation.atMs));
  const leaving = tenants.map((tenantId): Unnumbered => {
    atMs += gapMs(rng);
    const body = { tenant_id: tenantId, reason: 'leaves with the others' };
    return { kind: 'event', tenantId, atMs, topic: TOPIC.delete, namespace: 'system', body, again: [] };
  });
  const open = (at: number): Unnumbered => ({ kind: 'open', tenantId: '', atMs: at });
  const early = rng.chance(0.3) ? [open(rng.int(atMs + 1))] : [];
  return [...leaving, ...early, ...(rng.chance(0.7) ? [open(atMs + rng.int(8_000))] : [])];
}

/** A short wait, a natural one, or one that lets things settle. */
const gapMs = (rng: Rng, hurried = false): number => {
  const draw = hurried ? rng.next() * 0.7 : rng.next();
  return draw < 0.35 ? rng.int(60) : draw < 0.7 ? rng.int(1_500) : 2_000 + rng.int(5_000);
};

function tellStory(teller: Pick<Story, 'rng' | 'hurried' | 'tenantId' | 'tenants' | 'out'>, size: Size): void {
  const { rng } = teller;
  const story: Story = { ...teller, atMs: rng.int(2_000), tier: rng.pick(TIERS), events: 0 };
  const isPlanted = rng.chance(0.06);
  if (isPlanted) plant(story);
  if (rng.chance(0.1)) rng.pick([upgrade, remove, garbage])(story);
  create(story);
  if (isPlanted && rng.chance(0.6)) adopt(story);
  const steps = size.leastSteps + rng.int(size.moreSteps);
  for (let step = 0; step < steps; step++) {
    story.atMs += gapMs(rng, story.hurried);
    rng.pick(STEPS)(story);
  }
  if (rng.chance(0.35)) {
    story.atMs += gapMs(rng, story.hurried);
    remove(story);
    if (rng.chance(0.5)) {
      story.atMs += 1 + gapMs(rng, story.hurried);
      recreate(story);
    }
  }
}

function event(story: Story, topic: EventTopic, body: JsonObject | string, namespace = 'system'): void {
  const { rng, tenantId, atMs } = story;
  story.events += 1;
  const again = rng.chance(0.25) ? [rng.int(30)] : rng.chance(0.15) ? [rng.int(4_000), rng.int(9_000)] : [];
  const eventId = `${tenantId}.${story.events}`;
  // Without an id a second publication would be another event.
  const named = again.length > 0 || rng.chance(0.6);
  story.out.push({ kind: 'event', tenantId, atMs, topic, namespace, body, again, ...(named ? { eventId } : {}) });
}

const rest = (story: Story, command: Command): void => {
  story.events += 1;
  story.out.push({
    kind: 'rest',
    tenantId: story.tenantId,
    atMs: story.atMs,
    command,
    requestId: `${story.tenantId}.r${story.events}`,
  });
};

const limitsFor = (tier: Tier): JsonObject => (tier === 'custom' ? { limits: { ...LIMITS } } : {});

const createdBody = (story: Story, fields: JsonObject = {}): JsonObject => ({
  tenant_id: story.tenantId,
  tenant_name: `Tenant ${story.tenantId}`,
  tier: story.tier,
  ...limitsFor(story.tier),
  ...fields,
});

function create(story: Story): void {
  const namespace = story.rng.chance(0.3) ? 'global' : 'system';
  if (story.rng.chance(0.2)) {
    const limits = story.tier === 'custom' ? { limits: LIMITS } : {};
    rest(story, { kind: 'create', name: `Tenant ${story.tenantId}`, tier: story.tier, ...limits });
  } else event(story, TOPIC.create, createdBody(story, { created_by: null }), namespace);
}

/** A new generation, or what looks like one: said before or after the deletion. */
function recreate(story: Story): void {
  const { rng } = story;
  if (rng.chance(0.4)) story.tier = rng.pick(TIERS);
  const draw = rng.next();
  // Without `created_at` the publish time counts; an early one is a straggler of the generation before.
  if (draw < 0.6) event(story, TOPIC.create, createdBody(story));
  else if (draw < 0.8) event(story, TOPIC.create, createdBody(story, { created_at: { offset_ms: 0 } }));
  else event(story, TOPIC.create, createdBody(story, { created_at: { offset_ms: -story.atMs - 1 } }));
}

const repeat = (story: Story): void => event(story, TOPIC.create, createdBody(story));

function contradict(story: Story): void {
  const fields = story.rng.chance(0.5) ? { tenant_name: 'Somebody else' } : { tier: 'free' };
  event(story, TOPIC.create, createdBody(story, fields));
}

const upgradeNamespace = (story: Story): string => (story.rng.chance(0.4) ? story.tenantId : 'system');

function upgrade(story: Story): void {
  const next = story.rng.pick(TIERS);
  event(
    story,
    TOPIC.upgrade,
    { tenant_id: story.tenantId, previous_tier: story.tier.toUpperCase(), new_tier: next, ...limitsFor(next) },
    upgradeNamespace(story),
  );
  story.tier = next;
}

function staleUpgrade(story: Story): void {
  const previous = story.rng.pick(TIERS);
  event(
    story,
    TOPIC.upgrade,
    { tenant_id: story.tenantId, previous_tier: previous, new_tier: 'free' },
    upgradeNamespace(story),
  );
}

/** Two in the wrong order: the second comes first and has to wait. */
function swappedUpgrades(story: Story): void {
  const [first, second] = [
    story.rng.pick(['starter', 'enterprise'] as const),
    story.rng.pick(['free', 'starter'] as const),
  ];
  event(
    story,
    TOPIC.upgrade,
    { tenant_id: story.tenantId, previous_tier: first, new_tier: second },
    upgradeNamespace(story),
  );
  story.atMs += story.rng.int(3_000);
  event(
    story,
    TOPIC.upgrade,
    { tenant_id: story.tenantId, previous_tier: story.tier, new_tier: first },
    upgradeNamespace(story),
  );
  story.tier = second;
}

const limitless = (story: Story): void =>
  event(story, TOPIC.upgrade, { tenant_id: story.tenantId, previous_tier: story.tier, new_tier: 'custom' });

function remove(story: Story): void {
  if (story.rng.chance(0.25))
    rest(story, { kind: 'delete', force: story.rng.chance(0.5), graceMs: story.rng.int(5_000) });
  else event(story, TOPIC.delete, { tenant_id: story.tenantId, reason: 'leaves' });
}

function removeTwice(story: Story): void {
  remove(story);
  story.atMs += gapMs(story.rng, story.hurried);
  remove(story);
}

function removeAndRestore(story: Story): void {
  rest(story, { kind: 'delete', force: true, graceMs: 4_000 });
  story.atMs += story.rng.int(6_000);
  rest(story, { kind: 'restore' });
}

/** Protected in the middle of its grace; sometimes the protection is lifted, or gone over, later. */
function protectLeaving(story: Story): void {
  const { rng } = story;
  rest(story, { kind: 'delete', force: true, graceMs: 3_000 });
  story.atMs += rng.int(4_000);
  rest(story, { kind: 'protect', protected: true });
  story.atMs += rng.int(6_000);
  const draw = rng.next();
  if (draw < 0.4) rest(story, { kind: 'protect', protected: false });
  else if (draw < 0.7) rest(story, { kind: 'delete', force: draw < 0.6, graceMs: 0 });
}

/** Of a tenant that is taken down something has lost our mark; sometimes an operator leaves it behind later. */
function removeUnmarked(story: Story): void {
  const { rng, tenantId } = story;
  story.out.push({ kind: 'unmark', tenantId, atMs: story.atMs, which: rng.int(1_000) });
  rest(story, { kind: 'delete', force: true, graceMs: 0 });
  story.atMs += rng.int(20_000);
  if (rng.chance(0.5)) rest(story, { kind: 'delete', force: true });
}

function suspendAndResume(story: Story): void {
  rest(story, { kind: 'suspend' });
  story.atMs += story.rng.int(6_000);
  rest(story, { kind: 'resume' });
}

const suspend = (story: Story): void => rest(story, { kind: 'suspend' });
const protect = (story: Story): void => rest(story, { kind: 'protect', protected: story.rng.chance(0.5) });
const reconcile = (story: Story): void => rest(story, { kind: 'reconcile', acceptLoss: false });

/** An object vanishes; mostly an operator has everything looked at some time later, mostly without a word that data may go. */
function lose(story: Story): void {
  const { rng, tenantId } = story;
  story.atMs += rng.int(3_000);
  story.out.push({ kind: 'lose', tenantId, atMs: story.atMs, which: rng.int(1_000) });
  story.atMs += gapMs(rng, story.hurried);
  if (rng.chance(0.85)) reconcile(story);
  story.atMs += gapMs(rng, story.hurried);
  if (rng.chance(0.4)) rest(story, { kind: 'reconcile', acceptLoss: true });
}

function setTier(story: Story): void {
  const tier = story.rng.pick(TIERS);
  rest(story, { kind: 'tier', tier, ...(tier === 'custom' ? { limits: LIMITS } : {}) });
}

/** What no decision can be made from: it must become a dead letter and stop nobody. */
function garbage(story: Story): void {
  const { rng, tenantId, tenants } = story;
  const other = tenants.find((one) => one !== tenantId) ?? 'nobody';
  const draw = rng.next();
  if (draw < 0.3) event(story, TOPIC.create, '{"tenant_id": ');
  else if (draw < 0.6) event(story, TOPIC.create, { tenant_id: tenantId, tier: 'golden' });
  else event(story, TOPIC.upgrade, { tenant_id: tenantId, previous_tier: story.tier, new_tier: 'free' }, other);
}

const PLANTED = [
  ['cassandra-keyspace', (id: string) => `tenant_${id.replaceAll('-', '_')}`],
  ['minio-bucket', (id: string) => `tenant-${id}`],
] as const;

/** An operator says that what is there is the tenant's: at once, or when it has failed for that. */
function adopt(story: Story): void {
  story.atMs += gapMs(story.rng, story.hurried);
  const limits = story.tier === 'custom' ? { limits: LIMITS } : {};
  rest(story, { kind: 'create', name: `Tenant ${story.tenantId}`, tier: story.tier, ...limits, adopt: true });
}

/** Somebody else's object under the tenant's name. */
function plant(story: Story): void {
  const [resource, nameOf] = story.rng.pick(PLANTED);
  story.out.push({ kind: 'plant', tenantId: story.tenantId, atMs: 0, resource, name: nameOf(story.tenantId) });
}

const STEPS: readonly ((story: Story) => void)[] = [
  upgrade,
  upgrade,
  upgrade,
  staleUpgrade,
  swappedUpgrades,
  limitless,
  repeat,
  contradict,
  remove,
  removeTwice,
  removeAndRestore,
  protectLeaving,
  removeUnmarked,
  recreate,
  suspendAndResume,
  suspend,
  protect,
  reconcile,
  lose,
  setTier,
  garbage,
];
