/**
 * What came of planted bugs, read from the tester's report: how many were found, and the places of those that were not. Pure.
 */

export interface Mutant {
  readonly file: string;
  readonly line: number;
  readonly mutator: string;
  readonly replacement: string;
  readonly fate: 'found' | 'survived' | 'unreached' | 'void';
}

interface Report {
  readonly files: Readonly<
    Record<
      string,
      {
        readonly mutants: readonly {
          readonly status: string;
          readonly mutatorName: string;
          readonly replacement?: string;
          readonly location: { readonly start: { readonly line: number } };
        }[];
      }
    >
  >;
}

/** What does not compile, or was left out on purpose, says nothing of the tests. */
const FATES: Readonly<Record<string, Mutant['fate']>> = {
  Killed: 'found',
  Timeout: 'found',
  Survived: 'survived',
  NoCoverage: 'unreached',
};

export function readMutants(text: string, files: readonly string[]): readonly Mutant[] {
  const { files: found } = JSON.parse(text) as Report;
  return files.flatMap((file) =>
    (found[file]?.mutants ?? []).map(({ status, mutatorName, replacement = '', location }) => ({
      file,
      line: location.start.line,
      mutator: mutatorName,
      replacement,
      fate: FATES[status] ?? 'void',
    })),
  );
}

const count = (mutants: readonly Mutant[], fate: Mutant['fate']): number =>
  mutants.filter((mutant) => mutant.fate === fate).length;

/** Per cent of planted bugs that a test found, with one decimal, rounded down; 100 where none could be planted. */
export function scoreOf(mutants: readonly Mutant[]): number {
  const found = count(mutants, 'found');
  const all = mutants.length - count(mutants, 'void');
  return all === 0 ? 100 : Math.floor((found / all) * 1_000) / 10;
}

const SHOWN = 60;

export function survivorLines(mutants: readonly Mutant[]): readonly string[] {
  return mutants
    .filter(({ fate }) => fate === 'survived' || fate === 'unreached')
    .map(({ file, line, mutator, replacement, fate }) => {
      const text = replacement.replaceAll(/\s+/g, ' ');
      const shown = text.length > SHOWN ? `${text.slice(0, SHOWN)}…` : text;
      return `${fate.padEnd(9)} ${file}:${line}  ${mutator} -> ${shown}`;
    });
}

export function summaryLines(name: string, mutants: readonly Mutant[]): readonly string[] {
  const [found, survived, unreached] = (['found', 'survived', 'unreached'] as const).map((fate) =>
    count(mutants, fate),
  );
  const files = [...Map.groupBy(mutants, ({ file }) => file)]
    .map(([file, own]) => ({ file, score: scoreOf(own) }))
    .filter(({ score }) => score < 100)
    .sort((a, b) => a.score - b.score);
  return [
    ...files.map(({ file, score }) => `  ${score.toFixed(1).padStart(5)} %  ${file}`),
    `${name}: ${scoreOf(mutants).toFixed(1)} % found: ${found} of ${mutants.length - count(mutants, 'void')}; ${survived} survived, ${unreached} unreached`,
  ];
}
