/** The four forms of import are seen, at their lines and with their names; what is commented out is not. */
import { expect, test } from 'vitest';
import { importsOf } from './imports-of.ts';
import { zoneOf } from './zone-of.ts';

test('every form of import is seen', () => {
  const source = [
    "import a, { b as c, type D } from 'one';",
    "import type { E } from 'two';",
    "import 'three';",
    "export { f } from 'four';",
    "export * from 'five';",
    "const g = await import('six');",
    'import {',
    '  h,',
    "} from 'seven';",
  ].join('\n');
  expect(importsOf(source)).toEqual([
    { specifier: 'one', line: 1, names: ['b', 'D'] },
    { specifier: 'two', line: 2, names: ['E'] },
    { specifier: 'three', line: 3, names: ['*'] },
    { specifier: 'four', line: 4, names: ['f'] },
    { specifier: 'five', line: 5, names: ['*'] },
    { specifier: 'six', line: 6, names: ['*'] },
    { specifier: 'seven', line: 9, names: ['h'] },
  ]);
});

test('comments and text are not imports', () => {
  const source =
    "// import 'a';\n/*\nimport 'b';\n*/\nconst url = 'https://x.example'; // from 'c'\nexport const d = 'e';\n";
  expect(importsOf(source)).toEqual([]);
});

test('a file belongs to the zone of its folder (T1)', () => {
  const zones = [
    'shared/kernel/src/a.ts',
    'shared/kernel/src/a.test.ts',
    'services/x/src/domain/a.ts',
    'services/x/src/main.ts',
  ];
  expect(zones.map((path) => zoneOf(path)?.name)).toEqual(['kernel', 'unit-tests', 'service-domain', 'service-rest']);
  expect(zoneOf('elsewhere/a.ts')).toBeUndefined();
});
