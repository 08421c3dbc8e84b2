/**
 * The steps that the provider suites share: what the engine does, without the engine.
 */
import {
  type Absent,
  type Change,
  isAbsent,
  type Provider,
  type Ref,
  type Scope,
  type SeenBase,
} from '@leasehold/engine';
import { silentLog, systemClock } from '@leasehold/kernel';

export const scope = (): Scope => ({
  signal: new AbortController().signal,
  clock: systemClock,
  log: silentLog,
  fence: 1,
});

export const path = (change: Change): string => change.path;

/** What was seen, or a failure that says that nothing was. */
export function at<Seen extends SeenBase>(seen: Seen | Absent): Seen {
  if (isAbsent(seen)) throw new Error('expected the object to be there');
  return seen;
}

/** Observe, plan, ensure, as the engine does it once. */
export async function converge<Spec, Seen extends SeenBase>(
  provider: Provider<Spec, Seen>,
  ref: Ref,
  spec: Spec,
): Promise<readonly Change[]> {
  const changes = provider.plan(ref, spec, await provider.observe(ref, scope()));
  await provider.ensure(ref, spec, changes, scope());
  return changes;
}

export async function listAll<Spec, Seen extends SeenBase>(
  provider: Provider<Spec, Seen>,
): Promise<readonly (readonly [Ref, Seen])[]> {
  const listed: (readonly [Ref, Seen])[] = [];
  for await (const one of provider.observeAll(scope())) listed.push(one);
  return listed;
}

/** A scope in which time passes as soon as somebody waits for it; what was waited for is told. */
export function hastyScope(startMs = 0): Scope & { readonly sleptMs: number[] } {
  const sleptMs: number[] = [];
  let nowMs = startMs;
  const sleep = async (ms: number) => {
    sleptMs.push(ms);
    nowMs += ms;
  };
  return { ...scope(), clock: { now: () => nowMs, sleep }, sleptMs };
}
