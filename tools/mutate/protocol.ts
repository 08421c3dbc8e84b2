/**
 * What the tool and the process that runs the tests say to each other. A test is named by its file and its place in it, so that
 * the name holds in every process that loads the same files.
 */

export interface Load {
  readonly kind: 'load';
  readonly root: string;
  /** Folder of the package whose modules may be imported anew. */
  readonly folder: string;
  readonly texts: readonly (readonly [string, string])[];
  /** What is reached is counted: that is asked for once, and makes hot loops several times slower. */
  readonly isCounting: boolean;
  readonly tests: readonly string[];
}

export type Order =
  | Load
  | { readonly kind: 'baseline' }
  /** Tests with what each took at first, the quickest first. */
  | { readonly kind: 'try'; readonly bug: string; readonly tests: readonly Timed[]; readonly hits: number }
  /** The bug acts while modules load: they are imported once more. */
  | {
      readonly kind: 'anew';
      readonly bug: string;
      readonly files: readonly string[];
      readonly tests: readonly Timed[];
    };

export type Timed = readonly [name: string, ms: number];

export const fileOf = (test: string): string => test.slice(0, test.lastIndexOf('#'));

export interface TestResult {
  readonly name: string;
  readonly title: string;
  readonly ms: number;
  readonly fault?: string;
}

export interface Baseline {
  readonly kind: 'baseline';
  readonly tests: readonly TestResult[];
  /** Tests that reach a bug, and how often all of them do. */
  readonly reach: Readonly<Record<string, { readonly tests: readonly string[]; readonly hits: number }>>;
  /** Bugs that are reached while modules load. */
  readonly loading: readonly string[];
  /** Sources that each test file imports, directly or not. */
  readonly imports: Readonly<Record<string, readonly string[]>>;
}

/** On the way to an answer: what the order needs is loaded, or a test begins that takes so long without a bug. */
export type Progress = { readonly kind: 'ready' } | { readonly kind: 'began'; readonly ms: number };

export type Answer =
  | { readonly kind: 'loaded' }
  /** It could not do what it was asked for. */
  | { readonly kind: 'fault'; readonly message: string }
  | Baseline
  /** `doubtful`: a test failed, and fails without the bug too by now. */
  | { readonly kind: 'outcome'; readonly fate: 'found' | 'survived' | 'doubtful'; readonly by?: string };
