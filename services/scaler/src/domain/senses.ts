/**
 * What is known of the load at a tick: the newest value, and whether something is wrong with it.
 *
 * N1. A load that is missing keeps the one before it, marked.
 * N2. A load that falls below a tenth of what was expected is a collapse for one interval: a broken probe looks like that.
 */
import type { Anomaly } from './decide/situation.ts';

const COLLAPSE = 0.1;

export interface Senses {
  /** @param expected the middle of what was forecast for this interval; NaN when nothing was. */
  take(load: number, expected: number): void;
  newest(): number;
  anomaly(): Anomaly | undefined;
}

export function createSenses(): Senses {
  let newest = Number.NaN;
  let anomaly: Anomaly | undefined;
  const take: Senses['take'] = (load, expected) => {
    if (Number.isNaN(load)) {
      anomaly = 'missing';
      return;
    }
    const fell = load < COLLAPSE * expected && !(newest < COLLAPSE * expected);
    anomaly = fell ? 'collapsed' : undefined;
    newest = load;
  };
  return { take, newest: () => newest, anomaly: () => anomaly };
}
