import { expect, test } from 'vitest';
import { settingsDocIsStale } from './settings-doc.ts';

test('docs/settings.md is what the definitions say (else: npm run docs)', () => {
  expect(settingsDocIsStale()).toBe(false);
});
