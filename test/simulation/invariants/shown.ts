/**
 * What people are shown, against what the ledger holds at each step.
 *
 * Listed. The directory says of each tenant what its state says: its tier, its status, and how many objects of each kind it may have. Who has
 *     ended and left nothing behind is in the directory of the ended, all others in that which is walked, and nobody in both.
 * Audit. What people see of a tenant (its name, tier, generation, protection) changes only in a commit that says so in the journal, and
 *     the rows of that commit lead from what was to what is.
 * Told. Completion is told once a generation and once a tier change, a failure once an operation, each step of a deletion once.
 */
import type { Scene } from '../invariants.ts';
import { statusOf, TENANT_DIRECTORY, type TenantState } from '../service.ts';
import { journalOfCommit, outgoingOfCommit, type TenantCommit } from '../tenant-view.ts';

export function watchShown(scene: Scene): undefined {
  watchListed(scene);
  watchAudit(scene);
  watchTold(scene);
}

interface Listed {
  readonly tier: string;
  readonly status: string;
  readonly objects?: Readonly<Record<string, number>>;
}

function watchListed({ world, views }: Scene): void {
  const walked = new Map<string, Listed>();
  const ended = new Map<string, Listed>();
  const places = new Map([
    [TENANT_DIRECTORY, walked],
    [`${TENANT_DIRECTORY}-ended`, ended],
  ]);
  views.onCommit(({ after: { tenantId, state }, committed }) => {
    for (const { directory, name, summary, leaves } of committed.request.entries)
      if (leaves) places.get(directory)?.delete(name);
      else places.get(directory)?.set(name, JSON.parse(summary) as Listed);
    const hasEnded = state.phase === 'gone' && !state.records.some(({ fate }) => fate === 'left-behind');
    const [own, other] = hasEnded ? [ended, walked] : [walked, ended];
    const found = own.get(tenantId);
    if (other.has(tenantId))
      world.violate('listed', `${tenantId} is in the directory of those that have ${hasEnded ? 'not ' : ''}ended`);
    const isForgotten = state.phase === 'gone' && state.endedAtMs === undefined;
    if (!found && (state.generation === 0 || isForgotten)) return;
    const wrong = found ? differs(found, state) : 'it is not in it at all';
    if (wrong) world.violate('listed', `the directory is wrong about ${tenantId}: ${wrong}`);
  });
}

function differs({ tier, status, objects = {} }: Listed, state: TenantState): string | undefined {
  const is = state.generation === 0 ? 'deleted' : statusOf(state);
  if (status !== is) return `it is ${is}, not ${status}`;
  if (tier !== state.tier) return `its tier is ${state.tier}, not ${tier}`;
  if (is === 'deleted') return Object.keys(objects).length > 0 ? 'it is gone and has objects' : undefined;
  const may = state.records.filter(
    (record) => record.status !== 'skipped' && (record.status !== 'failed' || record.born || record.intent),
  );
  for (const kind of new Set([...Object.keys(objects), ...may.map((record) => record.kind)])) {
    const count = may.filter((record) => record.kind === kind).length;
    if (count !== (objects[kind] ?? 0)) return `it may have ${count} ${kind}, not ${objects[kind] ?? 0}`;
  }
  return undefined;
}

const FACTS: readonly (readonly [name: string, of: (state: TenantState) => unknown])[] = [
  ['tenant_name', ({ name }) => name],
  ['tier', ({ tier }) => tier],
  ['generation', ({ generation }) => generation],
  ['protected', (state) => state.protected],
];

function watchAudit({ world, views }: Scene): void {
  views.onCommit((commit) => {
    const { before, after } = commit;
    if (after.state.generation === 0) return;
    for (const [name, of] of FACTS) {
      const was = before && before.state.generation > 0 ? of(before.state) : undefined;
      const wrong = trail(commit, name, was, of(after.state));
      if (wrong) world.violate('audit', `${after.tenantId}: ${wrong}`);
    }
  });
}

/** Follows one fact through the rows of a commit. */
function trail({ committed }: TenantCommit, name: string, was: unknown, is: unknown): string | undefined {
  let now = was;
  for (const { before = {}, after = {} } of journalOfCommit(committed)) {
    if (!(name in after)) continue;
    if (before[name] !== now) return `a row of the journal says that ${name} was ${before[name]}, and it was ${now}`;
    now = after[name];
  }
  return now === is ? undefined : `${name} is ${is}, and the journal leads to ${now}`;
}

function watchTold({ world, views }: Scene): void {
  const told = new Set<string>();
  const failures = new Set<string>();
  views.onCommit(({ before, after: { tenantId, state }, committed }) => {
    const isNew = before?.state.generation !== state.generation || before.state.tier !== state.tier;
    const once = (what: string, known: Set<string>): void => {
      if (known.has(what)) world.violate('told', `${what} is told a second time`);
      known.add(what);
    };
    const outgoing = outgoingOfCommit(committed).filter(({ kind }) => kind === 'event');
    const of = (topic: string) => outgoing.filter((one) => one.kind === 'event' && one.topic === topic);
    const complete = of('tenant-provisioned-events').length;
    // More than one decision of a commit may have made it new.
    if (complete > 0 && !isNew && (complete > 1 || !before?.state.announce || state.announce))
      world.violate(
        'told',
        `${tenantId}: that generation ${state.generation} is complete was told before, or will be again`,
      );
    if (of('provisioning-failed-events').length > 0) once(`${tenantId}: the failure of ${state.failureTold}`, failures);
    for (const event of of('tenant-deleting-events'))
      if (event.kind === 'event' && state.deletion)
        once(
          `${tenantId}: ${event.body['phase']} of generation ${event.body['generation']} since ${state.deletion.askedAtMs}`,
          told,
        );
  });
}
