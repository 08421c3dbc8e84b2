import { expect, test } from 'vitest';
import { asciiLower } from './ascii.ts';

test('the letters A to Z alone change their case', () => {
  expect(asciiLower('ACME-Zz-09')).toBe('acme-zz-09');
  expect(asciiLower('\u212Aelvin \u0130 \u017F \u00C4 \u03A3')).toBe('\u212Aelvin \u0130 \u017F \u00C4 \u03A3');
});
