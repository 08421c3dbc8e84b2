/**
 * What a check found: a line with a level, and what to do where something is wrong.
 */
import type { Paint } from '../paint.ts';
import { align } from '../text.ts';

export interface Finding {
  readonly level: 'ok' | 'warn' | 'fail';
  readonly name: string;
  readonly message: string;
  /** What to do about it. */
  readonly todo?: string;
}

export const ok = (name: string, message: string): Finding => ({ level: 'ok', name, message });
export const warn = (name: string, message: string, todo: string): Finding => ({ level: 'warn', name, message, todo });
export const fail = (name: string, message: string, todo: string): Finding => ({ level: 'fail', name, message, todo });

const WORDS = { ok: ['ok', 'good'], warn: ['warn', 'warn'], fail: ['FAIL', 'bad'] } as const;

export function findingLines(findings: readonly Finding[], paint: Paint): readonly string[] {
  const rows = align(
    findings.map(({ level, name, message }) => {
      const [word, tone] = WORDS[level];
      return [paint[tone](word), name, message];
    }),
  );
  const count = (level: Finding['level']): number => findings.filter((finding) => finding.level === level).length;
  const lines = findings.flatMap(({ todo }, at) => [
    rows[at] ?? '',
    ...(todo === undefined ? [] : [`      -> ${todo}`]),
  ]);
  return [...lines, '', `${count('ok')} ok, ${count('warn')} to look at, ${count('fail')} failed`];
}
