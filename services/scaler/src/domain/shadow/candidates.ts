/**
 * The candidates: every strategy that the tuner may choose from, run side by side over the same past. None of them acts; each keeps
 * the account of what it would have cost. Beside them runs the plain autoscaler, the yardstick.
 *
 * D1. A candidate sees only samples whose interval has ended.
 * D2. The same samples and ticks give the same candidates, bit for bit.
 */
import { type Curve, chanceOver } from '../outlook/curve.ts';
import type { Outlook } from '../outlook/outlook.ts';
import { DAY_S } from '../time.ts';
import { createBands } from './bands.ts';
import { createHysteresis, type Patience } from './hysteresis.ts';
import { createPlain, PLAIN } from './plain.ts';
import type { Strategy } from './strategies.ts';
import { createTrack, type Track } from './track.ts';

export interface CandidateOptions {
  readonly tickS: number;
  readonly stepS: number;
  readonly startupS: number;
  readonly aheadS: number;
  /** Load that one replica bears. */
  readonly capacity: number;
  readonly least: number;
  readonly most: number;
  /** Down-stabilisation of utilisation targets, and rest before a forecast's scale-in. */
  readonly cooldownS: number;
  /** Utilisation that the yardstick holds. */
  readonly yardstick: number;
}

export interface Candidates {
  readonly plain: Track;
  readonly tracks: readonly Track[];
  /** A sample whose interval has just ended; NaN when it is missing. */
  sample(load: number): void;
  /** One tick, `offsetS` seconds after the end of the newest sample's interval. */
  tick(offsetS: number): void;
  /** What the running interval's forecast says of a load at or above this. */
  curves(): readonly Curve[];
}

/** Days over which the usual number of replicas is averaged. */
const LEVEL_S = 3 * DAY_S;
const AT_ONCE: Patience = { upS: 0, downS: 0 };

type Step = (load: number, current: number) => number;

interface Runner {
  readonly track: Track;
  readonly step: Step;
  ready: number;
  chance: number;
}

export function createCandidates(
  options: CandidateOptions,
  strategies: readonly Strategy[],
  outlook: Outlook,
): Candidates {
  const { tickS, stepS, startupS, capacity, least, most } = options;
  const bounded = (count: number): number => Math.max(least, Math.min(most, count));
  const named = strategies.find((strategy) => strategy.kind === 'quantile');
  const bands = createBands({ stepS, startupS, aheadS: options.aheadS, capacity, bounded }, named?.level);
  const targetStep = (target: number, downS: number): Step => {
    const plain = createPlain(tickS, target, PLAIN.tolerance, downS);
    return (load) => plain.step(load, capacity, least, most);
  };
  const stepOf = (strategy: Strategy): Step => {
    if (strategy.kind === 'target') return targetStep(strategy.target, options.cooldownS);
    const hysteresis = createHysteresis(
      tickS,
      strategy.kind === 'price' ? strategy.patience : AT_ONCE,
      options.cooldownS,
    );
    return (_load, current) => {
      const band = bands.of(strategy);
      return band === undefined ? current : bounded(hysteresis.step(band, current));
    };
  };
  const runner = (step: Step): Runner => ({
    track: createTrack(tickS, startupS, capacity),
    step,
    ready: -1,
    chance: 0,
  });
  const runners = strategies.map((strategy) => runner(stepOf(strategy)));
  const yardstick = runner(targetStep(options.yardstick, PLAIN.downStabilisationS));
  const all = [yardstick, ...runners];
  let newest = Number.NaN;
  let level = 0;
  let known = 0;
  let curves: readonly Curve[] = [];

  const sample = (load: number): void => {
    for (const each of all) {
      each.track.settle(load);
      each.ready = -1;
    }
    if (!Number.isNaN(load)) {
      newest = load;
      known += 1;
      level += (load / capacity - level) * Math.max(1 / known, stepS / LEVEL_S);
    }
    outlook.observe(load);
    if (known === 0) return;
    curves = outlook.curves(capacity);
    bands.renew(curves, level, newest);
  };

  const tick = (offsetS: number): void => {
    bands.look(offsetS);
    const running = curves[0];
    for (const each of all) {
      const ready = each.track.record(each.step(newest, Math.max(least, each.track.wanted())));
      if (running === undefined) continue;
      if (ready !== each.ready) {
        each.ready = ready;
        each.chance = chanceOver(running, ready);
      }
      each.track.expect(each.chance * tickS);
    }
  };
  return { plain: yardstick.track, tracks: runners.map((each) => each.track), sample, tick, curves: () => curves };
}
