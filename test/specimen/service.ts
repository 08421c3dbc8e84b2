/**
 * The specimen: a second service of the mesh, as small as one may be, for the tests that show what a service gets from the controller. Two
 * events, one kind of resource, one route of its own; the list, the sweep, dead letters, switches, audit and operations come with it.
 */
import { tenantIdSchema } from '@leasehold/contracts';
import {
  type Controller,
  type EventCatalogue,
  event,
  exampleText,
  heardTopics,
  knownOwner,
  ownerRoutes,
  publishEventRoute,
  resourceView,
  restSource,
  SWEEP_BOUNDS,
  type SweepDefinition,
  serviceNames,
  serviceRoutes,
  startController,
  startSweep,
  surveyStage,
  topicPlan,
  type WorkDefinition,
} from '@leasehold/controller';
import { defineRoute, queryInteger, type Route } from '@leasehold/http';
import { type RunningService, type ServiceDefinition, type ServiceOptions, untilThere } from '@leasehold/runtime';
import { z } from 'zod';
import {
  type Command,
  type Drawer,
  type DrawerTypes,
  decideCommand,
  decideFound,
  decideOutcomes,
  decideRunEnd,
  emptyDrawer,
  isAtRest,
  KIND,
  nameOf,
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
  summaryOf: (state) => ({ status: statusOf(state), objects: { [KIND]: state.graph.length } }),
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
  isForeign: (kind) => kind !== KIND,
  consentsOf: () => ({ acceptLoss: false, adopt: false, remake: false, consent: false }),
  isUrgent: ({ operation }) => operation?.kind === 'open',
  isLow: () => false,
};

const SWEPT: SweepDefinition<DrawerTypes> = {
  goalOf: (state) => (isAtRest(state) ? 'converge' : undefined),
  isAtRest,
  graphOf: ({ graph }) => graph,
  isFinished: ({ status }) => status === 'completed',
  isAtWork: ({ status }) => status === 'provisioning',
  namesOf: (kind) => (kind === KIND ? (id) => [nameOf(id)] : undefined),
  ownerOfMarked: ({ name }) => /^drawer-(.+)-([a-z]+)$/.exec(name)?.slice(1).join('.'),
  decideFound,
};

const told = { tenant_id: tenantIdSchema, event_id: z.string().optional(), drawer: z.string().regex(/^[a-z]{1,14}$/) };
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
    const swept = { names: NAMES, work: DRAWER, sweep: SWEPT, context, bounds: SWEEP_BOUNDS, providers, guards };
    const sweep = startSweep({ ...options, ...platform, ...controller, ...swept });
    scope.onClose(`${SERVICE} sweep`, () => sweep.close());
    return {
      routes: routesOf(controller, { ...options, providers, guards }),
      stalled: () => controller.stalls.look(),
    };
  },
};

type Parts = ServiceOptions & Pick<Parameters<typeof startController>[1], 'providers' | 'guards'>;

function routesOf(controller: Controller<DrawerTypes>, parts: Parts): readonly Route[] {
  const { platform, clock, settings } = parts;
  const owned = { definition: DRAWER, controller, ledger: platform.ledger };
  return [
    ...ownerRoutes({
      ...owned,
      path: `${BASE}/drawers`,
      tag: 'Drawers',
      id: params.shape.id,
      schema: drawerSchema,
      view: drawerView,
      lookAgain: { command: { kind: 'reconcile' }, asked: undefined },
    }),
    plan(controller, parts),
    ...serviceRoutes({
      base: BASE,
      definition: DRAWER,
      controller,
      ...platform,
      clock,
      backends: ['minio'],
      ownerIdSchema: z.string().max(100),
      requireOwner: (id, signal) => knownOwner(owned, id, signal),
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

/** A dry run: the same decision and the same plan, stopped before the commit. */
const plan = ({ owners }: Controller<DrawerTypes>, parts: Parts): Route =>
  defineRoute(
    {
      method: 'GET',
      path: `${BASE}/drawers/{id}/plan`,
      summary: 'What opening a drawer would do',
      tags: ['Drawers'],
      access: { roles: ['platform-admin'], tenant: 'none' },
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
