/** Who waits for an operator: put aside at no cost, and let go by any change of the switches (P1 to P4). */
import { expect, test } from 'vitest';
import { NAMES } from '../../test/shelf.ts';
import { createParking } from './parking.ts';

const hintOf = (ownerId: string, over: object = {}) => ({
  kind: 'timer',
  dueAtMs: 5,
  version: 1,
  partition: NAMES.partitionOf(ownerId),
  ...over,
});
function open() {
  let reconcile = 'paused';
  const listeners: (() => void)[] = [];
  const control = {
    now: () => ({ reconcile }),
    onSwitched: (listener: () => void) => {
      listeners.push(listener);
      return () => undefined;
    },
  };
  const turn = (to: string): void => {
    reconcile = to;
    for (const listener of listeners) listener();
  };
  return { parking: createParking(control as never, NAMES), turn };
}

test('P1: the hint of a parked owner is put aside, that one alone', () => {
  const { parking } = open();
  expect(parking.isPutAside(hintOf('a'))).toBe(false);
  expect(parking.park('a')).toBe(true);
  parking.putAside(hintOf('a'));
  expect(parking.isPutAside(hintOf('a'))).toBe(true);
  expect(parking.isPutAside(hintOf('b'))).toBe(false);
});

test('P1: of whom nobody has parked nothing is put aside, nor of what is no owner’s', () => {
  const { parking } = open();
  parking.park('a');
  for (const hint of [hintOf('b'), hintOf('a', { partition: 'storeroom/control' })]) {
    parking.putAside(hint);
    expect(parking.isPutAside(hint)).toBe(false);
  }
});

test('P3: what is committed about a parked owner has another hint, which is looked at', () => {
  const { parking } = open();
  parking.park('a');
  parking.putAside(hintOf('a'));
  for (const other of [{ version: 2 }, { dueAtMs: 6 }, { kind: 'outbox' }])
    expect(parking.isPutAside(hintOf('a', other))).toBe(false);
});

test('P2: a change of the switches lets all go; who is parked after it is put aside anew', () => {
  const { parking, turn } = open();
  expect(parking.isHalted()).toBe(true);
  parking.park('a');
  parking.putAside(hintOf('a'));
  turn('running');
  expect([parking.isHalted(), parking.isPutAside(hintOf('a'))]).toEqual([false, false]);
  parking.putAside(hintOf('a'));
  expect(parking.isPutAside(hintOf('a'))).toBe(false);
});

test('whose turn has come after all is parked no more', () => {
  const { parking } = open();
  parking.park('a');
  parking.leave('a');
  parking.putAside(hintOf('a'));
  expect(parking.isPutAside(hintOf('a'))).toBe(false);
});

test('P4: beyond the bound nobody is parked, but for who is already, and one who leaves makes room', () => {
  const { parking } = open();
  let parked = 0;
  for (let at = 0; at < 20_000; at++) parked += Number(parking.park(`s${at}`));
  expect(parked).toBe(20_000);
  expect([parking.park('more'), parking.park('s7')]).toEqual([false, true]);
  parking.leave('s7');
  expect(parking.park('more')).toBe(true);
});

test('P4: beyond the bound no hint is put aside', () => {
  const { parking } = open();
  parking.park('a');
  for (let version = 0; version < 50_000; version++) parking.putAside(hintOf('a', { version }));
  parking.putAside(hintOf('a', { version: 50_000 }));
  expect(parking.isPutAside(hintOf('a', { version: 49_999 }))).toBe(true);
  expect(parking.isPutAside(hintOf('a', { version: 50_000 }))).toBe(false);
});
