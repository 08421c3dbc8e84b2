/**
 * The rules of the house over the whole tree, grouped as `npm run check` shows them. The rules themselves are pure; this is the
 * one place that reads files for them.
 */
import { existsSync } from 'node:fs';
import { stale } from '../layers/write.ts';
import { type Judged, judgedFaults } from '../mutate/judged.ts';
import { ROOT, readText, sourceFiles, treeFiles } from '../source-files.ts';
import { frontFindings, isSettings, packageFindings, scriptFindings, settingFindings } from './docs-in-step.ts';
import { headerFindings, lengthFindings, nameFindings } from './file-shape.ts';
import type { Finding, SourceFile } from './finding.ts';
import { importFindings } from './import-rules.ts';
import { leftoverFindings, suppressionFindings } from './leftovers.ts';
import { linkFindings } from './links.ts';
import { timeFindings } from './times.ts';

export interface Rule {
  readonly name: string;
  find(): readonly Finding[];
}

const load = (paths: readonly string[]): readonly SourceFile[] => paths.map((path) => ({ path, text: readText(path) }));

const code = (): readonly SourceFile[] => load(sourceFiles());
const documents = (): readonly SourceFile[] => load(treeFiles().filter((path) => path.endsWith('.md')));

const BINARY = /\.(png|jpe?g|gif|ico|woff2?|zip|gz|jar|db|pdf)$/;

function docsInStep(): readonly Finding[] {
  const found = documents();
  const architecture = found.find((file) => file.path === 'ARCHITECTURE.md')?.text ?? '';
  const { scripts } = JSON.parse(readText('package.json')) as { scripts: Record<string, string> };
  return [
    ...packageFindings(treeFiles(), architecture),
    ...frontFindings(found),
    ...scriptFindings(found, Object.keys(scripts)),
    ...settingFindings(load(treeFiles().filter(isSettings)), found),
    ...linkFindings(found, (path) => existsSync(`${ROOT}/${path}`)),
  ];
}

const JUDGED = /^tools\/mutate\/judged\/.+\.json$/;

/** A verdict on a planted bug that nobody can plant any more is misleading. */
const judgedBugs = (): readonly Finding[] =>
  load(treeFiles().filter((path) => JUDGED.test(path))).flatMap(({ path, text }) =>
    judgedFaults(JSON.parse(text) as readonly Judged[]).map(({ judged, fault }) => ({
      path,
      line: text.slice(0, text.indexOf(JSON.stringify(judged))).split('\n').length,
      message: `${fault} (npm run mutate -- --judge drops it)`,
    })),
  );

export const HOUSE_RULES: readonly Rule[] = [
  {
    name: 'imports',
    find: () => [
      ...stale().map((path) => ({ path, message: 'does not follow tools/layers/table.ts: npm run layers' })),
      ...importFindings(code().filter((file) => !file.path.startsWith('.'))),
    ],
  },
  {
    name: 'file shape',
    find: () => {
      const files = code();
      return [...files.flatMap(headerFindings), ...lengthFindings(files), ...nameFindings(files)];
    },
  },
  {
    name: 'leftovers',
    find: () => [
      ...leftoverFindings(load(treeFiles().filter((path) => !BINARY.test(path)))),
      ...suppressionFindings(code()),
    ],
  },
  { name: 'times', find: () => code().flatMap(timeFindings) },
  { name: 'docs in step', find: docsInStep },
  { name: 'judged bugs', find: judgedBugs },
];
