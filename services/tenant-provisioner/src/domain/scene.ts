/**
 * A small stage for tests of decisions: one tenant, two kinds of resource, commands in, decisions out, a clock by hand.
 * Used by tests alone; it holds no rule of its own.
 */

import type { Limits, Tier } from '@leasehold/contracts';
import type { KeptMessage, Outgoing, Source } from '@leasehold/controller/model';
import { type GraphNode, goalDigest, type NodePatch } from '@leasehold/engine';
import type { Command, WaitingMessage } from './command.ts';
import { decideCommand, decideOutcomes, decideRunEnd, decideWake, type RunEnd } from './decide.ts';
import type { Context } from './draft.ts';
import { isLeaving, wantedGraph } from './goal.ts';
import { emptyState, type TenantState } from './state.ts';
import { statusOf } from './status.ts';
import type { Decision } from './types.ts';

export const LIMITS: Limits = {
  cpu_cores: 2,
  memory_gb: 4,
  storage_gb: 10,
  max_pods: 5,
  max_services: 3,
  gpu_count: 0,
  monthly_cost_usd: '0',
};

const HOUR_MS = 3_600_000;
const PROTECTED: readonly Tier[] = ['professional', 'enterprise', 'custom'];

const KINDS: Context['kinds'] = new Map([
  ['cassandra-keyspace', { hasAccess: true }],
  ['minio-bucket', { hasAccess: true }],
]);

export interface Scene {
  nowMs: number;
  brake: Context['brake'];
  brakeOpenings: number;
  deletionsPaused: boolean;
  kinds: Context['kinds'];
  state: TenantState;
  waiting: readonly WaitingMessage[];
  readonly outgoing: Outgoing[];
  readonly last: () => Decision;
  event(command: Command, publishedAtMs?: number): Decision;
  rest(command: Command): Decision;
  wake(): Decision;
  /** Every resource reached what was wanted. */
  settle(): Decision;
  /** What a run of the present goal tells when everything went well. */
  settledPatches(): readonly NodePatch[];
  patch(patches: readonly NodePatch[]): Decision;
  /** A run is under way. */
  claim(): void;
  endRun(end: RunEnd): Decision;
  status(): string;
  topics(): readonly string[];
  letters(): readonly string[];
}

export const create = (over: Partial<Extract<Command, { kind: 'create' }>> = {}): Command => ({
  kind: 'create',
  name: 'Acme',
  tier: 'free',
  ...over,
});
export const upgrade = (previousTier: Tier, newTier: Tier): Command => ({ kind: 'upgrade', previousTier, newTier });
export const remove = (over: Partial<Extract<Command, { kind: 'delete' }>> = {}): Command => ({
  kind: 'delete',
  force: false,
  ...over,
});

export function openScene(startMs = 1_000_000): Scene {
  let serial = 0;
  let latest: Decision | undefined;
  const scene = {
    nowMs: startMs,
    brake: 'open',
    brakeOpenings: 0,
    deletionsPaused: false,
    kinds: KINDS,
    state: emptyState('acme'),
    waiting: [],
    outgoing: [],
  } as unknown as Scene;
  const context = (): Context => contextOf(scene);
  const keep = (decision: Decision): Decision => {
    scene.state = decision.state;
    scene.waiting = decision.waiting;
    scene.outgoing.push(...decision.outgoing);
    latest = decision;
    return decision;
  };
  const decide = (command: Command, source: Source) =>
    keep(decideCommand(scene.state, scene.waiting, command, source, context()));
  return Object.assign(scene, {
    last: () => latest as Decision,
    event: (command: Command, publishedAtMs = scene.nowMs) => {
      serial += 1;
      return decide(command, {
        type: 'event',
        eventKey: `e${serial}`,
        publishedAtMs,
        letter: letterAt(serial, publishedAtMs),
      });
    },
    rest: (command: Command) => decide(command, { type: 'rest', subject: 'ops', requestId: 'r', atMs: scene.nowMs }),
    wake: () => keep(decideWake(scene.state, scene.waiting, context())),
    patch: (patches: readonly NodePatch[]) => keep(decideOutcomes(scene.state, scene.waiting, patches, context())),
    settle: () => {
      keep(decideOutcomes(scene.state, scene.waiting, scene.settledPatches(), context()));
      return keep(decideRunEnd(scene.state, scene.waiting, 'whole', context()));
    },
    claim: () => {
      scene.state = { ...scene.state, claim: { holder: 'r1', fence: 1, untilMs: scene.nowMs + 4_000 } };
    },
    endRun: (end: RunEnd) => keep(decideRunEnd(scene.state, scene.waiting, end, context())),
    settledPatches: () =>
      scene.state.records
        .filter(({ id }) => scene.state.phase !== 'active' || !isLeaving(scene.state, id))
        .map(({ id }) => settledPatch(scene, id)),
    status: () => statusOf(scene.state),
    topics: () => scene.outgoing.filter((out) => out.kind === 'event').map((out) => out.topic),
    letters: () => scene.outgoing.filter((out) => out.kind === 'dead-letter').map((out) => out.code),
  } satisfies Partial<Scene>);
}

const settledPatch = (scene: Scene, id: string): NodePatch =>
  scene.state.phase === 'deleting'
    ? { id, status: 'deleted', fate: 'deleted' }
    : { id, status: 'ready', born: true, drift: undefined, converged: digestIn(scene, id) };

const digestIn = (scene: Scene, id: string): string =>
  goalDigest(wantedGraph(scene.state, contextOf(scene).kinds).find((node) => node.id === id) as GraphNode, scene.state);

const letterAt = (serial: number, publishedAtMs: number): KeptMessage => ({
  topic: 'persistent://platformq/system/tenant-created-events',
  messageId: `m${serial}`,
  publishedAtMs,
  payload: '',
  properties: {},
});

export function contextOf(scene: Scene): Context {
  return {
    nowMs: scene.nowMs,
    tier: (tier) => ({
      graceMs: 24 * HOUR_MS,
      protected: PROTECTED.includes(tier),
      limits: tier === 'custom' ? null : LIMITS,
      blueprint: `blueprint-${tier}`,
    }),
    graph: (tier, _limits, tenantId) =>
      ['cassandra-keyspace', 'minio-bucket'].map((kind) => ({
        id: kind,
        kind,
        part: 'main',
        name: `${kind}-${tenantId}`,
        spec: { tier, access: 'granted' },
        dependsOn: kind === 'minio-bucket' ? ['cassandra-keyspace'] : [],
        remakeWhenLost: false,
      })),
    kinds: scene.kinds,
    brake: scene.brake,
    brakeOpenings: scene.brakeOpenings,
    deletionsPaused: scene.deletionsPaused,
    bounds: {
      deadlineMs: 24 * HOUR_MS,
      waitMs: 24 * HOUR_MS,
      staleMs: 300_000,
      keepDeletedMs: 90 * 24 * HOUR_MS,
      heldRecheckMs: 30_000,
      lookAgainMs: 2_000,
      maxWaiting: 3,
      maxWaitingBytes: 4_000,
      lettersPerDecision: 2,
    },
  };
}
