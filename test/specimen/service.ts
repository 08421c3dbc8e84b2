/**
 * The specimen: a second service of the mesh, as small as one may be, for the tests that show what a service gets from the controller. Two
 * events, one kind of resource, three routes of its own; dead letters, switches, audit and operations come with it.
 */

import { tenantIdSchema } from '@leasehold/contracts';
import {
  askOwner,
  type Controller,
  type EventCatalogue,
  event,
  exampleText,
  heardTopics,
  publishEventRoute,
  resourceView,
  restSource,
  serviceNames,
  serviceRoutes,
  startController,
  surveyStage,
  topicPlan,
  type WorkDefinition,
} from '@leasehold/controller';
import { defineRoute, notFound, queryInteger, type Route } from '@leasehold/http';
import { type RunningService, type ServiceDefinition, type ServiceOptions, untilThere } from '@leasehold/runtime';
import { z } from 'zod';
import {
  type Command,
  type Drawer,
  type DrawerTypes,
  decideCommand,
  decideOutcomes,
  decideRunEnd,
  emptyDrawer,
  refOf,
  stageOf,
  statusOf,
  tenantOf,
  workDueAtMs,
} from './drawer.ts';

const [SERVICE, BASE] = ['filing', '/api/v1/filing'];
const NAMES = serviceNames({ service: SERVICE, ownerType: 'drawer', tenantIdOf: tenantOf });

const DRAWER: WorkDefinition<DrawerTypes> = {
  names: NAMES,
  empty: emptyDrawer,
  isKnown: ({ v }) => v === 1,
  isListed: ({ state }) => state.generation > 0,
  summaryOf: (state) => ({ status: statusOf(state), objects: { 'minio-bucket': state.graph.length } }),
  factsOf: (state) => (state.generation === 0 ? {} : { status: statusOf(state), size_gb: state.sizeGb }),
  decideCommand,
  decideWake: ({ state, waiting }, world) => decideOutcomes({ state, waiting }, [], world),
  decideOutcomes,
  decideRunEnd,
  stageOf,
  workDueAtMs,
  goalKey: ({ generation, phase, sizeGb, operation }) => [generation, phase, sizeGb, operation?.id].join('/'),
  takesDown: ({ phase }) => phase === 'closing',
  refOf,
  isForeign: (kind) => kind !== 'minio-bucket',
  consentsOf: () => ({ acceptLoss: false, adopt: false, remake: false, consent: false }),
  isUrgent: ({ operation }) => operation?.kind === 'open',
  isLow: () => false,
};

const told = { tenant_id: tenantIdSchema, event_id: z.string().optional(), drawer: z.string().regex(/^[a-z]{1,20}$/) };
const HEARD = ['drawer-opened-events', 'drawer-closed-events'].map((name) => ({
  name,
  namespaces: ['system'],
  perTenant: false,
}));
const ownerIdOf = (each: { readonly tenant_id: string; readonly drawer: string }) => `${each.tenant_id}.${each.drawer}`;

const EVENTS: EventCatalogue<DrawerTypes> = {
  'drawer-opened-events': event({
    schema: z.object({ ...told, size_gb: z.int().min(1).max(100) }),
    ownerIdOf: (each) => ownerIdOf(each),
    commandOf: ({ size_gb }) => ({ kind: 'open', sizeGb: size_gb }),
  }),
  'drawer-closed-events': event({
    schema: z.object(told),
    ownerIdOf: (each) => ownerIdOf(each),
    commandOf: () => ({ kind: 'close' }),
  }),
};

export const filing: ServiceDefinition = {
  name: SERVICE,
  check: () => undefined,
  compose: async (options): Promise<RunningService> => {
    const { settings, platform, clock, scope } = options;
    const { providers, guards } = platform.backends.use(['minio']);
    const pulsarTenant = settings.pulsar.tenant;
    const plan = topicPlan(pulsarTenant, SERVICE, HEARD, ['drawer-changed-events']);
    await untilThere(options, 'the bus', () => platform.bus.ensure(plan, scope.signal));
    const context = () => ({ nowMs: clock.now(), providers });
    const controller = await startController(
      { definition: DRAWER, events: EVENTS, topics: heardTopics(pulsarTenant, HEARD), context },
      { ...options, ...platform, providers, guards, pulsarTenant },
    );
    scope.onClose(SERVICE, () => controller.close());
    return {
      routes: routesOf(controller, { ...options, providers, guards }),
      stalled: () => controller.stalls.look(),
    };
  },
};

type Parts = ServiceOptions & Pick<Parameters<typeof startController>[1], 'providers' | 'guards'>;

function routesOf(controller: Controller<DrawerTypes>, parts: Parts): readonly Route[] {
  const { platform, clock, settings } = parts;
  const known = async (id: string, signal: AbortSignal): Promise<Drawer> => {
    const { state } = await controller.owners.read(id, { fresh: true, signal });
    if (state.generation === 0) throw notFound();
    return state;
  };
  return [
    status(known),
    reconcile(controller, known),
    plan(controller, parts),
    ...serviceRoutes({
      base: BASE,
      definition: DRAWER,
      controller,
      ...platform,
      clock,
      backends: ['minio'],
      ownerIdSchema: z.string().max(100),
      requireOwner: known,
    }),
    publishEventRoute({
      base: BASE,
      place: () => ({ bus: platform.bus, pulsarTenant: settings.pulsar.tenant }),
      topics: HEARD,
      hears: () => false,
      example: { topic: 'drawer-opened-events', body: { tenant_id: 'acme', drawer: 'letters' } },
    }),
  ];
}

const params = z.object({ id: exampleText('acme.letters', 'The tenant and the name of its drawer.') });
const access = { roles: ['platform-admin'], tenant: 'none' } as const;
const tags = ['Drawers'] as const;
const drawerSchema = z.object({
  id: z.string(),
  status: z.string(),
  size_gb: z.int(),
  operation_id: z.string().nullable(),
  resources: z.array(z.any()),
});
const drawerView = (state: Drawer) => ({
  id: state.id,
  status: statusOf(state),
  size_gb: state.sizeGb,
  operation_id: state.operation?.id ?? null,
  resources: state.records.map(resourceView),
});
type Known = (id: string, signal: AbortSignal) => Promise<Drawer>;

const status = (known: Known): Route =>
  defineRoute(
    {
      method: 'GET',
      path: `${BASE}/drawers/{id}`,
      summary: 'How far a drawer is',
      tags,
      access,
      request: { params },
      responses: { 200: { description: 'The drawer.', schema: drawerSchema } },
    },
    async (call) => ({ status: 200 as const, body: drawerView(await known(call.params.id, call.signal)) }),
  );

const reconcile = ({ owners }: Controller<DrawerTypes>, known: Known): Route =>
  defineRoute(
    {
      method: 'POST',
      path: `${BASE}/drawers/{id}/reconcile`,
      summary: 'Look at a drawer again and repair it',
      tags,
      access,
      request: { params },
      responses: { 202: { description: 'It is looked at.', schema: drawerSchema } },
    },
    async (call) => {
      await known(call.params.id, call.signal);
      const state = await askOwner(owners, call, call.params.id, { kind: 'reconcile' }, undefined);
      return { status: 202 as const, body: drawerView(state) };
    },
  );

/** A dry run: the same decision and the same plan, stopped before the commit. */
const plan = ({ owners }: Controller<DrawerTypes>, parts: Parts): Route =>
  defineRoute(
    {
      method: 'GET',
      path: `${BASE}/drawers/{id}/plan`,
      summary: 'What opening a drawer would do',
      tags,
      access,
      request: { params, query: z.strictObject({ size_gb: queryInteger(1, 100) }) },
      responses: { 200: { description: 'The actions.', schema: z.object({ actions: z.array(z.string()) }) } },
    },
    async (call) => {
      const { clock, providers } = parts;
      const rows = await owners.read(call.params.id, { fresh: true, signal: call.signal });
      const world = { nowMs: clock.now(), providers };
      const command: Command = { kind: 'open', sizeGb: call.query.size_gb };
      const { state } = decideCommand(rows, command, restSource(call), world);
      const seen = await surveyStage(DRAWER, state, world, parts, call.signal);
      const actions = seen.map((each) =>
        each.kind === 'planned' ? `${each.plan.action} ${each.plan.name}` : each.kind,
      );
      return { status: 200 as const, body: { actions } };
    },
  );
