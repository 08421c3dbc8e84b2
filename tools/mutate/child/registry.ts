/**
 * Which tests, groups and hooks the files declare: what vitest's `test` and `describe` note down, and no more. Options and names
 * with values are read as far as the unit tests of the repository use them.
 */

export type Body = (...values: readonly unknown[]) => unknown;
export type HookKind = 'beforeAll' | 'beforeEach' | 'afterEach' | 'afterAll';

export interface Scope {
  readonly name: string;
  readonly title: string;
  readonly parent: Scope | undefined;
  readonly hooks: { readonly kind: HookKind; readonly body: Body }[];
}

export interface Test {
  /** Its file and its place in it. */
  readonly name: string;
  readonly file: string;
  readonly title: string;
  readonly scope: Scope;
  readonly body: Body;
}

export const NOT_IMPORTED = 'the file cannot be imported';

export interface Registry {
  /** @returns what the file declares while it is loaded. */
  collect(file: string, load: () => Promise<unknown>): Promise<readonly Test[]>;
  readonly api: Readonly<Record<string, unknown>>;
}

const fill = (title: string, values: readonly unknown[]): string => {
  let at = 0;
  return title.replaceAll(/%[sdifjoc]/g, () => String(values[at++]));
};

/** Options may stand before it. */
const bodyOf = (first: unknown, second: unknown): Body => (typeof first === 'function' ? first : second) as Body;
const asRow = (row: unknown): readonly unknown[] => (Array.isArray(row) ? row : [row]);

export function createRegistry(): Registry {
  let tests: Test[] = [];
  let scope: Scope = { name: '', title: '', parent: undefined, hooks: [] };
  let scopes = 0;
  let file = '';

  const enter = (title: string, parent: Scope | undefined): Scope => {
    scopes += 1;
    return { name: `scope ${scopes}`, title, parent, hooks: [] };
  };
  const declare = (title: string, first: unknown, second?: unknown): void => {
    const body = bodyOf(first, second);
    tests.push({ name: `${file}#${tests.length}`, file, title: `${scope.title} ${title}`.trim(), scope, body });
  };
  const test = Object.assign(declare, {
    each: (table: readonly unknown[]) => (title: string, body: Body) => {
      for (const row of table.map(asRow)) declare(fill(title, row), () => body(...row));
    },
    skipIf: (isSkipped: unknown) => (isSkipped ? () => undefined : declare),
    runIf: (isRun: unknown) => (isRun ? declare : () => undefined),
  });
  const group = (title: string, first: unknown, second?: unknown): void => {
    const outer = scope;
    scope = enter(`${outer.title} ${title}`.trim(), outer);
    bodyOf(first, second)();
    scope = outer;
  };
  const describe = Object.assign(group, {
    each: (table: readonly unknown[]) => (title: string, body: Body) => {
      for (const row of table.map(asRow)) group(fill(title, row), () => body(...row));
    },
  });
  const hook = (kind: HookKind) => (body: Body) => void scope.hooks.push({ kind, body });
  return {
    async collect(path, load) {
      file = path;
      tests = [];
      scope = enter('', undefined);
      try {
        await load();
      } catch (error) {
        declare(NOT_IMPORTED, () => Promise.reject(error));
      }
      return tests;
    },
    api: {
      test,
      it: test,
      describe,
      beforeAll: hook('beforeAll'),
      beforeEach: hook('beforeEach'),
      afterEach: hook('afterEach'),
      afterAll: hook('afterAll'),
    },
  };
}
