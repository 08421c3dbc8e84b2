import { expect, test } from 'vitest';
import { loadDecompose } from './augurs.ts';

test('the package finds a daily season and carries it on', async () => {
  const decompose = await loadDecompose();
  const values = Float64Array.from({ length: 240 }, (_, i) => 50 + 20 * Math.sin((i * Math.PI) / 12) + (i % 5) / 10);
  const ahead = decompose(values, [24], 24);
  expect(ahead.length).toBe(24);
  for (let i = 0; i < 24; i++)
    expect(Math.abs((ahead[i] as number) - (50 + 20 * Math.sin((i * Math.PI) / 12)))).toBeLessThan(2);
});

test('what it cannot fit it throws, and can be asked again', async () => {
  const decompose = await loadDecompose();
  expect(() => decompose(Float64Array.from([1, 2, 3]), [24], 2)).toThrow();
  expect(decompose(new Float64Array(96).fill(5), [24], 2)[0]).toBeCloseTo(5, 3);
});
