/**
 * A dead letter as it is to be from now on, with all that leads to it: what one commit writes. Pure.
 *
 * K1. The entry of a day says that all of it is timed only where nobody else can have filed anything: as the day begins. It is written
 *     again once a day, so that a former release lists the day as long as its letters live, and then asks for a look through the day
 *     (`former-days.ts`): it may hide that of a letter which such a release has filed since.
 * K2. A part counts each letter once.
 */
import type { Snapshot, Update } from '@leasehold/store';
import type { ServiceNames } from '../rows/names.ts';
import { isUntouched, type PartState, stateIn, stateRow } from './parts.ts';
import type { DeadLetter } from './record.ts';
import { dayEntry, entriesOf, type Place, rowOf } from './rows.ts';

const ENTRY_MS = 24 * 3_600_000;
const BEGUN: PartState = { v: 1, timed: true, letters: 0, bytes: 0 };

/** @param nowMs from when on it lives. */
export function kept(
  names: ServiceNames,
  now: Snapshot,
  place: Place,
  record: DeadLetter,
  nowMs: number,
): Required<Pick<Update<unknown>, 'put' | 'entries'>> {
  const row = rowOf(record);
  const begins = isUntouched(now);
  const state = begins ? BEGUN : stateIn(now);
  const tellsDay = place.part === '' && nowMs - (state?.at ?? 0) >= ENTRY_MS;
  const after = state && {
    ...(now.rows.has(row.key) ? state : counted(state, Buffer.byteLength(row.value))),
    ...(tellsDay ? { at: nowMs } : {}),
  };
  return {
    put: [row, ...(after ? [stateRow(after)] : [])],
    entries: [
      ...entriesOf(names, record, place, nowMs),
      ...(tellsDay ? [dayEntry(names, place.day, nowMs, begins)] : []),
    ],
  };
}

/** K2. What another release has begun stays uncounted. */
const counted = (state: PartState, bytes: number): PartState =>
  state.letters === undefined ? state : { ...state, letters: state.letters + 1, bytes: (state.bytes ?? 0) + bytes };
