/**
 * Which service of this process a partition belongs to. Owns the table of owners; leaves what one does with its partitions to
 * relay, tick and whoever else keeps such a table.
 *
 * OW1. A partition belongs to what stands before its first slash: the name of a service, which no two services share.
 * OW2. A partition whose owner is not in this process belongs to nobody here: it is left to the process that has its owner.
 */

export interface Owners<T> {
  /** @returns how to take it out again. @throws RangeError when the name has an owner already, or could be no owner's. */
  add(name: string, owner: T): () => void;
  of(partition: string): T | undefined;
}

/** OW1. */
const nameIn = (partition: string): string => {
  const end = partition.indexOf('/');
  return end === -1 ? partition : partition.slice(0, end);
};

/** @param what an owner does with its partitions, for the message. */
export function createOwners<T>(what: string): Owners<T> {
  const owners = new Map<string, T>();
  return {
    add: (name, owner) => {
      if (name === '' || name.includes('/')) throw new RangeError(`no partition begins with ${JSON.stringify(name)}`);
      if (owners.has(name)) throw new RangeError(`${name} has somebody already who ${what}`);
      owners.set(name, owner);
      return () => {
        if (owners.get(name) === owner) owners.delete(name);
      };
    },
    of: (partition) => owners.get(nameIn(partition)),
  };
}
