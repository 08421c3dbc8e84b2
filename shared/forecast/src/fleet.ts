/**
 * Many series of one step, each kept as the bytes of its state: one forecaster is the work area of all, and takes the place of the
 * member that is asked. A member costs the memory of its bytes, and their copying when it is asked.
 *
 * 1. A member answers as a forecaster that was snapshotted and restored after each value would.
 * 2. Members that share a start share the work area; asking in the order of their starts saves making it anew.
 * 3. Members are bounded by number. New ones are given places in the day for their costly work, one after the other.
 */
import { bound, invalid } from '@leasehold/kernel';
import { type ForecasterSeat, makeForecaster, readOptions } from './forecaster.ts';
import type { Forecast, ForecasterOptions, HorizonQuality } from './port.ts';

const MOST_MEMBERS = bound('series of a fleet', 20_000);

export interface Fleet {
  /** Takes in a new member, that knows nothing or what a forecaster's snapshot knows. */
  add(id: string, snapshot?: Uint8Array): void;
  remove(id: string): void;
  observe(id: string, value: number): void;
  forecast(id: string, steps: number): Forecast;
  quality(id: string): readonly HorizonQuality[];
  snapshot(id: string): Uint8Array;
  /** Bytes that all members take. */
  sizeBytes(): number;
}

export function createFleet(options: ForecasterOptions): Fleet {
  const members = new Map<string, Uint8Array>();
  let added = 0;
  let area: { readonly startMs: number; readonly seat: ForecasterSeat } | undefined;
  let seated: string | undefined;
  let bytes = 0;
  const keep = (id: string, state: Uint8Array | undefined) => {
    bytes += (state?.length ?? 0) - (members.get(id)?.length ?? 0);
    if (state === undefined) members.delete(id);
    else members.set(id, state);
  };
  const stateOf = (id: string): Uint8Array => {
    const state = members.get(id);
    if (state === undefined) throw invalid(`there is no series "${id}"`, { code: 'UnknownSeries' });
    return state;
  };
  const seat = (id: string) => {
    const state = stateOf(id);
    if (seated === id && area !== undefined) return area.seat.forecaster;
    const { startMs } = readOptions(state);
    if (area?.startMs !== startMs) area = { startMs, seat: makeForecaster({ ...options, startMs }) };
    seated = undefined;
    area.seat.replace(state);
    seated = id;
    return area.seat.forecaster;
  };
  const newcomer = () => makeForecaster({ ...options, order: (options.order ?? 0) + added }).forecaster.snapshot();
  const add = (id: string, snapshot?: Uint8Array): void => {
    if (members.has(id)) throw invalid(`there is a series "${id}" already`, { code: 'KnownSeries' });
    if (members.size >= MOST_MEMBERS.value)
      throw invalid(`a fleet has at most ${MOST_MEMBERS.value} series`, { code: 'FleetFull' });
    keep(id, snapshot ?? newcomer());
    added++;
    try {
      seat(id);
    } catch (error) {
      keep(id, undefined);
      throw error;
    }
  };
  const observe = (id: string, value: number): void => {
    const forecaster = seat(id);
    forecaster.observe(value);
    keep(id, forecaster.snapshot());
  };
  const remove = (id: string): void => {
    keep(id, undefined);
    if (seated === id) seated = undefined;
  };
  return {
    add,
    remove,
    observe,
    forecast: (id, steps) => seat(id).forecast(steps),
    quality: (id) => seat(id).quality(),
    snapshot: (id) => stateOf(id).slice(),
    sizeBytes: () => bytes,
  };
}
