/**
 * Ids carry their partition, so that nothing is ever found by scanning.
 *
 * 1. `<prefix>_<owner>_<serial>`: prefix lower-case letters, owner a tenant id or another key without `_`, serial a counter
 *    of the owner's partition. The counter lives in the partition's state, so the same decision gives the same id.
 * 2. A parse of an id made here returns what it was made of; anything else parses to `undefined`.
 */
export interface OwnedId {
  readonly prefix: string;
  readonly owner: string;
  readonly serial: number;
}

const OWNED_ID = /^([a-z]{2,4})_([a-z0-9](?:[a-z0-9.-]*[a-z0-9])?)_([1-9][0-9]{0,14})$/;

export const ownedId = (prefix: string, owner: string, serial: number): string => `${prefix}_${owner}_${serial}`;

export function parseOwnedId(text: string): OwnedId | undefined {
  const match = OWNED_ID.exec(text);
  if (!match) return undefined;
  const [, prefix, owner, serial] = match;
  return { prefix: prefix as string, owner: owner as string, serial: Number(serial) };
}

/** Fixed width, so that the text order of keys is the order of their serials. */
export const serialKey = (serial: number): string => String(serial).padStart(15, '0');
