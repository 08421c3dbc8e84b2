/**
 * Routes of blueprints and rollouts: what each tier's file says and who is behind, and bringing tenants over in waves.
 */

import {
  blueprintSchema,
  rolloutPlanSchema,
  rolloutRequestSchema,
  rolloutResumeSchema,
  rolloutSchema,
  rolloutTenantSchema,
  TIERS,
} from '@leasehold/contracts';
import { exampleText } from '@leasehold/controller';
import {
  type Call,
  decodeCursor,
  defineRoute,
  encodeCursor,
  notFound,
  PAGE_QUERY,
  pageOf,
  problem,
  queryBoolean,
  type Route,
} from '@leasehold/http';
import { reason } from '@leasehold/kernel';
import { z } from 'zod';
import type { Catalog } from '../app/catalog.ts';
import type { Control } from '../app/control.ts';
import {
  type Directory,
  type PlannedRollout,
  type PlanSource,
  planRollout,
  selectBehind,
  summaries,
  targetsOf,
} from '../app/rollout/plan.ts';
import { cannot, type Rollouts, rivalText } from '../app/rollout/rollouts.ts';
import { liveMembers, reportView, rolloutView, type SeenMembers } from '../app/rollout/view.ts';
import { defaultWaves, type Rollout, type Verb } from '../domain/rollout/rollout.ts';

const TAGS = ['Rollouts'] as const;
const READ = { roles: ['platform-admin', 'platform-viewer'], tenant: 'none' } as const;
const WRITE = { roles: ['platform-admin'], tenant: 'none' } as const;
const PARAMS = z.object({ rollout_id: exampleText('ro-1', 'As the list names it.') });
const ACCEPTED = { description: 'The rollout; read it again to see how it goes.', schema: rolloutSchema };
const pathOf = (id: string): string => `/api/v1/rollouts/${id}`;

/** Rollouts as they are kept. */
interface Kept {
  readonly rollouts: Rollouts;
}

/** Rollouts, and the audit of what is said to them. */
interface Noted extends Kept {
  readonly control: Pick<Control, 'note'>;
}

/** Where the tiers' files are. */
interface Filed {
  readonly deps: { readonly catalog: Pick<Catalog, 'blueprint' | 'file'> };
}

export type RolloutRouteParts = Noted & Filed & PlanSource & SeenMembers;

export const rolloutRoutes = (parts: RolloutRouteParts): readonly Route[] => [
  blueprints(parts),
  list(parts),
  start(parts),
  read(parts),
  tenants(parts),
  resume(parts),
  stop(parts, 'halt', 'Halt a rollout', 'Nothing more is taken; what was begun with tenants of the wave goes on.'),
  stop(
    parts,
    'cancel',
    'End a rollout for good',
    'What is done stays done. To bring tenants back, roll the file out as it was before.',
  ),
];

const blueprints = (parts: Kept & Filed & Directory): Route =>
  defineRoute(
    {
      method: 'GET',
      path: '/api/v1/blueprints',
      summary: 'Read what each tier’s file says now, and how many tenants are behind',
      tags: TAGS,
      access: READ,
      responses: { 200: { description: 'Every tier.', schema: z.strictObject({ items: z.array(blueprintSchema) }) } },
    },
    async (call) => {
      const { catalog } = parts.deps;
      const { unfinished } = await parts.rollouts.read(call.signal);
      const items = TIERS.map((tier) => ({
        tier,
        digest: catalog.blueprint(tier).digest,
        resources: catalog.file(tier).resources.length,
        tenants: { current: 0, behind: 0, with_more: 0 },
        rollout: unfinished.find(({ targets }) => targets.some((target) => target.tier === tier))?.id ?? null,
      }));
      for await (const { tier, status, blueprint, kept = 0 } of summaries(parts, call.signal)) {
        const item = items.find((each) => each.tier === tier);
        if (!item || status === 'deleted') continue;
        item.tenants[blueprint === item.digest ? 'current' : 'behind'] += 1;
        if (kept > 0) item.tenants.with_more += 1;
      }
      return { status: 200 as const, body: { items } };
    },
  );

const list = ({ rollouts }: Kept): Route =>
  defineRoute(
    {
      method: 'GET',
      path: '/api/v1/rollouts',
      summary: 'List rollouts',
      tags: TAGS,
      access: READ,
      request: { query: z.strictObject(PAGE_QUERY) },
      responses: {
        200: {
          description: 'Unfinished ones first, then the newest first, for 90 days.',
          schema: pageOf(rolloutSchema),
        },
      },
    },
    async (call) => {
      const { limit, cursor } = call.query;
      const from = cursor === undefined ? {} : { cursor: decodeCursor('rollouts', cursor, z.string()) };
      const page = await rollouts.list({ limit, ...from }, call.signal);
      const next = page.next === undefined ? null : encodeCursor('rollouts', page.next);
      return { status: 200 as const, body: { items: page.items.map((each) => rolloutView(each)), next_cursor: next } };
    },
  );

type Asked = z.infer<typeof rolloutRequestSchema>;

function wantedBy({ deps: { catalog } }: Filed, asked: Asked): PlannedRollout {
  const tiers = asked.tier === undefined ? TIERS : [asked.tier];
  return {
    blueprints: new Map(tiers.map((tier) => [tier, catalog.blueprint(tier)])),
    options: {
      waves: asked.waves ?? defaultWaves(),
      maxFailures: asked.max_failures,
      deadlineMs: asked.deadline_seconds * 1000,
      pauseMs: asked.pause_seconds * 1000,
      removals: asked.removals === 'keep' ? 'keep' : asked.allow_data_loss ? 'all' : 'without_data',
      includeFailed: asked.include_failed,
    },
  };
}

const start = (parts: Noted & Filed & PlanSource): Route =>
  defineRoute(
    {
      method: 'POST',
      path: '/api/v1/rollouts',
      summary: 'Bring tenants over to what their tier’s file says now',
      description:
        'In waves, a canary first; halts when more tenants fail than `max_failures`. Look at the plan first: `dry_run=true`. One rollout of a tier at a time. Suspended and leaving tenants, and such as had failed or lost data before, are left out with the reason. What the blueprint no longer names stays, unless `removals` says otherwise; what holds data goes with `allow_data_loss` alone.',
      tags: TAGS,
      access: WRITE,
      request: {
        body: rolloutRequestSchema,
        query: z.strictObject({
          dry_run: queryBoolean.optional().meta({ description: 'Answer with the plan and touch nothing.' }),
        }),
      },
      responses: {
        202: ACCEPTED,
        200: { description: 'What would be done; nothing was touched.', schema: rolloutPlanSchema },
      },
      problems: ['conflict'],
      example: { tier: 'starter', waves: [1, 5, 20], max_failures: 0 },
    },
    async (call) => {
      const wanted = wantedBy(parts, call.body);
      if (call.query.dry_run) {
        const plan = await planRollout(parts, wanted, call.signal);
        return { status: 200 as const, body: plan as unknown as z.infer<typeof rolloutPlanSchema> };
      }
      const { behind } = await selectBehind(parts, wanted, call.signal);
      const request = { targets: targetsOf(wanted), options: wanted.options, by: call.principal.sub, behind };
      const files = [...wanted.blueprints.values()].map(({ file }) => file);
      const made = await parts.rollouts.make(request, files, call.signal);
      if (made.kind === 'rival') throw problem('conflict', rivalText(made.rollout));
      await note(parts, call, 'rollout', made.rollout);
      return { status: 202 as const, location: pathOf(made.rollout.id), body: rolloutView(made.rollout) };
    },
  );

/** For the audit: who said what to which rollout. */
const note = (
  { control }: Pick<Noted, 'control'>,
  call: Pick<Call, 'principal' | 'requestId' | 'signal'>,
  kind: string,
  rollout: Rollout,
): Promise<void> =>
  control.note(
    {
      command: { kind },
      actor: { subject: call.principal.sub, request_id: call.requestId },
      disposition: 'applied',
      reasons: [reason(rollout.reasons.at(-1)?.code ?? 'Asked', rollout.reasons.at(-1)?.message ?? '')],
      after: { rollout: rollout.id, state: rollout.phase, tiers: rollout.targets.map(({ tier }) => tier) },
    },
    call.signal,
  );

const read = (parts: Kept & SeenMembers): Route =>
  defineRoute(
    {
      method: 'GET',
      path: '/api/v1/rollouts/{rollout_id}',
      summary: 'Read a rollout',
      description: 'With the tenants of the wave under way as they are now.',
      tags: TAGS,
      access: READ,
      request: { params: PARAMS },
      responses: { 200: { description: 'The rollout.', schema: rolloutSchema } },
    },
    async (call) => {
      const found = await parts.rollouts.find(call.params.rollout_id, call.signal);
      if (!found) throw notFound();
      return { status: 200 as const, body: rolloutView(found, await liveMembers(parts, found, call.signal)) };
    },
  );

const tenants = ({ rollouts }: Kept): Route =>
  defineRoute(
    {
      method: 'GET',
      path: '/api/v1/rollouts/{rollout_id}/tenants',
      summary: 'List what came of each tenant of a rollout, and why',
      tags: TAGS,
      access: READ,
      request: { params: PARAMS, query: z.strictObject(PAGE_QUERY) },
      responses: {
        200: { description: 'In the order in which they came to it.', schema: pageOf(rolloutTenantSchema) },
      },
    },
    async (call) => {
      const { limit, cursor } = call.query;
      const found = await rollouts.find(call.params.rollout_id, call.signal);
      if (!found) throw notFound();
      const name = `rollout-tenants/${found.id}`;
      const from = cursor === undefined ? {} : { cursor: decodeCursor(name, cursor, z.string()) };
      const page = await rollouts.reports(found, { limit, ...from }, call.signal);
      const next = page.next === undefined ? null : encodeCursor(name, page.next);
      return { status: 200 as const, body: { items: page.items.map(reportView), next_cursor: next } };
    },
  );

async function say(
  parts: Noted,
  call: Pick<Call, 'principal' | 'requestId' | 'signal'>,
  id: string,
  verb: Verb,
): Promise<Rollout> {
  const asked = await parts.rollouts.operate(id, verb, call.principal.sub, call.signal);
  if (asked.kind === 'unknown') {
    const over = await parts.rollouts.find(id, call.signal);
    if (!over) throw notFound();
    if (verb.kind === 'cancel' && over.phase === 'cancelled') return over;
    throw problem('conflict', cannot(verb.kind, over));
  }
  if (asked.kind === 'refused') throw problem('conflict', cannot(verb.kind, asked.rollout));
  if (asked.kind === 'applied') await note(parts, call, `rollout-${verb.kind}`, asked.rollout);
  return asked.rollout;
}

const resume = (parts: Noted): Route =>
  defineRoute(
    {
      method: 'POST',
      path: '/api/v1/rollouts/{rollout_id}/resume',
      summary: 'Go on with a halted rollout',
      description: 'Where it was. Tenants of the wave that failed are tried again, or left out with `skip_failed`.',
      tags: TAGS,
      access: WRITE,
      request: { params: PARAMS, body: rolloutResumeSchema },
      example: { skip_failed: false },
      responses: { 202: ACCEPTED },
      problems: ['conflict'],
    },
    async (call) => {
      const verb = { kind: 'resume', skipFailed: call.body.skip_failed } as const;
      const rollout = await say(parts, call, call.params.rollout_id, verb);
      return { status: 202 as const, location: pathOf(rollout.id), body: rolloutView(rollout) };
    },
  );

const stop = (parts: Noted, kind: 'halt' | 'cancel', summary: string, description: string): Route =>
  defineRoute(
    {
      method: 'POST',
      path: `/api/v1/rollouts/{rollout_id}/${kind}`,
      summary,
      description,
      tags: TAGS,
      access: WRITE,
      request: { params: PARAMS },
      responses: { 202: ACCEPTED },
      problems: ['conflict'],
    },
    async (call) => {
      const { rollout_id } = call.params as { rollout_id: string };
      const rollout = await say(parts, call, rollout_id, { kind });
      return { status: 202 as const, location: pathOf(rollout.id), body: rolloutView(rollout) };
    },
  );
