/**
 * Who measures when. What is compared takes turns in one run, each round beginning with another, so that neither always
 * comes first and neither gets the quiet half of the run.
 */
export type Parts<Name extends string> = Readonly<Record<Name, (round: number) => Promise<number>>>;

/** The names in the order of a round: round 1 begins with the second of them, and so on. */
export function orderOf<Name extends string>(names: readonly Name[], round: number): readonly Name[] {
  const first = names.length === 0 ? 0 : round % names.length;
  return [...names.slice(first), ...names.slice(0, first)];
}

/**
 * @param rounds how often each part is measured at most. @param after is called after each round, outside every measurement.
 * @param isEnough asked after each round: whether there is no time for another.
 * @returns the measurements of each round. Rejects with the signal's reason between two measurements.
 */
export async function takeTurns<Name extends string>(
  rounds: number,
  parts: Parts<Name>,
  after: (round: number) => Promise<void>,
  signal: AbortSignal,
  isEnough: () => boolean = () => false,
): Promise<readonly Readonly<Record<Name, number>>[]> {
  const measured: Record<Name, number>[] = [];
  for (let round = 0; round < rounds; round++) {
    const results = {} as Record<Name, number>;
    try {
      for (const name of orderOf(Object.keys(parts) as Name[], round)) {
        signal.throwIfAborted();
        results[name] = await parts[name](round);
      }
    } finally {
      await after(round);
    }
    measured.push(results);
    if (isEnough()) break;
  }
  return measured;
}

/** Milliseconds that a piece of work takes. */
export async function elapsedMs(work: () => Promise<unknown>): Promise<number> {
  const begin = performance.now();
  await work();
  return performance.now() - begin;
}

/** All of them, at most `atOnce` under way. */
export async function eachWithin<Item>(
  items: readonly Item[],
  atOnce: number,
  work: (item: Item) => Promise<unknown>,
): Promise<void> {
  const waiting = [...items];
  const take = async (): Promise<void> => {
    for (let item = waiting.shift(); item !== undefined; item = waiting.shift()) await work(item);
  };
  await Promise.all(Array.from({ length: atOnce }, take));
}
