/**
 * What a rule of the house says about the tree: a place and a sentence. Rules are functions from files to findings, so that
 * tests can try them on files that are wrong on purpose.
 *
 * D1. A rule reads only the files it is given.
 */
export interface SourceFile {
  /** From the root, with `/`. */
  readonly path: string;
  readonly text: string;
}

export interface Finding {
  readonly path: string;
  readonly line?: number;
  readonly message: string;
}

export const show = (finding: Finding): string =>
  `${finding.path}${finding.line === undefined ? '' : `:${finding.line}`}  ${finding.message}`;

export const lineCount = (text: string): number => text.split('\n').length - (text.endsWith('\n') ? 1 : 0);

/** One finding for each match of a pattern, by line. The pattern must not be global. */
export function findLines(file: SourceFile, pattern: RegExp, message: (match: string) => string): Finding[] {
  return file.text.split('\n').flatMap((text, index) => {
    const match = pattern.exec(text);
    return match ? [{ path: file.path, line: index + 1, message: message(match[0]) }] : [];
  });
}
