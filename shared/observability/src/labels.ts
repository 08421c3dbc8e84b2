/**
 * The cap on label values: a label that takes its values from outside must not grow the process or the monitoring
 * system without limit.
 *
 * 1. The first `cap` different values of one label of one metric are kept as they are; every later one becomes `other`.
 * 2. A value is cut at 128 characters; an empty or missing one is `none`.
 */
import { type Bound, bound } from '@leasehold/kernel';

export const LABEL_CAP: Bound = bound('metric label values', 100);
const LABEL_LENGTH: Bound = bound('metric label characters', 128);
export const OTHER = 'other';

export type LabelCap = (label: string, value: string | undefined) => string;

/** One per metric. */
export function createLabelCap(cap: number = LABEL_CAP.value): LabelCap {
  const seen = new Map<string, Set<string>>();
  return (label, value) => {
    const text = value === undefined || value === '' ? 'none' : value.slice(0, LABEL_LENGTH.value);
    let known = seen.get(label);
    if (known === undefined) {
      known = new Set();
      seen.set(label, known);
    }
    if (known.has(text)) return text;
    if (known.size >= cap) return OTHER;
    known.add(text);
    return text;
  };
}
