/** A rollout from its beginning to its ends: R1 to R4 and W1 to W4, over tenants that are values. */
import { expect, test } from 'vitest';
import { advance, needsPage } from './advance.ts';
import type { TenantSeen } from './judge.ts';
import {
  defaultWaves,
  goesOn,
  openRollout,
  operate,
  type Report,
  type Rollout,
  rivalOf,
  type Verb,
} from './rollout.ts';

const TARGETS = [{ tier: 'free', digest: 'new' }] as const;

interface Show {
  rollout: Rollout;
  nowMs: number;
  readonly tenants: Map<string, TenantSeen>;
  readonly reports: Report[];
  readonly asked: string[];
  /** Once. What is asked of a tenant is done at once, unless it is kept from it. */
  step(): void;
  /** Until nothing changes any more. */
  run(): void;
  say(verb: Verb): string;
}

const behind = (over: Partial<TenantSeen> = {}): TenantSeen => ({
  phase: 'active',
  status: 'completed',
  tier: 'free',
  rests: true,
  blueprint: { digest: 'old' },
  trouble: '',
  ...over,
});

interface Setting {
  readonly options?: Partial<Rollout['options']>;
  readonly tenants?: Readonly<Record<string, TenantSeen>>;
  /** Ends up so when it is asked. */
  readonly fate?: (tenantId: string) => Partial<TenantSeen> | undefined;
  readonly pageSize?: number;
}

const ids = (count: number) => Array.from({ length: count }, (_, at) => `t${String(at).padStart(2, '0')}`);

function show({ options = {}, tenants, fate = () => undefined, pageSize = 200 }: Setting = {}): Show {
  const given = tenants ?? Object.fromEntries(ids(12).map((id) => [id, behind()]));
  const names = Object.keys(given);
  const all: Rollout['options'] = {
    waves: defaultWaves(),
    maxFailures: 0,
    deadlineMs: 600_000,
    pauseMs: 0,
    removals: 'keep',
    includeFailed: false,
    ...options,
  };
  const made = { id: 'ro-1', serial: 1, targets: TARGETS, options: all, by: 'ops', behind: names.length };
  const pageAt = (from: string | undefined) => {
    const start = Number(from ?? 0);
    const next = start + pageSize < names.length ? { next: String(start + pageSize) } : {};
    return { tenantIds: names.slice(start, start + pageSize), ...(from === undefined ? {} : { from }), ...next };
  };
  const self: Show = {
    rollout: openRollout(made, 0),
    nowMs: 0,
    tenants: new Map(Object.entries(given)),
    reports: [],
    asked: [],
    step: () => {
      const page = needsPage(self.rollout) ? { page: pageAt(self.rollout.cursor) } : {};
      const done = advance(self.rollout, { seen: self.tenants, nowMs: self.nowMs, ...page });
      self.rollout = done.rollout;
      self.reports.push(...done.reports);
      for (const { tenantId, attempt } of done.asks) {
        self.asked.push(tenantId);
        const blueprint = { digest: 'new', rollout: { serial: 1, attempt, changed: true } };
        self.tenants.set(tenantId, behind({ blueprint, ...fate(tenantId) }));
      }
    },
    run: () => {
      for (let steps = 0; steps < 200; steps++) {
        const before = self.rollout;
        const asked = self.asked.length;
        self.step();
        if (before === self.rollout && asked === self.asked.length) return;
      }
      throw new Error('the rollout does not come to rest');
    },
    say: (verb) => {
      const done = operate(self.rollout, verb, 'ops', self.nowMs);
      if (done.kind !== 'refused') {
        self.rollout = done.rollout;
        self.reports.push(...done.reports);
      }
      return done.kind;
    },
  };
  return self;
}

const sizes = (reports: readonly Report[]) =>
  [...Map.groupBy(reports, ({ wave }) => wave).values()].map(({ length }) => length);

test('a canary first, then twice as many each time, in the order of the directory, each tenant once', () => {
  const scene = show({ pageSize: 5 });
  scene.run();
  expect(scene.rollout.phase).toBe('completed');
  expect(sizes(scene.reports)).toEqual([1, 2, 4, 5]);
  expect(scene.asked).toEqual(ids(12));
  expect(scene.reports.map(({ tenantId }) => tenantId)).toEqual(ids(12));
  expect(scene.rollout.counts).toEqual({ updated: 12, unchanged: 0, skipped: 0, failed: 0 });
});

test('the sizes that an operator gives are kept to, the last one to the end', () => {
  const scene = show({ options: { waves: [2, 3] } });
  scene.run();
  expect(sizes(scene.reports)).toEqual([2, 3, 3, 3, 1]);
});

test('R2: what is asked was recorded by the step before', () => {
  const scene = show();
  scene.step();
  expect([scene.rollout.members.map(({ tenantId }) => tenantId), scene.asked]).toEqual([['t00'], []]);
  scene.step();
  expect(scene.asked).toEqual(['t00']);
});

test('W2: the first tenant that fails halts it with the reason, and the rest is not touched', () => {
  const broken = { status: 'failed', trouble: 'minio-bucket b: no' } as const;
  const scene = show({ fate: (id) => (id === 't03' ? broken : undefined) });
  scene.run();
  expect(scene.rollout.phase).toBe('halted');
  expect(scene.rollout.reasons.at(-1)).toMatchObject({ code: 'TenantFailed', message: 't03: minio-bucket b: no' });
  expect(scene.asked).toEqual(ids(7));
  expect([...scene.tenants].filter(([, { blueprint }]) => blueprint?.digest === 'old')).toHaveLength(5);
});

test('W2: one that loses data or is not complete in time halts it too', () => {
  const lost = show({ fate: () => ({ status: 'degraded', trouble: 'gone' }) });
  lost.run();
  expect(lost.rollout.members[0]?.reason?.code).toBe('Degraded');
  const slow = show({ fate: () => ({ status: 'provisioning', rests: false }) });
  slow.run();
  expect(slow.rollout.phase).toBe('running');
  slow.nowMs = 600_000;
  slow.run();
  expect([slow.rollout.phase, slow.rollout.members[0]?.reason?.code]).toEqual(['halted', 'Deadline']);
});

test('as many tenants as the budget allows may fail', () => {
  const failing = ['t01', 't05', 't06'];
  const scene = show({
    options: { maxFailures: 2 },
    fate: (id) => (failing.includes(id) ? { status: 'failed' } : undefined),
  });
  scene.run();
  expect([scene.rollout.phase, scene.rollout.reasons.at(-1)?.message]).toEqual(['halted', 't06: the tenant is failed']);
});

test('R4: resumed it goes on where it was, and tries those of the wave that failed again', () => {
  let isBroken = true;
  const scene = show({ fate: (id) => (id === 't04' && isBroken ? { status: 'failed' } : undefined) });
  scene.run();
  isBroken = false;
  expect(scene.say({ kind: 'resume', skipFailed: false })).toBe('applied');
  scene.run();
  expect(scene.rollout.phase).toBe('completed');
  expect(scene.asked).toEqual([...ids(7), 't04', ...ids(12).slice(7)]);
  expect(scene.rollout.counts).toEqual({ updated: 12, unchanged: 0, skipped: 0, failed: 0 });
});

test('R4: resumed while it is still broken it halts again; left out, those that failed stay told as failed', () => {
  const scene = show({ fate: (id) => (id === 't04' ? { status: 'failed' } : undefined) });
  scene.run();
  scene.say({ kind: 'resume', skipFailed: false });
  scene.run();
  expect(scene.rollout.phase).toBe('halted');
  scene.say({ kind: 'resume', skipFailed: true });
  scene.run();
  expect([scene.rollout.phase, scene.rollout.counts]).toEqual([
    'completed',
    { updated: 11, unchanged: 0, skipped: 0, failed: 1 },
  ]);
});

test('R3: cancelled it takes nothing any more, and what is done stays done', () => {
  const scene = show();
  for (let steps = 0; steps < 4; steps++) scene.step();
  const { asked } = scene;
  const before = [...asked];
  expect(scene.say({ kind: 'cancel' })).toBe('applied');
  scene.run();
  expect([scene.rollout.phase, scene.asked]).toEqual(['cancelled', before]);
  expect(scene.say({ kind: 'cancel' })).toBe('repeat');
  expect(scene.say({ kind: 'resume', skipFailed: false })).toBe('refused');
});

test('an operator halts it at once and as often as is wanted', () => {
  const scene = show();
  scene.step();
  expect([scene.say({ kind: 'halt' }), scene.say({ kind: 'halt' })]).toEqual(['applied', 'repeat']);
  scene.run();
  expect(scene.asked).toEqual([]);
  scene.say({ kind: 'resume', skipFailed: false });
  scene.run();
  expect(scene.rollout.phase).toBe('completed');
});

test('W1: who is left out makes room, so that the canary is one that was changed; each has its reason', () => {
  const tenants = {
    a: behind({ phase: 'suspended', status: 'suspended' }),
    b: behind({ phase: 'leaving', status: 'suspended' }),
    c: behind({ tier: 'starter' }),
    d: behind({ status: 'failed', trouble: 'x' }),
    e: behind({ status: 'degraded' }),
    f: behind({ blueprint: { digest: 'other', rollout: { serial: 2, attempt: 1, changed: true } } }),
    g: behind({ blueprint: { digest: 'new' } }),
    h: behind(),
    i: behind(),
  };
  const scene = show({ tenants, pageSize: 2 });
  scene.run();
  expect(scene.asked).toEqual(['h', 'i']);
  expect(scene.reports.map(({ tenantId, wave, reason }) => `${tenantId} ${wave} ${reason.code}`)).toEqual([
    'a 1 Suspended',
    'b 1 Leaves',
    'c 1 TierChanged',
    'd 1 FailedBefore',
    'e 1 Degraded',
    'f 1 LaterRollout',
    'g 1 Current',
    'h 1 Updated',
    'i 2 Updated',
  ]);
  expect(scene.rollout.counts).toEqual({ updated: 2, unchanged: 1, skipped: 6, failed: 0 });
});

test('who had failed before is taken where the operator says so', () => {
  const scene = show({ tenants: { a: behind({ status: 'failed' }) }, options: { includeFailed: true } });
  scene.run();
  expect(scene.reports.map(({ outcome }) => outcome)).toEqual(['updated']);
});

test('other work of a tenant is waited for, and not for ever', () => {
  const scene = show({ tenants: { a: behind({ status: 'provisioning', rests: false }), b: behind() } });
  scene.run();
  expect([scene.rollout.phase, scene.asked]).toEqual(['running', []]);
  scene.nowMs = 60_000;
  scene.run();
  expect(scene.reports.map(({ reason }) => reason.code)).toEqual(['Busy', 'Updated']);
});

test('what an operator does to a tenant of the wave is no failure', () => {
  const scene = show({ fate: (id) => (id === 't00' ? { phase: 'suspended', status: 'suspended' } : undefined) });
  scene.run();
  expect([scene.rollout.phase, scene.reports[0]?.reason.code]).toEqual(['completed', 'Suspended']);
});

test('W3: a wave that is done is watched, and one that comes into trouble then halts it', () => {
  const scene = show({ options: { pauseMs: 30_000 } });
  scene.run();
  expect([scene.rollout.wave, scene.asked]).toEqual([1, ['t00']]);
  scene.nowMs = 29_999;
  scene.tenants.set('t00', { ...(scene.tenants.get('t00') as TenantSeen), status: 'degraded', trouble: 'gone' });
  scene.run();
  expect([scene.rollout.phase, scene.rollout.members[0]?.outcome]).toEqual(['halted', 'failed']);
});

test('a tenant whose own limits the blueprint cannot take halts it with the reason', () => {
  const scene = show();
  scene.step();
  scene.step();
  const refused = new Map([['t00', 'these limits make no tier']]);
  const done = advance(scene.rollout, { seen: new Map([['t00', behind()]]), refused, nowMs: 0 });
  expect([done.rollout.phase, done.asks]).toEqual(['halted', []]);
  expect(done.rollout.reasons.at(-1)?.message).toContain('these limits make no tier');
});

test('R1: of each tier one rollout at a time', () => {
  const { rollout } = show();
  expect(rivalOf([rollout], TARGETS)).toBe(rollout);
  expect(rivalOf([rollout], [{ tier: 'starter', digest: 'x' }])).toBeUndefined();
});

test('a rollout that finds nobody behind is over with its first look', () => {
  const scene = show({ tenants: {} });
  scene.run();
  expect([scene.rollout.phase, goesOn(scene.rollout)]).toEqual(['completed', false]);
});
