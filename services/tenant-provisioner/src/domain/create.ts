/**
 * A tenant is created: by event or by REST, for the first time, again, too late, or in the middle of its deletion.
 *
 * C1. A creation that was said before the last deletion is dropped with a record, whatever has become of the tenant since.
 * C2. The same name and tier again change nothing; anything else for a known tenant contradicts it.
 * C3. While the tenant leaves, a creation by event waits for the end; a restore makes it a repeat. So it does while the
 *     brake holds a deletion that was said before it.
 */
import type { Limits, Tier } from '@leasehold/contracts';
import { freshRecord } from '@leasehold/engine';
import { type CreateCommand, type Source, saidAtMs } from './command.ts';
import { type Context, change, type Disposition, type Draft, explain } from './draft.ts';
import { beginOperation } from './operation.ts';

export function create(draft: Draft, command: CreateCommand, source: Source, context: Context): Disposition {
  const { state } = draft;
  const limits = limitsFor(command.tier, command.limits, context);
  if (!limits)
    return { kind: 'refused', code: 'limits-missing', message: `the tier ${command.tier} needs limits in the request` };
  const createdAtMs = command.createdAtMs ?? saidAtMs(source);
  if (state.tombstoneAtMs !== undefined && createdAtMs <= state.tombstoneAtMs) {
    explain(draft, 'OlderThanDeletion', 'the creation was said before the tenant was deleted', {
      created_at_ms: createdAtMs,
      deleted_at_ms: state.tombstoneAtMs,
    });
    return { kind: 'dropped' };
  }
  switch (state.phase) {
    case 'none':
    case 'gone':
      begin(draft, command, limits, createdAtMs, source, context);
      return { kind: 'applied' };
    case 'active':
    case 'suspended':
      if (source.type === 'event' && state.held && createdAtMs > state.held.publishedAtMs)
        return { kind: 'waiting', code: 'leaving' };
      return again(draft, command);
    case 'leaving':
    case 'deleting':
      if (source.type === 'event') return { kind: 'waiting', code: 'leaving' };
      return {
        kind: 'refused',
        code: 'conflict',
        message: `the tenant is ${state.phase}; restore it or wait for its end`,
      };
  }
}

function again(draft: Draft, command: CreateCommand): Disposition {
  const { name, tier } = draft.state;
  if (name === command.name && tier === command.tier) {
    explain(draft, 'KnownTenant', 'the tenant exists with this name and tier');
    return { kind: 'repeat' };
  }
  const differences = [
    ...(name === command.name ? [] : [`its name is ${JSON.stringify(name)}, not ${JSON.stringify(command.name)}`]),
    ...(tier === command.tier ? [] : [`its tier is ${tier}, not ${command.tier}`]),
  ];
  return { kind: 'refused', code: 'tenant-conflict', message: `the tenant exists: ${differences.join(' and ')}` };
}

function begin(
  draft: Draft,
  command: CreateCommand,
  limits: Limits,
  createdAtMs: number,
  source: Source,
  context: Context,
): void {
  const { state } = draft;
  const graph = context.graph(command.tier, limits, state.tenantId);
  const by = command.by ?? (source.type === 'rest' ? source.subject : undefined);
  change(draft, {
    name: command.name,
    tier: command.tier,
    limits,
    generation: state.generation + 1,
    phase: 'active',
    protected: context.tier(command.tier).protected,
    suspendedByOperator: false,
    createdAtMs,
    requestedBy: by,
    graph,
    records: graph.map(freshRecord),
    completedAtMs: undefined,
    announce: true,
    failureTold: undefined,
    deletion: undefined,
    held: undefined,
    endedAtMs: undefined,
    recheck: undefined,
  });
  beginOperation(draft, context, 'provision', by);
  explain(draft, 'TenantCreated', `generation ${draft.state.generation} begins with tier ${command.tier}`, {
    generation: draft.state.generation,
  });
}

/** The custom tier's limits come with the request, every other tier's from its file. */
export const limitsFor = (tier: Tier, given: Limits | undefined, context: Context): Limits | undefined =>
  context.tier(tier).limits ?? given;
