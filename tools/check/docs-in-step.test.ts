/** Documents in step with the code, on documents made up for it: C1 packages, C2 scripts, C3 settings, and links. */
import { expect, test } from 'vitest';
import { frontFindings, isSettings, packageFindings, scriptFindings, settingFindings } from './docs-in-step.ts';
import { linkFindings } from './links.ts';

const document = (text: string, path = 'README.md') => ({ path, text });

test('a package has a README.md and a line in ARCHITECTURE.md (C1)', () => {
  const paths = [
    'shared/bus/package.json',
    'shared/bus/README.md',
    'services/one/package.json',
    'deploy/helm/Chart.yaml',
  ];
  const missing = (text: string) => packageFindings(paths, text).map((found) => `${found.path} ${found.message}`);
  expect(missing('```\nshared/\n  bus     port\nservices/one  it\n```\n| `deploy/helm` | charts |\n')).toEqual([
    'services/one has no README.md',
  ]);
  expect(missing('a bus is a bus\n')).toEqual([
    'ARCHITECTURE.md does not name shared/bus',
    'ARCHITECTURE.md does not name services/one',
    'services/one has no README.md',
    'ARCHITECTURE.md does not name deploy/helm',
  ]);
});

test('a script that a document names is there (C2)', () => {
  const text = 'npm start, npm test, `npm run check -- types`\nnpm run nothing\n';
  const found = scriptFindings([document(text)], ['start', 'test', 'check']);
  expect(found.map((each) => each.line)).toEqual([2]);
});

test('the first page shows the two commands (C2)', () => {
  expect(frontFindings([document('`npm start`, then `npm test`')])).toEqual([]);
  expect(frontFindings([document('`npm start`')])).toEqual([{ path: 'README.md', message: 'does not show npm test' }]);
  expect(frontFindings([])).toHaveLength(1);
});

test('a setting that is read stands in a table (C3)', () => {
  const code = {
    path: 'shared/runtime/src/settings/a.ts',
    text: "env.PORT; 'PULSAR_URL'; 'X_TOKEN_FILE'; 'A_CA_FILE'; 'PULSAR';",
  };
  const table = document('| `PORT`, `X_TOKEN` | x |\n| `<BACKEND>_CA_FILE` | x |\n`PULSAR_URL` in prose\n');
  expect(settingFindings([code], [table]).map((found) => found.message)).toEqual([
    'reads PULSAR_URL, which is in no table of the documents',
  ]);
  expect(isSettings('services/one/src/config.ts')).toBe(true);
  expect(isSettings('shared/runtime/src/settings/groups.ts')).toBe(true);
  expect(isSettings('shared/bus/src/bounds.ts')).toBe(false);
});

test('a relative link leads to a file and a heading that are there; code and the web are left alone', () => {
  const text =
    '# One two!\n[a](docs/b.md) [b](#one-two) [c](https://x.example/y) `[d](none.md)`\n[e](none.md) [f](#none)\n';
  const found = linkFindings([document(text)], (path) => path === 'README.md' || path === 'docs/b.md');
  expect(found.map((each) => each.message)).toEqual([
    'links to none.md, which is not there',
    'links to #none, and there is no such heading',
  ]);
});
