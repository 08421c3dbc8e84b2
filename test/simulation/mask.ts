/**
 * A mask as text, for a command line: what of a schedule takes place, `ops=0,2;faults=r1/store.commit#3:late,kill#0`. A part
 * that is not named is whole.
 */
import type { Mask } from './schedule.ts';

export function formatMask({ operations, faults }: Mask): string {
  const parts = [
    ...(operations ? [`ops=${[...operations].sort((a, b) => a - b).join(',')}`] : []),
    ...(faults ? [`faults=${[...faults].join(',')}`] : []),
  ];
  return parts.join(';');
}

/** @throws RangeError for text that is no mask. */
export function parseMask(text: string): Mask {
  let operations: ReadonlySet<number> | undefined;
  let faults: ReadonlySet<string> | undefined;
  for (const part of text.split(';').filter((one) => one !== '')) {
    const [name, list = ''] = part.split(/=(.*)/s);
    const items = list.split(',').filter((one) => one !== '');
    if (name === 'ops') operations = new Set(items.map(Number));
    else if (name === 'faults') faults = new Set(items);
    else throw new RangeError(`a mask has the parts ops= and faults=, got ${JSON.stringify(part)}`);
  }
  return { ...(operations ? { operations } : {}), ...(faults ? { faults } : {}) };
}
