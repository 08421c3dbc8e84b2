import { expect, test } from 'vitest';
import { provisionerRoutes, type RouteParts } from '../routes.ts';

test('what the documentation shows as a body to send is taken by its route', () => {
  const routes = provisionerRoutes({} as RouteParts, ['minio']);
  const wrong: string[] = [];
  let shown = 0;
  for (const { method, path, request, example } of routes) {
    if (request?.body === undefined || example === undefined) continue;
    shown += 1;
    const { error } = request.body.safeParse(example);
    if (error) wrong.push(`${method} ${path}: ${error.message}`);
  }
  expect(wrong).toEqual([]);
  expect(shown).toBeGreaterThanOrEqual(5);
});
