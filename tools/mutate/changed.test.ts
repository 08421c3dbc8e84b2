/** Which lines differ, read from what git prints. */
import { tmpdir } from 'node:os';
import { expect, test } from 'vitest';
import { isCheckout, readDiff } from './changed.ts';

const DIFF = `diff --git shared/a.ts shared/a.ts
--- shared/a.ts
+++ shared/a.ts
@@ -3 +3,2 @@ function a() {
-old
+new
+newer
@@ -9,2 +10,0 @@
-gone
-gone too
@@ -20 +19 @@
-x
+y
diff --git shared/b.ts shared/b.ts
--- /dev/null
+++ shared/b.ts
@@ -0,0 +1,2 @@
+one
+two
`;

test('each file has the numbers of its new lines; lines that are gone have none', () => {
  expect(readDiff(DIFF)).toEqual(
    new Map([
      ['shared/a.ts', new Set([3, 4, 19])],
      ['shared/b.ts', new Set([1, 2])],
    ]),
  );
  expect(readDiff('')).toEqual(new Map());
});

test('a folder without git is no checkout', () => {
  expect(isCheckout(tmpdir())).toBe(false);
});
