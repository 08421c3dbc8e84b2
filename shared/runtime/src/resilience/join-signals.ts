/**
 * `AbortSignal.any` without what it leaves behind on signals that live long: whoever is done with the joined signal says so.
 */
export interface JoinedSignal {
  readonly signal: AbortSignal;
  /** Listens to neither any more. */
  forget(): void;
}

/** Aborted as soon as one of the two is, with that one's reason. */
export function joinSignals(a: AbortSignal, b: AbortSignal | undefined): JoinedSignal {
  if (b === undefined) return { signal: a, forget: () => undefined };
  const joined = new AbortController();
  const onA = (): void => joined.abort(a.reason);
  const onB = (): void => joined.abort(b.reason);
  if (a.aborted) onA();
  if (b.aborted) onB();
  a.addEventListener('abort', onA, { once: true });
  b.addEventListener('abort', onB, { once: true });
  return {
    signal: joined.signal,
    forget: () => {
      a.removeEventListener('abort', onA);
      b.removeEventListener('abort', onB);
    },
  };
}
