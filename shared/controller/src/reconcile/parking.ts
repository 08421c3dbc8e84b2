/**
 * Owners that have work to do and may not, because an operator has paused it. They are put aside until the switches change, so that
 * a pause costs nothing, however many are due.
 *
 * P1. Who is parked is not read: not by the work queue, and not by the tick for a hint that only tells of its work.
 * P2. Any change of the switches that this process hears of lets all go; the tick then finds them by their hints, as after a start.
 * P3. What is committed about a parked owner has another hint, and is looked at as ever.
 * P4. Beyond the bounds owners are looked at now and then, as if they were not known to wait.
 */
import { bound } from '@leasehold/kernel';
import type { DueHint } from '@leasehold/store';
import type { Control } from '../control/control.ts';
import type { ServiceNames } from '../rows/names.ts';

const PARKED = bound('parked-tenants', 20_000);
const PUT_ASIDE = bound('hints-put-aside', 50_000);

export interface Parking {
  /** All work is paused. */
  isHalted(): boolean;
  /** @returns false where there is no room (P4). */
  park(ownerId: string): boolean;
  /** Its turn has come after all. */
  leave(ownerId: string): void;
  /** The hint tells of nothing but the work of a parked owner. */
  putAside(hint: DueHint): void;
  isPutAside(hint: DueHint): boolean;
}

const nameOf = ({ kind, dueAtMs, version, partition }: DueHint): string => `${kind} ${dueAtMs} ${version} ${partition}`;

export function createParking(
  control: Pick<Control, 'now' | 'onSwitched'>,
  names: Pick<ServiceNames, 'ownerIdOf'>,
): Parking {
  const parked = new Set<string>();
  const aside = new Set<string>();
  control.onSwitched(() => {
    parked.clear();
    aside.clear();
  });
  return {
    isHalted: () => control.now().reconcile === 'paused',
    park: (ownerId) => {
      if (parked.size >= PARKED.value && !parked.has(ownerId)) return false;
      parked.add(ownerId);
      return true;
    },
    leave: (ownerId) => {
      parked.delete(ownerId);
    },
    putAside: (hint) => {
      const ownerId = names.ownerIdOf(hint.partition);
      if (ownerId !== undefined && parked.has(ownerId) && aside.size < PUT_ASIDE.value) aside.add(nameOf(hint));
    },
    isPutAside: (hint) => aside.size > 0 && aside.has(nameOf(hint)),
  };
}
