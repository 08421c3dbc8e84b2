/** The budget of changes: what is earned and spent, its bounds, and how long it may keep a number alone. */
import { expect, test } from 'vitest';
import { createBudget } from './budget.ts';

test('three changes to begin with; one of the yardstick earns a little less than one of ours spends (B1)', () => {
  const budget = createBudget();
  expect(budget.left()).toBe(3);
  budget.spend();
  expect(budget.left()).toBe(2);
  budget.earn();
  expect(budget.left()).toBeCloseTo(2.97, 9);
});

test('savings end at forty, and debts at twenty (B1, B3)', () => {
  const budget = createBudget();
  for (let i = 0; i < 50; i++) budget.earn();
  expect(budget.left()).toBe(40);
  for (let i = 0; i < 61; i++) budget.spend();
  expect(budget.left()).toBe(-20);
});

test('who was held by the budget alone for an hour on end has one change, and no more than that (B4)', () => {
  const budget = createBudget();
  for (let i = 0; i < 10; i++) budget.spend();
  for (let i = 0; i < 59; i++) budget.hold(true, 60);
  expect(budget.left()).toBe(-7);
  budget.hold(true, 60);
  expect(budget.left()).toBe(1);
  budget.hold(false, 60);
  expect(budget.left()).toBe(-7);
  budget.hold(true, 60);
  expect(budget.left()).toBe(-7);
});

test('a saving is not cut down to one by an hour of waiting (B4)', () => {
  const budget = createBudget();
  budget.hold(true, 3_600);
  expect(budget.left()).toBe(3);
});
