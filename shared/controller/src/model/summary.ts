/**
 * What the directory says of an owner, as far as the controller reads it: whether anything of it is there, and how many objects. What
 * else a service keeps in its entries is its own.
 */
export interface OwnerSummary {
  /** `deleted`: nothing of it is there any more. */
  readonly status: string;
  /** How many objects by kind. Absent: written by a release that did not count. */
  readonly objects?: Readonly<Record<string, number>>;
}

export const isGone = ({ status }: OwnerSummary): boolean => status === 'deleted';
