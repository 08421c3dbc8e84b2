/**
 * Which methods a path has, whatever the method of the request: for 405 and OPTIONS.
 */
export interface PathEntry {
  readonly path: string;
  readonly method: string;
  /** Needs no token. */
  readonly open: boolean;
}

export interface PathMethods {
  readonly methods: readonly string[];
  readonly open: boolean;
}

export function createPathTable(entries: readonly PathEntry[]): (path: string) => PathMethods {
  const patterns = entries.map((entry) => ({ ...entry, pattern: patternOf(entry.path) }));
  return (path) => {
    const found = patterns.filter(({ pattern }) => pattern.test(path));
    return { methods: [...new Set(found.map(({ method }) => method))], open: found.some(({ open }) => open) };
  };
}

const patternOf = (path: string): RegExp =>
  new RegExp(`^${path.replaceAll(/[.]/g, '\\.').replaceAll(/\{[^}]+\}/g, '[^/]+')}$`);
