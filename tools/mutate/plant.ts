/**
 * Plants every bug of some source files in their text, each behind a switch that a running process turns. Stryker's instrumenter
 * does it; nothing is written to the disk.
 */
import { ROOT, readText } from '../source-files.ts';
import { ensureInstrumenter } from './install.ts';
import { type NodePath, words } from './words.ts';

export interface Bug {
  /** Name of its switch, for one planting. */
  readonly id: string;
  readonly file: string;
  readonly line: number;
  readonly mutator: string;
  readonly replacement: string;
  readonly span: Span;
  /** Names it within its file as long as the text of the file is the same. */
  readonly key: string;
}

export interface Planted {
  readonly bugs: readonly Bug[];
  /** Path and text with all bugs in it. */
  readonly texts: readonly (readonly [string, string])[];
}

/** Lines and columns from 1, the end not included. */
export interface Span {
  readonly start: Place;
  readonly end: Place;
}

interface Place {
  readonly line: number;
  readonly column: number;
}

interface Mutant {
  readonly id: string;
  readonly fileName: string;
  readonly mutatorName: string;
  readonly replacement: string;
  /** From 0. */
  readonly location: Span;
  readonly status?: string;
}

interface Instrumenter {
  instrument(
    files: readonly { readonly name: string; readonly mutate: boolean; readonly content: string }[],
    options: {
      readonly plugins: null;
      readonly ignorers: readonly { shouldIgnore(path: NodePath): string | undefined }[];
      readonly excludedMutations: readonly string[];
    },
  ): Promise<{
    readonly files: readonly { readonly name: string; readonly content: string }[];
    readonly mutants: readonly Mutant[];
  }>;
}

interface Injectable {
  readonly inject: readonly string[];
  new (...values: readonly unknown[]): Instrumenter;
}

const quiet = { isDebugEnabled: () => false, debug() {}, info() {}, warn() {}, error: console.error };

/** The instrumenter asks for its parts by name: what little of an injector that takes. */
async function loadInstrumenter(): Promise<Instrumenter> {
  const values = new Map<string, unknown>([['logger', quiet]]);
  const injector = {
    provideValue(name: string, value: unknown) {
      values.set(name, value);
      return injector;
    },
    injectClass: (Made: Injectable) => new Made(...Made.inject.map((name) => values.get(name))),
  };
  const module = (await import(ensureInstrumenter())) as {
    createInstrumenter(from: typeof injector): Instrumenter;
  };
  return module.createInstrumenter(injector);
}

export async function plant(files: readonly string[]): Promise<Planted> {
  const instrumenter = await loadInstrumenter();
  const options = { plugins: null, ignorers: [words], excludedMutations: [] };
  const { files: texts, mutants } = await instrumenter.instrument(
    files.map((name) => ({ name, mutate: true, content: readText(name) })),
    options,
  );
  return {
    bugs: mutants.filter(({ status }) => status !== 'Ignored').map(bugOf),
    texts: texts.map(({ name, content }) => [relative(name), content]),
  };
}

const relative = (name: string): string => (name.startsWith(`${ROOT}/`) ? name.slice(ROOT.length + 1) : name);

const fromOne = ({ line, column }: Place): Place => ({ line: line + 1, column: column + 1 });

function bugOf({ id, fileName, mutatorName, replacement, location: { start, end } }: Mutant): Bug {
  return {
    id,
    file: relative(fileName),
    line: start.line + 1,
    mutator: mutatorName,
    replacement,
    span: { start: fromOne(start), end: fromOne(end) },
    key: `${start.line}:${start.column}-${end.line}:${end.column} ${mutatorName} ${replacement}`,
  };
}
