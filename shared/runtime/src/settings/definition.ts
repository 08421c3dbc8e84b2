/**
 * What a setting is, as data: the reader, the backends' rules, the documentation and its check all read these definitions.
 * Owns the shapes; formats.ts owns how text becomes a value, read.ts owns how problems are told.
 *
 * 1. A setting without a default has the type `T | undefined`; an empty variable counts as not set.
 * 2. Every secret `X` may come from a file named by `X_FILE`.
 */
import type { z } from 'zod';

/** A schema from the text of a variable to its value; its description completes the sentence "expected ...". */
export type Format<T> = z.ZodType<T, string>;

/** What the value is the path of, and must be there and readable. */
export type Place = 'file' | 'folder';

export const expectedOf = (format: z.ZodType): string => format.description ?? 'text';

export const placeOf = (format: z.ZodType): Place | undefined => format.meta()?.['place'] as Place | undefined;

export interface Setting<T = unknown> {
  readonly variable: string;
  readonly format: Format<NonNullable<T>>;
  readonly meaning: string;
  readonly secret: boolean;
  /** In the form in which a user would write it; goes through the format as well. */
  readonly default?: string;
  /** Another variable whose value is the default. */
  readonly fallback?: string;
  /** For readers of the documentation, where the default is worked out elsewhere. */
  readonly defaultMeaning?: string;
  /** No service of this release uses it; set anyway, it is told in a warning. */
  readonly later?: true;
  /** Never set by hand, so not a name to suggest. */
  readonly ambient?: true;
  readonly type?: T;
}

export interface SettingGroup<F extends Readonly<Record<string, Setting>> = Readonly<Record<string, Setting>>> {
  readonly name: string;
  readonly title: string;
  readonly fields: F;
  /** Fills in what follows from other values of the group. */
  readonly derive?: (values: Readonly<Record<string, unknown>>) => Readonly<Record<string, unknown>>;
  /** What must be set together, by variable: problems as sentences. */
  readonly check?: (given: ReadonlySet<string>) => readonly SettingProblem[];
}

export interface SettingProblem {
  readonly variable: string;
  readonly message: string;
}

export type SettingGroups = Readonly<Record<string, SettingGroup>>;
export type Env = Readonly<Record<string, string | undefined>>;

type ValueOf<S> = S extends Setting<infer T> ? T : never;
export type GroupValues<G> = G extends SettingGroup<infer F> ? { readonly [K in keyof F]: ValueOf<F[K]> } : never;
export type SettingValues<G extends SettingGroups> = { readonly [K in keyof G]: GroupValues<G[K]> };

export interface ReadSettings<G extends SettingGroups> {
  readonly values: SettingValues<G>;
  /** One sentence each, for the log at start. */
  readonly warnings: readonly string[];
  /** Variables that were set, `X` also where `X_FILE` was. */
  readonly given: ReadonlySet<string>;
  /** The texts of all secrets, for the log's scrubber; to be shown nowhere. */
  readonly secrets: readonly string[];
}

type Extra = Omit<Setting, 'variable' | 'format' | 'meaning' | 'secret' | 'default' | 'type'>;

/** A setting with a default: always there. */
export const withDefault = <T>(
  variable: string,
  format: Format<T>,
  standard: string,
  meaning: string,
  extra: Extra = {},
): Setting<T> => ({
  variable,
  format: format as Format<NonNullable<T>>,
  meaning,
  secret: false,
  default: standard,
  ...extra,
});

export const optional = <T>(
  variable: string,
  format: Format<T>,
  meaning: string,
  extra: Extra = {},
): Setting<T | undefined> => ({
  variable,
  format: format as Format<NonNullable<T>>,
  meaning,
  secret: false,
  ...extra,
});

export const secret = <T>(
  variable: string,
  format: Format<T>,
  meaning: string,
  extra: Extra = {},
): Setting<T | undefined> => ({ ...optional(variable, format, meaning, extra), secret: true });
