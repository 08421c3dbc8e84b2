/**
 * Seeded pseudo-random numbers: sfc32 by Chris Doty-Humphrey (PractRand), seeded through splitmix32. Fast, 128 bits of
 * state, passes PractRand; not for secrets.
 *
 * 1. The same seed gives the same numbers on every machine.
 * 2. `fork(label)` gives an independent generator, so that a draw added in one place does not shift all others.
 */
export interface Rng {
  /** A number in [0, 1). */
  next(): number;
  /** A whole number in [0, below). */
  int(below: number): number;
  /** True with the given probability. */
  chance(probability: number): boolean;
  pick<T>(items: readonly T[]): T;
  fork(label: string): Rng;
}

export function seededRng(seed: number): Rng {
  let mix = seed | 0;
  const split = (): number => {
    mix = (mix + 0x9e3779b9) | 0;
    let t = mix ^ (mix >>> 16);
    t = Math.imul(t, 0x21f0aaad);
    t ^= t >>> 15;
    t = Math.imul(t, 0x735a2d97);
    return t ^ (t >>> 15);
  };
  let a = split();
  let b = split();
  let c = split();
  let counter = 1;
  const raw = (): number => {
    const t = (a + b + counter) | 0;
    counter = (counter + 1) | 0;
    a = b ^ (b >>> 9);
    b = (c + (c << 3)) | 0;
    c = (((c << 21) | (c >>> 11)) + t) | 0;
    return t >>> 0;
  };
  const next = () => raw() / 4294967296;
  return {
    next,
    int: (below) => Math.floor(next() * below),
    chance: (probability) => next() < probability,
    pick: (items) => items[Math.floor(next() * items.length)] as (typeof items)[number],
    fork: (label) => seededRng(raw() ^ hashText(label)),
  };
}

/** FNV-1a, 32 bits: for spreading keys over buckets, never for integrity. */
export function hashText(text: string): number {
  let hash = 0x811c9dc5;
  for (let i = 0; i < text.length; i++) {
    hash ^= text.charCodeAt(i);
    hash = Math.imul(hash, 0x01000193);
  }
  return hash >>> 0;
}
