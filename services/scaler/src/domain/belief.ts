/**
 * What is believed of a load that was measured. A meter that is away reads 0, a mended one all at once what it missed, a broken one anything.
 * N1. A missing load keeps the one before. N2. A fall at once to a tenth of the lowest of the last hour is doubted till it has stayed: longer for
 *     an exact 0, which a service that is up hardly ever has, than for what is still counted.
 * N3. Then it is followed and teaches nothing for some hours: `apart`. When the load comes back, it was an outage; a heap that comes then too.
 * N4. After that it is a new level: it teaches, and a forecast has no say for a day. N5. One that stayed yesterday at this time is no surprise.
 * N6. A load ten times above all that was seen is believed when the next ones say the same. N7. One that always changed and stands still to the
 *     last digit is a meter that stands still, for some hours. N8. Zeros before the first load teach nothing.
 */
import type { Anomaly } from './decide/situation.ts';
import { DAY_S, HOUR_S } from './time.ts';

const COLLAPSE = 0.1;
/** Share of what was before at which a load has come back, and at which it is no longer catching up. */
const BACK = 0.5;
const CAUGHT_UP = 1.5;
const OUTBURST = 10;
/** How long a fall is doubted, to nothing and to little; how long it is apart; how long a load that came back may catch up. */
const PROOF_OF_ZERO_S = 1_200;
const PROOF_OF_LITTLE_S = 600;
const APART_S = 3 * HOUR_S;
/** Until yesterday holds nothing but the new level. */
const NEW_LEVEL_S = APART_S + DAY_S + HOUR_S;
const CATCH_UP_S = HOUR_S;
const PROOF_OF_OUTBURST_S = 180;
const LEAST_PROOF = 2;
/** Values that are the same to the last digit, for so long, where no two neighbours of an hour were. */
const STILL_S = 600;
const LEAST_STILL = 3;
/** Around the same time of yesterday. */
const CUSTOM_S = 1_800;
const HIGH_DAYS = 8;

export interface Believed {
  /** What decisions go by; NaN keeps the one before. */
  readonly load: number;
  /** What models and accounts are told; NaN tells nothing. */
  readonly taught: number;
  readonly anomaly: Anomaly | undefined;
  /** The load is followed while the models know nothing of it. */
  readonly apart: boolean;
  /** What was forecast before is not to be judged by this value: something lies between that is no load. */
  readonly anew: boolean;
  /** So many steps before this one, of which nothing was told, had this load too: it has come to stay. */
  readonly stayed: number;
}

export interface Belief {
  take(load: number): Believed;
}

type Phase =
  | { readonly kind: 'usual' }
  /** A fall, or a return, `steps` old; `before` is the usual load of the hour before the fall. */
  | { readonly kind: 'doubt' | 'apart' | 'new level' | 'catching up'; readonly before: number; readonly steps: number };

const USUAL: Phase = { kind: 'usual' };
const hold = (anomaly: Anomaly): Believed => ({
  load: Number.NaN,
  taught: Number.NaN,
  anomaly,
  apart: false,
  anew: false,
  stayed: 0,
});
/** Tells the models nothing. */
const followed = (load: number): Believed => ({ ...hold('missing'), load, anomaly: undefined, apart: true });

export function createBelief(stepS: number): Belief {
  const memory = createMemory(stepS);
  const stepsIn = (seconds: number): number => Math.max(LEAST_PROOF, Math.ceil(seconds / stepS));
  const proofOf = (load: number): number => stepsIn(load === 0 ? PROOF_OF_ZERO_S : PROOF_OF_LITTLE_S);
  let phase: Phase = USUAL;
  /** Loads in a row that are not believed: outbursts, or a meter that stands still. */
  let odd = 0;
  /** Something that is no load lies between the last value that was taught and the next. */
  let broken = false;
  const teach = (load: number, apart: boolean): Believed => {
    const anew = broken;
    [broken, odd] = [false, 0];
    memory.keep(load);
    return { load, taught: load, anomaly: undefined, apart, anew, stayed: 0 };
  };
  const believe = (load: number): Believed => {
    phase = USUAL;
    return teach(load, false);
  };
  const withhold = (answer: Believed): Believed => {
    broken = true;
    memory.skip();
    return answer;
  };
  const fallen = (load: number, before: number, steps: number): Believed => {
    const kind = steps < proofOf(load) ? 'doubt' : steps < stepsIn(APART_S) ? 'apart' : 'new level';
    // What is apart is not doubted again because it has fallen to 0.
    phase = { kind: kind === 'doubt' && phase.kind === 'apart' ? 'apart' : kind, before, steps };
    if (phase.kind === 'doubt') return withhold(hold('collapsed'));
    if (phase.kind === 'apart') return withhold(followed(load));
    memory.accept(load, steps);
    return { ...teach(load, true), stayed: steps };
  };
  const returned = (load: number, before: number, steps: number): Believed => {
    if (load <= CAUGHT_UP * before || steps >= stepsIn(CATCH_UP_S)) return believe(load);
    phase = { kind: 'catching up', before, steps };
    return withhold(followed(load));
  };
  const newLevel = (load: number, before: number, steps: number): Believed => {
    if (steps >= stepsIn(NEW_LEVEL_S)) return believe(load);
    phase = { kind: 'new level', before, steps };
    return teach(load, true);
  };
  const usual = (load: number): Believed => {
    if (memory.isFall(load)) return fallen(load, memory.before(), 0);
    odd += 1;
    if (memory.isOutburst(load) && odd < stepsIn(PROOF_OF_OUTBURST_S)) return withhold(hold('outburst'));
    if (memory.standsStill(load) && odd < stepsIn(APART_S)) return withhold(hold('frozen'));
    return believe(load);
  };
  const take = (load: number): Believed => {
    if (Number.isNaN(load)) return withhold(hold('missing'));
    if (load === 0 && memory.isBlank()) return withhold({ ...followed(0), apart: false });
    if (phase.kind === 'usual') return usual(load);
    const steps = phase.steps + 1;
    const { kind, before } = phase;
    if (kind === 'catching up') return returned(load, before, steps);
    if (load >= BACK * before) {
      broken = true;
      return returned(load, before, 0);
    }
    return kind === 'new level' ? newLevel(load, before, steps) : fallen(load, before, steps);
  };
  return { take };
}

/** The last hour of believed loads and a little more, a day of them, and the highest of each of the last days. */
function createMemory(stepS: number) {
  const hourSteps = Math.max(3, Math.round(HOUR_S / stepS));
  const daySteps = Math.max(1, Math.round(DAY_S / stepS));
  const near = Math.max(1, Math.round(CUSTOM_S / stepS));
  const still = Math.max(LEAST_STILL, Math.round(STILL_S / stepS));
  const day = new Float64Array(daySteps + 2 * near + 1).fill(Number.NaN);
  const highs = new Float64Array(HIGH_DAYS);
  const hour: number[] = [];
  let index = -1;
  let blank = true;
  const lastHour = (): readonly number[] => hour.slice(-hourSteps);
  const move = (load: number): void => {
    index += 1;
    day[index % day.length] = load;
    if (index % daySteps === 0) highs[(index / daySteps) % HIGH_DAYS] = 0;
  };
  const keep = (load: number): void => {
    move(load);
    blank &&= load === 0;
    hour.push(load);
    if (hour.length > hourSteps + still) hour.shift();
    const slot = Math.floor(index / daySteps) % HIGH_DAYS;
    highs[slot] = Math.max(highs[slot] as number, load);
  };
  const customary = (level: number): boolean => {
    const then = index + 1 - daySteps;
    for (let i = Math.max(0, then - near); i <= then + near; i++)
      if ((day[i % day.length] as number) <= level) return true;
    return false;
  };
  /** A fall has lasted so many steps: that it came is known from now on, and the hour begins with it. */
  const accept = (load: number, steps: number): void => {
    for (let i = Math.max(0, index - steps + 1); i <= index; i++) day[i % day.length] = load;
    hour.length = 0;
  };
  return {
    keep,
    accept,
    skip: (): void => move(Number.NaN),
    isBlank: (): boolean => blank,
    before: (): number => lastHour().reduce((sum, each) => sum + each, 0) / hourSteps,
    isFall: (load: number): boolean => {
      if (hour.length < hourSteps) return false;
      const level = COLLAPSE * Math.min(...lastHour());
      return load < level && !customary(level);
    },
    standsStill: (load: number): boolean => {
      if (load === 0 || hour.length < hourSteps + still || hour.at(-1) !== load) return false;
      const from = hour.length - still;
      return hour.every((each, i) => (i < from || each === load) && (i === 0 || i > from || each !== hour[i - 1]));
    },
    isOutburst: (load: number): boolean => index >= hourSteps && load > OUTBURST * Math.max(...highs),
  };
}
