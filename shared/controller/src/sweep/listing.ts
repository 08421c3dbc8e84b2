/**
 * One listing of a kind: what is there, by name, whoever made it, and by mark where the backend tells so in bulk.
 *
 * L1. A listing costs one call, or as few as pages need, whatever the number of owners.
 * L2. A kind that can be listed neither by name nor in bulk is not listed: its objects are looked at one by one.
 */
import type { Provider, Ref, SeenBase } from '@leasehold/engine';
import { type GuardedParts, guarded } from './parts.ts';

export interface Listing {
  readonly provider: Provider;
  /** When it began: what was made later may be missing in it. */
  readonly atMs: number;
  readonly names: ReadonlySet<string>;
  /** Of those that carry our mark; absent where only names are listed. */
  readonly marked?: readonly (readonly [Ref, SeenBase])[];
}

/** L2. */
export const canBeListed = (provider: Provider): boolean =>
  provider.observesInBulk === true || provider.listNames !== undefined;

/** @throws Fault of the backend. */
export async function listKind(parts: GuardedParts, provider: Provider, signal: AbortSignal): Promise<Listing> {
  const atMs = parts.clock.now();
  if (!provider.observesInBulk) {
    const names = await guarded(parts, provider, 'list', (scope) => provider.listNames?.(scope) ?? empty(), signal);
    return { provider, atMs, names: new Set(names) };
  }
  const marked = await guarded(parts, provider, 'list', (scope) => collect(provider.observeAll(scope)), signal);
  return { provider, atMs, names: new Set(marked.map(([{ name }]) => name)), marked };
}

const empty = (): Promise<readonly string[]> => Promise.resolve([]);

async function collect<T>(all: AsyncIterable<T>): Promise<readonly T[]> {
  const found: T[] = [];
  for await (const one of all) found.push(one);
  return found;
}
