/**
 * Following a forecast at a price: as many replicas as are worth it, and a change only when what staying costs has added up.
 *
 * U1. Going up is decided by the interval in which a replica asked for now is ready; what comes sooner cannot be helped any more.
 * U2. Going down keeps what any interval from now until after the start-up delay is worth, and what is needed now.
 * U3. Patience is seconds of certain shortage: a loss is borne until it adds up to that, counting the next five minutes ahead
 *     (the rent-or-buy rule of Karlin et al. 1988). So a flat optimum causes no change, and a burst an immediate one.
 */
import { type Curve, chanceOver } from '../outlook/curve.ts';

export interface Patience {
  readonly upS: number;
  readonly downS: number;
}

const AHEAD_S = 300;
const HOLD_S = 120;

/** What the forecast asks for, at one price: fewer than `up` are too few, more than `keep` too many; `keep` is never below `up`. */
export interface Band {
  /** Worth having when replicas asked for now are ready. */
  readonly up: number;
  /** Worth keeping. */
  readonly keep: number;
  readonly curve: Curve;
  /** Price of one replica, in minutes of shortage a minute. */
  readonly price: number;
}

export interface Hysteresis {
  /** @returns replicas wanted now, `current` when nothing is to change. */
  step(band: Band, current: number): number;
}

/** @param cooldownS nothing is given back for so long after a change. */
export function createHysteresis(tickS: number, patience: Patience, cooldownS: number): Hysteresis {
  let lossUp = 0;
  let lossDown = 0;
  let sinceKeepS = 0;
  let sinceChangeS = cooldownS;
  const rise = (band: Band, current: number): boolean => {
    const won = chanceOver(band.curve, current) - chanceOver(band.curve, band.up) - band.price * (band.up - current);
    const loss = Math.max(0, won);
    lossUp += loss * tickS;
    return lossUp + loss * AHEAD_S >= patience.upS;
  };
  const fall = (band: Band, current: number): boolean => {
    const loss = band.price * (current - band.keep);
    lossDown += loss * tickS;
    return sinceKeepS >= HOLD_S && sinceChangeS >= cooldownS && lossDown + loss * AHEAD_S >= patience.downS;
  };
  const step = (band: Band, current: number): number => {
    sinceChangeS += tickS;
    sinceKeepS = band.keep >= current ? 0 : sinceKeepS + tickS;
    if (band.up <= current) lossUp = 0;
    if (band.keep >= current) lossDown = 0;
    const goes = band.up > current ? rise(band, current) : band.keep < current && fall(band, current);
    if (!goes) return current;
    lossUp = 0;
    lossDown = 0;
    sinceChangeS = 0;
    return band.up > current ? band.up : band.keep;
  };
  return { step };
}
