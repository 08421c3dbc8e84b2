/**
 * What exists against what the ledger says.
 *
 * I2. A tenant that is called complete has every object as its blueprint says, at that moment and at rest.
 *     What vanished may be missing as long as nobody looked; from then on it is made anew, or told as lost.
 * I8. At rest, what carries our mark is what the ledger says is there; of tenants that are gone nothing is left.
 */
import { isDeepStrictEqual } from 'node:util';
import type { GraphNode } from '@leasehold/engine';
import { isOfDrawer } from '../filing/drawers.ts';
import type { Scene } from '../invariants.ts';
import { statusOf, type TenantState, wantedGraph } from '../service.ts';
import { isAccessStanding, isLeftStanding, outgoingOfCommit, type TenantView } from '../tenant-view.ts';
import { KINDS } from '../tiers.ts';

const ACCESS = new Map(Object.entries(KINDS).map(([kind, { hasAccess }]) => [kind, { hasAccess: hasAccess ?? false }]));

export function watchResources(scene: Scene): () => void {
  const { world, views } = scene;
  /** What lost our mark and was named as left behind by the end of a generation. */
  const named = new Set<string>();
  views.onCommit(({ after, committed }) => {
    for (const { fate, kind, name } of after.state.records) if (fate === 'left-behind') named.add(`${kind} ${name}`);
    for (const outgoing of outgoingOfCommit(committed)) {
      if (outgoing.kind !== 'event' || outgoing.topic !== 'tenant-provisioned-events') continue;
      // Later decisions of the same commit may want another tier already.
      if (after.state.phase !== 'active' || statusOf(after.state) !== 'completed') continue;
      checkComplete(scene, after.state);
    }
  });
  return () => {
    for (const view of views.all.values()) checkAtRest(scene, view);
    checkOrphans(scene, named);
    for (const object of world.backends.objects.values())
      if (object.planted && !isDeepStrictEqual(object.settings, PLANTED_SETTINGS))
        world.violate('I1', `${object.kind} ${object.name}, somebody else’s, was changed`);
  };
}

export const PLANTED_SETTINGS = { theirs: true } as const;

/** @param swept whether what others did must have been found by now. */
function checkComplete({ world, losses }: Scene, state: TenantState, swept = false): void {
  for (const node of wantedGraph(state, ACCESS)) {
    if (!swept && losses.of(node.kind, node.name)?.noticed === false) continue;
    if (!swept && losses.isTampered(node.kind, node.name)) continue;
    const record = state.records.find(({ id }) => id === node.id);
    if (record?.status === 'skipped') continue;
    const object = world.backends.object(node.kind, node.name);
    // Who takes a mark off tells nobody, and nobody looks before the deletion.
    if (object?.unmarked) continue;
    const wrong = differenceOf(object, node, state);
    if (wrong)
      world.violate(
        'I2',
        `${state.tenantId} generation ${state.generation} is called complete, but ${node.id} ${wrong}`,
      );
  }
}

function differenceOf(
  object: ReturnType<Scene['world']['backends']['object']>,
  node: GraphNode,
  state: TenantState,
): string | undefined {
  if (!object) return 'does not exist';
  if (object.owner?.tenantId !== state.tenantId) return `belongs to ${object.owner?.tenantId ?? 'nobody'}`;
  if (object.owner.generation !== state.generation) return `is of generation ${object.owner.generation}`;
  for (const [key, value] of Object.entries(node.spec as Record<string, unknown>))
    if (!isDeepStrictEqual(object.settings[key], value))
      return `has ${key} ${JSON.stringify(object.settings[key])}, not ${JSON.stringify(value)}`;
  return undefined;
}

function checkAtRest(scene: Scene, { state, tenantId }: TenantView): void {
  const { world } = scene;
  const status = statusOf(state);
  if (status === 'completed') checkComplete(scene, state, scene.straits.swept);
  if (status === 'suspended') checkWithdrawn(scene, state);
  const taken = state.records.some(({ failure }) => failure?.code === 'NameTaken');
  const refused = state.records.some(({ failure }) => failure?.code === 'CeilingReached');
  if (status === 'failed' && (taken || refused)) return;
  const lost = [...scene.losses.open.values()].some((loss) => loss.tenantId === tenantId && loss.held);
  if (status === 'degraded' && lost) return;
  if (isLeftStanding(state) || isAccessStanding(state)) return;
  if (!['completed', 'suspended', 'deleted'].includes(status) && state.generation > 0)
    world.violate(
      'I7',
      `${tenantId} rests in ${status}: ${state.records.map(({ id, status, failure }) => `${id} ${status} ${failure?.code ?? ''}`).join(', ')}`,
    );
}

function checkWithdrawn({ world }: Scene, state: TenantState): void {
  for (const { kind, name, born } of state.records) {
    const object = world.backends.object(kind, name);
    if (!born || !object || !ACCESS.get(kind)?.hasAccess || object.planted) continue;
    if (object.settings['access'] !== 'withdrawn')
      world.violate('I2', `${state.tenantId} is suspended, but ${kind} ${name} still gives access`);
  }
}

function checkOrphans({ world, views, losses }: Scene, named: ReadonlySet<string>): void {
  const known = new Map<string, TenantView>();
  for (const view of views.all.values())
    for (const record of view.state.records)
      if (record.status !== 'deleted' || record.fate === 'left-behind')
        known.set(`${record.kind} ${record.name}`, view);
  for (const object of world.backends.objects.values()) {
    if (object.planted || isOfDrawer(object.name)) continue;
    const isTold = named.has(`${object.kind} ${object.name}`) || !losses.wasComplete(object.kind, object.name);
    if (object.unmarked && isTold) continue;
    const owner = known.get(`${object.kind} ${object.name}`);
    if (!owner || owner.state.phase === 'gone')
      world.violate(
        'I8',
        `${object.kind} ${object.name} of ${object.owner?.tenantId ?? 'nobody'} is left, and the ledger does not know it`,
      );
  }
}
