/**
 * A tenant is created: by event or by REST, for the first time, again, too late, or in the middle of its deletion.
 *
 * C1. A creation by event that was said before the last deletion is dropped with a record, whatever has become of the tenant
 *     since. One by REST is said now: it comes after the deletion because the store says so, whatever a clock says.
 * C2. The same name and tier again change nothing; anything else for a known tenant contradicts it.
 *     So is a creation by REST with other limits: its caller can be told, an event's cannot.
 * C3. While the tenant leaves, a creation by event waits for the end; a restore makes it a repeat. So it does while the
 *     brake holds a deletion that was said before it.
 */

import type { Limits, Tier } from '@leasehold/contracts';
import { type Source, saidAtMs } from '@leasehold/controller/model';
import { freshRecord } from '@leasehold/engine';
import { bound } from '@leasehold/kernel';
import { adoptForKnown } from './adopt.ts';
import type { CreateCommand } from './command.ts';
import { type Context, change, type Disposition, type Draft, explain } from './draft.ts';
import { beginOperation } from './operation.ts';
import { PHASE_WORDS } from './status.ts';

/** Clocks differ; a time of creation further ahead of the message that tells it is a mistake. */
const CREATED_AHEAD = bound('created-at-ahead-ms', 300_000);

export function create(draft: Draft, command: CreateCommand, source: Source, context: Context): Disposition {
  const { state } = draft;
  const limits = limitsFor(command.tier, command.limits, context);
  if (!limits)
    return { kind: 'refused', code: 'limits-missing', message: `the tier ${command.tier} needs limits in the request` };
  const saidMs = saidAtMs(source);
  const createdAtMs = Math.min(command.createdAtMs ?? saidMs, saidMs + CREATED_AHEAD.value);
  if (source.type === 'event' && state.tombstoneAtMs !== undefined && createdAtMs <= state.tombstoneAtMs) {
    explain(draft, 'OlderThanDeletion', 'the creation was said before the tenant was deleted', {
      created_at_ms: createdAtMs,
      deleted_at_ms: state.tombstoneAtMs,
    });
    return { kind: 'dropped' };
  }
  switch (state.phase) {
    case 'none':
    case 'gone':
      // What it says of the time to come may not shield the tenant from a deletion that was said after it.
      begin(draft, command, limits, Math.min(createdAtMs, saidMs), source, context);
      return { kind: 'applied' };
    case 'active':
    case 'suspended':
      if (source.type === 'event' && state.held && createdAtMs > state.held.publishedAtMs)
        return { kind: 'waiting', code: 'leaving' };
      return again(draft, command, source, source.type === 'rest' ? limits : state.limits, context);
    case 'leaving':
    case 'deleting':
      if (source.type === 'event') return { kind: 'waiting', code: 'leaving' };
      return {
        kind: 'refused',
        code: 'conflict',
        message: `the tenant is ${PHASE_WORDS[state.phase]}; ${state.phase === 'leaving' ? 'restore it, or wait' : 'wait'} until it is gone`,
      };
  }
}

function again(
  draft: Draft,
  command: CreateCommand,
  source: Source,
  wanted: Limits | null,
  context: Context,
): Disposition {
  const { name, tier, limits } = draft.state;
  const otherLimits = tier === command.tier && tier === 'custom' && !sameLimits(wanted, limits);
  if (name === command.name && tier === command.tier && !otherLimits) {
    if (command.adopt) return adoptForKnown(draft, command, askedBy(command, source), context);
    explain(draft, 'KnownTenant', 'the tenant exists with this name and tier');
    return { kind: 'repeat' };
  }
  const differences = [
    ...(name === command.name ? [] : [`its name is ${JSON.stringify(name)}, not ${JSON.stringify(command.name)}`]),
    ...(tier === command.tier ? [] : [`its tier is ${tier}, not ${command.tier}`]),
    ...(otherLimits ? ['its limits are others'] : []),
  ];
  return { kind: 'refused', code: 'tenant-conflict', message: `the tenant exists: ${differences.join(' and ')}` };
}

const askedBy = (command: CreateCommand, source: Source): string | undefined =>
  command.by ?? (source.type === 'rest' ? source.subject : undefined);

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
  const by = askedBy(command, source);
  change(draft, {
    name: command.name,
    tier: command.tier,
    limits,
    generation: Math.max(state.generation + 1, command.generation ?? 0),
    phase: 'active',
    protected: context.tier(command.tier).protected,
    suspendedByOperator: false,
    createdAtMs,
    requestedBy: by,
    graph,
    blueprint: { digest: context.tier(command.tier).blueprint },
    records: graph.map(freshRecord),
    completedAtMs: undefined,
    announce: true,
    failureTold: undefined,
    deletion: undefined,
    held: undefined,
    endedAtMs: undefined,
    recheck: undefined,
    adopt: command.adopt,
    remake: command.remake,
  });
  beginOperation(draft, context, 'provision', by);
  change(draft, { provisionOperationId: draft.state.operation?.id });
  explain(draft, 'TenantCreated', `generation ${draft.state.generation} begins with tier ${command.tier}`, {
    generation: draft.state.generation,
  });
}

export const sameLimits = (a: Limits | null, b: Limits | null): boolean =>
  a === b || (a !== null && b !== null && (Object.keys(a) as (keyof Limits)[]).every((key) => a[key] === b[key]));

/** The custom tier's limits come with the request, every other tier's from its file. */
export const limitsFor = (tier: Tier, given: Limits | undefined, context: Context): Limits | undefined =>
  context.tier(tier).limits ?? given;
