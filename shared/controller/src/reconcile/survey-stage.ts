/**
 * What a run would begin with, observed and planned and not begun: what a dry run and a report of drift are made of.
 */
import { type Sighting, survey } from '@leasehold/engine';
import type { OwnedTypes } from '../model/decision.ts';
import { createCaller } from './calls.ts';
import type { WorkDefinition } from './definition.ts';
import type { WorkDeps } from './start-work.ts';

/** @param state as it is, or as a decision that was not kept made it. */
export async function surveyStage<T extends OwnedTypes>(
  definition: Pick<WorkDefinition<T>, 'stageOf' | 'refOf' | 'isForeign' | 'consentsOf'>,
  state: T['state'],
  context: T['context'],
  { providers, guards, clock, log, metrics }: Pick<WorkDeps, 'providers' | 'guards' | 'clock' | 'log' | 'metrics'>,
  signal: AbortSignal,
): Promise<readonly Sighting[]> {
  const stage = definition.stageOf(state, context);
  if (!stage) return [];
  return survey({
    ...stage,
    ...definition.consentsOf(state),
    records: new Map(state.records.map((record) => [record.id, record])),
    refOf: (node) => definition.refOf(state, node),
    providers,
    isForeign: definition.isForeign,
    call: createCaller({ guards, lanes: new Map(), clock, log, metrics }, state.fence),
    clock,
    signal,
  });
}
