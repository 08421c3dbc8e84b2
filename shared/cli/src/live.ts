/**
 * A picture on a terminal that is drawn again in its place. Owns the cursor while it is open.
 *
 * 1. After `close` the cursor is visible and on a line of its own, whatever happened before.
 * 2. A picture is never taller or wider than the terminal: what is cut off would be drawn twice.
 */
import type { Screen } from './surroundings.ts';
import { cut } from './text.ts';

const HIDE = '\u001b[?25l';
const SHOW = '\u001b[?25h';
const CLEAR_BELOW = '\u001b[0J';

export interface Live {
  draw(lines: readonly string[]): void;
  /** Leaves these lines on the screen, in full. */
  close(lines: readonly string[]): void;
}

export function createLive(screen: Screen): Live {
  let height = 0;
  let open = true;
  const back = (): string => `\r${height === 0 ? '' : `\u001b[${height}A`}${CLEAR_BELOW}`;
  return {
    draw: (lines) => {
      if (!open) return;
      const shown = fitted(lines, screen);
      screen.write(`${HIDE}${back()}${shown.map((line) => `${line}\n`).join('')}`);
      height = shown.length;
    },
    close: (lines) => {
      if (!open) return;
      open = false;
      screen.write(`${back()}${lines.map((line) => `${line}\n`).join('')}${SHOW}`);
    },
  };
}

export function fitted(lines: readonly string[], screen: Pick<Screen, 'columns' | 'rows'>): readonly string[] {
  const most = Math.max(1, screen.rows() - 1);
  const kept = lines.length <= most ? lines : [...lines.slice(0, most - 1), `… ${lines.length - most + 1} more`];
  return kept.map((line) => cut(line, screen.columns()));
}
