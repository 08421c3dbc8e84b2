/**
 * From commander's parameters to a session, the arguments and the options: what every command's action begins with.
 */
import type { Command } from 'commander';
import { createSession, type GlobalOptions, type Session } from './session.ts';
import type { Surroundings } from './surroundings.ts';

/** The options of a command as option.ts made them: texts, numbers, lists, flags. */
export type Options = Readonly<
  Record<string, string | number | readonly string[] | readonly number[] | boolean | undefined>
>;
export type Work = (session: Session, args: readonly string[], options: Options) => Promise<void>;

export const act =
  (around: Surroundings, work: Work) =>
  async (...given: readonly unknown[]): Promise<void> => {
    const command = given.at(-1) as Command;
    const session = createSession(command.optsWithGlobals<GlobalOptions>(), around);
    await work(session, command.processedArgs as readonly string[], command.opts<Options>());
  };

export const textOption = (options: Options, name: string): string | undefined => {
  const value = options[name];
  return typeof value === 'string' ? value : undefined;
};

export const numberOption = (options: Options, name: string): number | undefined => {
  const value = options[name];
  return typeof value === 'number' ? value : undefined;
};

/** The tenant id as one segment of a path. */
export const tenantPath = (id: string, rest = ''): string => `/api/v1/tenants/${encodeURIComponent(id)}${rest}`;
