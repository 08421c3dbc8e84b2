/**
 * The ranges that are kept in ranges.json: where the ratio of each line has been, with room around it. Pure.
 *
 * 1. Only ratios are kept and judged. Absolute times belong to a machine and a moment, and stand beside them for reading.
 * 2. Leaving a range at the better end is told too: then the range no longer says anything and is recorded anew.
 * 3. What was not measured is not judged, and said.
 */
import { figureOf, type Line, type Spread } from './figure.ts';

export interface KeptLine {
  /** The median ratio is expected within these. */
  readonly from: number;
  readonly to: number;
  /** What recorded it. */
  readonly command: string;
  /** When it was recorded, in the line's own unit. */
  readonly seen: { readonly ratio: Spread; readonly product: Spread; readonly raw: Spread; readonly pairs: number };
}

export interface Kept {
  readonly machine: { readonly cores: number; readonly node: string };
  readonly lines: Readonly<Record<string, KeptLine>>;
}

export type Judgement =
  | { readonly kind: 'within'; readonly id: string }
  | { readonly kind: 'left'; readonly id: string; readonly message: string }
  | { readonly kind: 'unjudged'; readonly id: string; readonly message: string };

/** Room around what was seen: a median may be this many times the highest pair, or the lowest divided by it. */
const ROOM = 2;

const short = (value: number): number => Number(value.toPrecision(3));
const shortSpread = ({ median, least, most }: Spread): Spread => ({
  median: short(median),
  least: short(least),
  most: short(most),
});

export function keptOf(line: Line, command: string): KeptLine {
  const { ratio, product, raw } = figureOf(line.pairs);
  return {
    from: short(ratio.least / ROOM),
    to: short(ratio.most * ROOM),
    command,
    seen: {
      ratio: shortSpread(ratio),
      product: shortSpread(product),
      raw: shortSpread(raw),
      pairs: line.pairs.length,
    },
  };
}

/** The lines measured now replace what was kept of them; the others stay. */
export const record = (
  kept: Kept | undefined,
  lines: readonly Line[],
  { command, machine }: { readonly command: string; readonly machine: Kept['machine'] },
): Kept => ({
  machine,
  lines: { ...kept?.lines, ...Object.fromEntries(lines.map((line) => [line.id, keptOf(line, command)])) },
});

function judge(line: Line, kept: KeptLine | undefined): Judgement {
  const { id, better } = line;
  if (kept === undefined) return { kind: 'unjudged', id, message: `${id}: no range is kept for it` };
  const { median } = figureOf(line.pairs).ratio;
  if (median >= kept.from && median <= kept.to) return { kind: 'within', id };
  const worse = better === 'lower' ? median > kept.to : median < kept.from;
  const advice = worse ? 'worse than it was' : 'better than it was: record it with --record';
  const message = `${id}: ratio ${short(median)} left its range ${kept.from} to ${kept.to}, ${advice}`;
  return { kind: 'left', id, message };
}

export function judgeAll(lines: readonly Line[], kept: Kept | undefined): readonly Judgement[] {
  const measured = new Set(lines.map(({ id }) => id));
  const absent = Object.keys(kept?.lines ?? {}).filter((id) => !measured.has(id));
  return [
    ...lines.map((line) => judge(line, kept?.lines[line.id])),
    ...absent.map((id): Judgement => ({ kind: 'unjudged', id, message: `${id}: not measured in this run` })),
  ];
}
