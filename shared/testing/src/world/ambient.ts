/**
 * What code can reach without being handed it: the machine's clock, timers and randomness. While a world runs they are the
 * world's own, or refused. Installed once in a thread; without an active world everything is as Node has it.
 *
 * 1. Real timers are refused, loudly: a world with one in it would not be the same twice.
 * 2. Dates and random numbers are the world's, for libraries that cannot be handed a clock.
 */
import crypto from 'node:crypto';
import { createRequire, syncBuiltinESMExports } from 'node:module';
import type { Rng } from '@leasehold/kernel';

export interface Ambience {
  now(): number;
  readonly rng: Rng;
  /** Runs soon, in virtual time. */
  soon(run: () => void): void;
  /** Tells that something forbidden was used. */
  refuse(what: string): void;
}

let active: Ambience | undefined;
let installed = false;

/** Makes a world the one whose time and numbers rule. @throws RangeError while another one does. */
export function enter(ambience: Ambience): void {
  if (active) throw new RangeError('one world at a time runs in a thread');
  install();
  active = ambience;
}

export function leave(): void {
  active = undefined;
}

type Loose = Record<string, unknown>;

function refuseTimers(holder: Loose, names: readonly string[]): void {
  for (const name of names) {
    const real = holder[name] as ((...args: unknown[]) => unknown) & object;
    const guarded = (...args: unknown[]) => {
      if (!active) return real.apply(holder, args);
      active.refuse(name);
      throw new RangeError(`${name} was used inside a simulated world: wait on the clock that was handed in`);
    };
    // Node hangs `util.promisify.custom` on its timers; a guard without it would break code outside of worlds.
    holder[name] = Object.defineProperties(guarded, Object.getOwnPropertyDescriptors(real));
  }
}

function ruleImmediate(holder: Loose): void {
  const real = holder['setImmediate'] as (...args: unknown[]) => unknown;
  const guarded = (run: (...args: unknown[]) => void, ...args: unknown[]) =>
    active ? active.soon(() => run(...args)) : real(run, ...args);
  holder['setImmediate'] = Object.defineProperties(guarded, Object.getOwnPropertyDescriptors(real));
}

function ruleDate(): void {
  const Real = globalThis.Date;
  const realNow = Real.now;
  const now = () => (active ? active.now() : realNow());
  function WorldDate(this: unknown, ...args: unknown[]): unknown {
    if (new.target === undefined) return new Real(now()).toString();
    const given = args.length === 0 && active ? [active.now()] : args;
    return Reflect.construct(Real, given, new.target === (WorldDate as unknown) ? Real : new.target);
  }
  Object.defineProperties(WorldDate, {
    ...Object.getOwnPropertyDescriptors(Real),
    now: { value: now, writable: true, configurable: true },
  });
  globalThis.Date = WorldDate as unknown as DateConstructor;
  const realClock = performance.now.bind(performance);
  performance.now = () => (active ? active.now() : realClock());
}

const hex = (rng: Rng, digits: number): string => {
  let text = '';
  while (text.length < digits)
    text += Math.floor(rng.next() * 0x100000000)
      .toString(16)
      .padStart(8, '0');
  return text.slice(0, digits);
};

function uuid(rng: Rng): ReturnType<typeof crypto.randomUUID> {
  const digits = hex(rng, 32);
  return `${digits.slice(0, 8)}-${digits.slice(8, 12)}-4${digits.slice(13, 16)}-a${digits.slice(17, 20)}-${digits.slice(20)}`;
}

function ruleRandomness(): void {
  const { random } = Math;
  Math.random = () => (active ? active.rng.next() : random());
  const { randomUUID, randomBytes } = crypto;
  const loose = crypto as unknown as Loose;
  const ruledUuid = (options?: { disableEntropyCache?: boolean }) => (active ? uuid(active.rng) : randomUUID(options));
  loose['randomUUID'] = ruledUuid;
  loose['randomBytes'] = (size: number, done?: Parameters<typeof randomBytes>[1]) => {
    if (!active) return done ? randomBytes(size, done) : randomBytes(size);
    return Buffer.from(hex(active.rng, size * 2), 'hex');
  };
  Object.defineProperty(globalThis.crypto, 'randomUUID', { value: ruledUuid, configurable: true, writable: true });
}

function install(): void {
  if (installed) return;
  installed = true;
  const require = createRequire(import.meta.url);
  const timers = require('node:timers') as Loose;
  refuseTimers(globalThis as unknown as Loose, ['setTimeout', 'setInterval']);
  refuseTimers(timers, ['setTimeout', 'setInterval']);
  refuseTimers(require('node:timers/promises') as Loose, ['setTimeout', 'setInterval']);
  refuseTimers(AbortSignal as unknown as Loose, ['timeout']);
  ruleImmediate(globalThis as unknown as Loose);
  ruleImmediate(timers);
  ruleDate();
  ruleRandomness();
  syncBuiltinESMExports();
}
