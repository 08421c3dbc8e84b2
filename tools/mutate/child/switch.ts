/**
 * The switch of the planted bugs and the counters beside it: one object of the global scope, as the instrumenter lays it down.
 */

type Hits = Record<string, number>;

interface Planted {
  activeMutant?: string | undefined;
  currentTestId?: string | undefined;
  hitCount?: number | undefined;
  hitLimit?: number | undefined;
  mutantCoverage?: { static: Hits; perTest: Record<string, Hits> };
}

const planted: Planted = {};
Object.assign(globalThis, { __stryker__: planted });

/** A bug that is reached far more often than without it is in a loop that does not end: it throws then. */
export function turnOn(bug: string, hits: number): void {
  planted.activeMutant = bug;
  planted.hitCount = 0;
  planted.hitLimit = hits;
}

export function turnOff(): void {
  planted.activeMutant = undefined;
  planted.hitCount = undefined;
}

/** What is reached from now on counts for this name. */
export function countFor(name: string | undefined): void {
  planted.currentTestId = name;
}

/** Per name what it reached, and how often. */
export type Reached = Readonly<Record<string, Readonly<Hits>>>;

/** What no name counts for, such as the loading of modules. */
export const reachedByNone = (): readonly string[] => Object.keys(planted.mutantCoverage?.static ?? {});

/** Starts anew afterwards. */
export function takeReached(): Reached {
  const { mutantCoverage } = planted;
  if (mutantCoverage === undefined) return {};
  const { perTest } = mutantCoverage;
  // The sources hold on to the outer object.
  mutantCoverage.perTest = {};
  return perTest;
}
