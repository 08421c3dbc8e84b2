/**
 * Colours and symbols, so that every view speaks the same. Views are pure: they are handed the paint, on or off.
 *
 * 1. Colour never carries a meaning alone: a symbol or a word says it too.
 */
export interface Paint {
  readonly good: (text: string) => string;
  readonly bad: (text: string) => string;
  readonly warn: (text: string) => string;
  readonly busy: (text: string) => string;
  readonly dim: (text: string) => string;
  readonly bold: (text: string) => string;
}

const same = (text: string): string => text;
const colour =
  (open: number, close: number) =>
  (text: string): string =>
    text === '' ? '' : `\u001b[${open}m${text}\u001b[${close}m`;

export const NO_PAINT: Paint = { good: same, bad: same, warn: same, busy: same, dim: same, bold: same };
export const COLOURS: Paint = {
  good: colour(32, 39),
  bad: colour(31, 39),
  warn: colour(33, 39),
  busy: colour(36, 39),
  dim: colour(2, 22),
  bold: colour(1, 22),
};

export interface PaintFacts {
  readonly isTty: boolean;
  /** False with `--no-color`. */
  readonly wanted: boolean;
  readonly env: Readonly<Record<string, string | undefined>>;
}

/** https://no-color.org: any text that is not empty in `NO_COLOR` turns colours off. */
export function choosePaint({ isTty, wanted, env }: PaintFacts): Paint {
  const off = !wanted || (env['NO_COLOR'] ?? '') !== '' || env['TERM'] === 'dumb';
  return isTty && !off ? COLOURS : NO_PAINT;
}

const SPINNER = ['⠋', '⠙', '⠹', '⠸', '⠼', '⠴', '⠦', '⠧', '⠇', '⠏'];

type Tone = keyof Paint;
const MARKS: Readonly<Record<string, readonly [symbol: string, tone: Tone]>> = {
  pending: ['·', 'dim'],
  ready: ['✔', 'good'],
  completed: ['✔', 'good'],
  failed: ['✖', 'bad'],
  degraded: ['!', 'warn'],
  suspended: ['!', 'warn'],
  superseded: ['!', 'warn'],
  deleted: ['-', 'dim'],
  skipped: ['○', 'dim'],
};
const BUSY: readonly string[] = ['creating', 'deleting', 'provisioning', 'running'];

/** The symbol of a tenant's, a resource's or an operation's status. `frame` turns what is busy; absent it stands still. */
export function statusMark(status: string, paint: Paint, frame?: number): string {
  if (BUSY.includes(status)) {
    return paint.busy(frame === undefined ? '…' : (SPINNER[frame % SPINNER.length] ?? '…'));
  }
  const [symbol, tone] = MARKS[status] ?? ['?', 'dim'];
  return paint[tone](symbol);
}

export const statusWord = (status: string, paint: Paint): string =>
  (BUSY.includes(status) ? paint.busy : paint[MARKS[status]?.[1] ?? 'dim'])(status);
