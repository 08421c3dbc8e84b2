/**
 * Text on a terminal: what a server sent made harmless, and how wide it is.
 *
 * 1. `plain` leaves no control character and no change of direction: a tenant's name cannot move the cursor.
 * 2. Widths are in columns: wide East Asian characters and emoji take two, combining marks none, colours none.
 */
const UNSAFE = /[\p{Cc}\u{2028}\u{2029}\u{202a}-\u{202e}\u{2066}-\u{2069}]+/gu;
// biome-ignore lint/suspicious/noControlCharactersInRegex: colours begin with the escape character.
const COLOUR = /(\u001b\[[0-9;]*m)/;
const WIDE =
  /[\p{Script=Han}\p{Script=Hiragana}\p{Script=Katakana}\p{Script=Hangul}\p{Emoji_Presentation}\u{ff01}-\u{ff60}]/u;
const NONE = /[\p{Mn}\p{Me}\p{Cf}]/u;

export const plain = (text: string): string => text.replaceAll(UNSAFE, ' ');

const columnsOf = (character: string): number => (NONE.test(character) ? 0 : WIDE.test(character) ? 2 : 1);

export function width(text: string): number {
  let columns = 0;
  for (const character of text.replaceAll(new RegExp(COLOUR, 'g'), '')) columns += columnsOf(character);
  return columns;
}

const pad = (text: string, columns: number): string => text + ' '.repeat(Math.max(0, columns - width(text)));

/** At most `columns` wide, with `…` where something was cut; colours are kept and closed. */
export function cut(text: string, columns: number): string {
  if (width(text) <= columns) return text;
  let left = Math.max(0, columns - 1);
  let result = '';
  let coloured = false;
  // The odd parts are the colours themselves.
  for (const [index, part] of text.split(COLOUR).entries()) {
    if (index % 2 === 1) {
      result += part;
      coloured = true;
      continue;
    }
    for (const character of part) {
      if (columnsOf(character) > left) return `${result}…${coloured ? '\u001b[0m' : ''}`;
      left -= columnsOf(character);
      result += character;
    }
  }
  return result;
}

/** The cells padded to common columns, two spaces between; the last is not padded. */
export function align(rows: readonly (readonly string[])[]): readonly string[] {
  const widths: number[] = [];
  for (const row of rows) for (const [at, cell] of row.entries()) widths[at] = Math.max(widths[at] ?? 0, width(cell));
  return rows.map((row) =>
    row
      .map((cell, at) => pad(cell, widths[at] ?? 0))
      .join('  ')
      .trimEnd(),
  );
}
