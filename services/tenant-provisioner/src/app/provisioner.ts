/**
 * The service, put together from ports on the controller: what tenants have beside it (the brake, the inventory, their own topics,
 * rollouts), and in which order. It owns nothing of a transport, a store or a backend, so the same code serves a laptop, a cluster and the
 * simulation.
 */
import { CONSUMED_TOPICS } from '@leasehold/contracts';
import { type ControllerDeps, createController, heardTopics, type RedriveParts } from '@leasehold/controller';
import type { Provider } from '@leasehold/engine';
import type { PlatformLoops, StallWatch, WorkQueue } from '@leasehold/runtime';
import type { Context } from '../domain/draft.ts';
import { newsOf } from '../domain/news.ts';
import type { TenantState } from '../domain/state.ts';
import type { Decision, TenantTypes } from '../domain/types.ts';
import { tenantsBeside } from './beside.ts';
import { PROVISIONER_BOUNDS, type ProvisionerBounds } from './bounds.ts';
import { decideBraked } from './brake.ts';
import type { Catalog } from './catalog.ts';
import { type Control, createControl } from './control.ts';
import { TENANT_EVENTS } from './events.ts';
import { createHousekeeping } from './housekeeping.ts';
import { measureDecision } from './measure.ts';
import { SERVICE } from './partition.ts';
import { createRollouts, type Rollouts } from './rollout/rollouts.ts';
import { createTenantGauges, type Inventory } from './tenant-gauges.ts';
import { createTenantTopics, type TenantTopics } from './tenant-topics.ts';
import { TENANT, type Tenants } from './tenants.ts';

/** The loops are those of the process: other services use them too. */
export interface ProvisionerDeps extends Omit<ControllerDeps, 'bounds'> {
  readonly catalog: Catalog;
  /** Tenants' own topics are on this bus: their namespaces are real, or embedded, as the bus is. */
  readonly tenantTopicsOnBus: boolean;
  readonly bounds?: ProvisionerBounds;
}

type Deps = ProvisionerDeps & { readonly bounds: ProvisionerBounds };

/** What the service offers to whoever composes it; routes and roles name their own share of it. */
export interface Provisioner {
  readonly deps: Deps;
  readonly tenants: Tenants;
  readonly control: Control;
  readonly inventory: Inventory;
  readonly rollouts: Rollouts;
  readonly redrives: RedriveParts<TenantTypes>;
  readonly context: () => Context;
  readonly stalls: StallWatch;
  readonly tick: PlatformLoops['tick'];
  readonly queue: WorkQueue;
  readonly topics: TenantTopics;
  close(): Promise<void>;
}

/** The topics that this service hears of the whole platform. */
export const platformTopics = (pulsarTenant: string): readonly string[] =>
  heardTopics(
    pulsarTenant,
    CONSUMED_TOPICS.filter(({ service }) => service === SERVICE),
  );

export async function startProvisioner(input: ProvisionerDeps): Promise<Provisioner> {
  const deps = { ...input, bounds: input.bounds ?? PROVISIONER_BOUNDS };
  const { ledger, clock, log, metrics, catalog, tick, bounds } = deps;
  const control = createControl({ ledger, clock, bounds: bounds.brake });
  const context = contextSource(deps, control);
  const rollouts = createRollouts({ ledger, clock, log, metrics });
  const created = createController<TenantTypes>(
    {
      definition: TENANT,
      events: TENANT_EVENTS,
      topics: platformTopics(deps.pulsarTenant),
      context,
      control,
      gauges: createTenantGauges({ metrics, blueprint: (tier) => catalog.blueprint(tier).digest }),
      decide: ({ owners, inventory }) =>
        decideBraked({ tenants: owners, control, inventory, exclusive: ledger.store.exclusive }),
      onDecision: tellDecision(deps),
    },
    deps,
  );
  const { owners: tenants, inventory, consumers } = created;
  const topics = createTenantTopics({ consumers, deps });
  const housekeeping = createHousekeeping({ deps, control, inventory, topics, tenants, rollouts });
  const controller = await created.start({ ...tenantsBeside({ inventory, topics, rollouts }), ...housekeeping });
  return { ...controller, deps, tenants, control, inventory, rollouts, context, tick, topics };
}

/** What decisions on a tenant are told, as metrics and as lines of the log. */
const tellDecision =
  ({ metrics, log }: Deps) =>
  (decision: Decision, before: TenantState): void => {
    measureDecision(metrics, decision);
    for (const { level, message, fields } of newsOf(before, decision)) log[level](message, fields);
  };

/** A lost namespace is made again without a word; taking one down takes messages along that nobody has read yet. */
const HOLDS_MESSAGES = 'pulsar-namespace';

const kindsOf = (providers: ReadonlyMap<string, Provider>): Context['kinds'] =>
  new Map(
    [...providers].map(([kind, { hasAccess, isGrantUnsaid, holdsData, spec }]) => [
      kind,
      {
        hasAccess,
        ...(isGrantUnsaid ? { isGrantUnsaid } : {}),
        holdsData: holdsData || kind === HOLDS_MESSAGES,
        complete: (raw: unknown): unknown => spec.safeParse(raw).data,
      },
    ]),
  );

function contextSource({ clock, catalog, providers, bounds }: Deps, control: Control) {
  const kinds = kindsOf(providers);
  return (brake: Context['brake'] = 'open'): Context => ({
    nowMs: clock.now(),
    tier: catalog.facts,
    graph: catalog.graph,
    kinds,
    brake,
    brakeOpenings: control.now().brake.openings,
    deletionsPaused: control.now().deletions === 'paused',
    bounds: bounds.decision,
  });
}
