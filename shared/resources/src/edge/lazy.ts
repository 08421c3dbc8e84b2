/**
 * A client made on first use. Making the holder never fails; a client that could not be made, or that was given up, is made
 * afresh by the next use.
 */
export interface Lazy<T> {
  get(): Promise<T>;
  /** Gives the present client up; `dispose` runs behind the caller's back and its failure is of no interest. */
  drop(): void;
  close(): Promise<void>;
}

export function lazy<T>(make: () => Promise<T>, dispose: (made: T) => Promise<void>): Lazy<T> {
  let present: Promise<T> | undefined;
  const end = async (old: Promise<T> | undefined) => {
    if (old !== undefined) await old.then(dispose).catch(() => undefined);
  };
  return {
    get() {
      const fresh = present ?? make();
      present = fresh;
      fresh.catch(() => {
        if (present === fresh) present = undefined;
      });
      return fresh;
    },
    drop() {
      const old = present;
      present = undefined;
      void end(old);
    },
    async close() {
      const old = present;
      present = undefined;
      await end(old);
    },
  };
}
