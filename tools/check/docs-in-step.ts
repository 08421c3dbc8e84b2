/**
 * Documents that follow the code: a package, a script or a setting that exists is written down, and what is written down exists.
 *
 * C1. Every folder of shared/, services/ and deploy/ has a line of its own in ARCHITECTURE.md; every package has a README.md.
 * C2. Every `npm run x` in a document is a script of package.json, and README.md shows `npm start` and `npm test`.
 * C3. Every environment variable that a settings or config file reads stands in a row of a table in some document; a row for
 *     `<BACKEND>_CA_FILE` speaks of every name with that ending, and one for `X` of `X_FILE` too.
 */
import type { Finding, SourceFile } from './finding.ts';

const folderOf = (path: string): string | undefined => /^(?:shared|services|deploy)\/[^/]+(?=\/)/.exec(path)?.[0];

export function packageFindings(paths: readonly string[], architecture: string): readonly Finding[] {
  const folders = [...new Set(paths.flatMap((path) => folderOf(path) ?? []))];
  return folders.flatMap((folder) => {
    const name = folder.split('/')[1] as string;
    const line = new RegExp(
      `^[\\s|*\`[-]*(?:${folder}|${name})(?:[\`/|\\s,·\\]]|$)|[·,]\\s*\`?${name}\`?(?=\\s*(?:[·,|]|$|\\s{2}))`,
      'm',
    );
    const unknown = line.test(architecture) ? [] : [{ path: 'ARCHITECTURE.md', message: `does not name ${folder}` }];
    const isPackage = paths.includes(`${folder}/package.json`);
    if (!isPackage || paths.includes(`${folder}/README.md`)) return unknown;
    return [...unknown, { path: folder, message: 'has no README.md' }];
  });
}

export function scriptFindings(documents: readonly SourceFile[], scripts: readonly string[]): readonly Finding[] {
  return documents.flatMap((file) =>
    file.text.split('\n').flatMap((text, index) =>
      [...text.matchAll(/\bnpm (?:run (?:-s )?([\w:-]+)|(start|test)\b)/g)]
        .map((match) => (match[1] ?? match[2]) as string)
        .filter((script) => !scripts.includes(script))
        .map((script) => ({
          path: file.path,
          line: index + 1,
          message: `names the npm script ${script}, which is not there`,
        })),
    ),
  );
}

/** The first page shows the two commands that a newcomer needs. */
export function frontFindings(documents: readonly SourceFile[]): readonly Finding[] {
  const front = documents.find((file) => file.path === 'README.md');
  if (front === undefined) return [{ path: 'README.md', message: 'is missing' }];
  return ['npm start', 'npm test']
    .filter((command) => !front.text.includes(command))
    .map((command) => ({ path: front.path, message: `does not show ${command}` }));
}

const READS = /\benv(?:\.|\[['"])([A-Z][A-Z0-9_]+)\b|['"]([A-Z][A-Z0-9]*(?:_[A-Z0-9]+)+)['"]/g;

/** Files whose upper-case words are names of settings. */
export const isSettings = (path: string): boolean =>
  /^(?:shared\/runtime|services\/[^/]+|deploy\/standalone)\/src\/(?:.*\/)?(?:settings|config|environment)[^/]*(?:\/[^/]+)*\.ts$/.test(
    path,
  ) && !path.endsWith('.test.ts');

export function settingFindings(files: readonly SourceFile[], documents: readonly SourceFile[]): readonly Finding[] {
  const rows = documents
    .flatMap((file) => file.text.split('\n').filter((line) => /^\s*\|.*\|\s*$/.test(line)))
    .join('\n');
  const written = new Set([...rows.matchAll(/`([A-Z][A-Z0-9_]+)`/g)].map((match) => match[1] as string));
  const endings = [...rows.matchAll(/`<[A-Z]+>(_[A-Z0-9_]+)`/g)].map((match) => match[1] as string);
  const known = (name: string) =>
    written.has(name) || written.has(name.replace(/_FILE$/, '')) || endings.some((ending) => name.endsWith(ending));
  return files.flatMap((file) => {
    const names = [...file.text.matchAll(READS)].map((match) => (match[1] ?? match[2]) as string);
    const isStem = (name: string) => names.some((other) => other.startsWith(`${name}_`));
    return [...new Set(names)]
      .filter((name) => !known(name) && !isStem(name))
      .map((name) => ({ path: file.path, message: `reads ${name}, which is in no table of the documents` }));
  });
}
