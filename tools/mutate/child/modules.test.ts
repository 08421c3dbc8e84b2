/** A text with bugs in it loses its counter, and nothing else. */
import { expect, test } from 'vitest';
import { uncounted } from './modules.ts';

const PLANTED = `function stryCov_9fa48() {
  stryCov_9fa48 = cover;
}
function stryMutAct_9fa48(id) {
}
stryCov_9fa48("1");
`;

test('the counter becomes empty, and its calls stay', () => {
  expect(uncounted(PLANTED)).toBe(`function stryCov_9fa48() {}
function counted_stryCov_9fa48() {
  stryCov_9fa48 = cover;
}
function stryMutAct_9fa48(id) {
}
stryCov_9fa48("1");
`);
});
