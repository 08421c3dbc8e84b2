/**
 * What tests of loops need of a backend's guard: a backend that is up, every call goes through, and who waits for its return is known.
 */

export interface OpenGuard {
  run<T>(label: string, bounds: unknown, fn: (within: AbortSignal) => Promise<T>, signal: AbortSignal): Promise<T>;
  state(): { readonly status: 'up'; readonly circuit: 'closed'; readonly since: number };
  onUp(listener: () => void): () => void;
}

/** @param up gets whoever waits for the backend's return. */
export const openGuard = (up: (() => void)[] = []): OpenGuard => ({
  run: (_label, _bounds, fn, signal) => fn(signal),
  state: () => ({ status: 'up', circuit: 'closed', since: 0 }),
  onUp: (listener) => {
    up.push(listener);
    return () => undefined;
  },
});

/** One for each backend, as a type of the caller's: this package knows no guard. */
export const openGuards = <G>(backends: Iterable<string>, up?: (() => void)[]): ReadonlyMap<string, G> =>
  new Map([...backends].map((name) => [name, openGuard(up) as G]));
