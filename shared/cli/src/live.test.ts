import { expect, test } from 'vitest';
import { shown } from '../test/harness.ts';
import { createLive, fitted } from './live.ts';

function terminal(columns = 40, rows = 10) {
  let text = '';
  const screen = {
    isTty: true,
    columns: () => columns,
    rows: () => rows,
    write: (more: string) => {
      text += more;
    },
  };
  return { screen, seen: () => shown(text) };
}

test('a picture replaces the one before it, whichever is taller', () => {
  const { screen, seen } = terminal();
  const live = createLive(screen);
  live.draw(['one', 'two', 'three']);
  live.draw(['four']);
  expect(seen()).toEqual({ lines: ['four', ''], cursorVisible: false });
});

test('after close the cursor is visible on a line of its own, and nothing is drawn any more (1)', () => {
  const { screen, seen } = terminal();
  const live = createLive(screen);
  live.draw(['busy']);
  live.close(['done', 'well']);
  live.draw(['late']);
  expect(seen()).toEqual({ lines: ['done', 'well', ''], cursorVisible: true });
});

test('a picture is never taller or wider than the terminal (2)', () => {
  const { screen } = terminal(6, 4);
  expect(fitted(['a', 'b', 'c', 'd', 'e'], screen)).toEqual(['a', 'b', '… 3 m…']);
  expect(fitted(['abcdefgh'], screen)).toEqual(['abcde…']);
});
