/**
 * A bound with a name. Every queue, loop, retry, payload and cache of the product has one, so that a message about a limit
 * can say which limit, and a reader can find them all by searching for `bound(`.
 */
export interface Bound {
  readonly name: string;
  readonly value: number;
}

export function bound(name: string, value: number): Bound {
  if (!Number.isFinite(value) || value < 0) throw new RangeError(`bound ${name} must be 0 or more, got ${value}`);
  return { name, value };
}
