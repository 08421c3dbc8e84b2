/** What an outlook says of a known load, to the ninth digit, and by which rules it may not go: who speaks alone, what is not judged, the ceiling. */
import { expect, test } from 'vitest';
import { wavyLoad } from '../loads.fixture.ts';
import { createOutlook, horizonsFor } from './outlook.ts';

/** Half hours: nine days are 432 samples, and the models that look back a day and a week have a say. */
const STEP_S = 1_800;
const LOADS = wavyLoad(5, 9, STEP_S).map((load, i) => (i % 61 === 17 ? Number.NaN : load));

const rounded = (value: number): number => Number(value.toPrecision(9));
function fed(loads: Iterable<number>, only?: Parameters<typeof createOutlook>[2]) {
  const outlook = createOutlook(STEP_S, [1, 3], only);
  for (const load of loads) outlook.observe(load);
  return outlook;
}
/** The middle, chances around it, the say of each model, and what was measured. */
function figures(outlook: ReturnType<typeof fed>): readonly string[] {
  return [0, 1].map((index) => {
    const middle = outlook.middle(index);
    const over = [0.5, 0.9, 1, 1.1, 1.5].map((share) => outlook.over(index, share * middle));
    const [weights, quality] = [Object.values(outlook.weights(index)), Object.values(outlook.quality(index))];
    return [[middle], over, weights, quality].map((part) => part.map(rounded).join(' ')).join(' | ');
  });
}

test('golden: the figures of a known load are those that were reviewed, after a day, before a week and after it', () => {
  expect([60, 320, 432].flatMap((count) => figures(fed(LOADS.subarray(0, count))))).toEqual([
    '225.185243 | 1 0.969377358 0.487909194 0.00623123125 0.00623123125 | 0.0112550021 0.29447587 0.324864683 0.369404446 | 58 0.381509299 0.189655172',
    '215.431546 | 0.994952154 0.98372385 0.729499705 0.443183227 0.00642209597 | 0.00529361322 0.331568796 0.331568796 0.331568796 | 56 0.480095579 0.196428571',
    '35.6931344 | 0.999925396 0.987493647 0.476914822 0.0188559657 0.00156053436 | 0.88038991 0.102805717 0.00755621905 0.00924815391 | 314 0.299743255 0.0477707006',
    '25.5039494 | 0.996649854 0.651712657 0.288514437 0.0954152046 0.00842188484 | 0.0205484586 0.958966815 0.0132496987 0.00723502764 | 312 0.272495038 0.0384615385',
    '131.502164 | 0.999885948 0.961867949 0.471273773 0.00963181551 0.000815516041 | 0.887388004 0.00621997594 0.0599367281 0.0464552916 | 424 0.286311372 0.0424528302',
    '155.112381 | 0.999924691 0.976281351 0.662083175 0.266721651 0.000908671966 | 0.489062246 0.360490605 0.0395765228 0.110870626 | 422 0.240094897 0.0331753555',
  ]);
});

test('golden: curves of a known load begin at its middle and end where nothing more is won', () => {
  const curves = fed(LOADS).curves(10);
  expect(curves.map(({ steps, from, stride, over }) => `${steps}: ${from} by ${stride}, ${over.length}`)).toEqual([
    '1: 14 by 1, 24',
    '3: 16 by 1, 19',
  ]);
});

test('one model that is to speak alone has all the weight and the middle, whatever the others say', () => {
  const alone = fed(LOADS.subarray(0, 200), 'as yesterday');
  expect(alone.weights(0)).toEqual({ regression: 0, 'as yesterday': 1, 'time of day': 0, 'as last week': 0 });
  // The newest value changed as it changed a day ago, on the scale of roots.
  const root = (index: number) => Math.sqrt(LOADS[index] as number);
  expect(alone.middle(0)).toBeCloseTo((root(199) + root(152) - root(151)) ** 2, 9);
  expect(alone.middle(1)).toBeCloseTo((root(199) + root(154) - root(151)) ** 2, 9);
  const week = fed(LOADS.subarray(0, 430), 'as last week');
  expect(week.middle(0)).toBeCloseTo((root(429) + root(94) - root(93)) ** 2, 9);
  expect(fed(LOADS.subarray(0, 336), 'as last week').middle(0)).toBeCloseTo(LOADS[335] as number, 9);
  expect(fed(LOADS.subarray(0, 48), 'as yesterday').middle(0)).toBeCloseTo(LOADS[47] as number, 9);
  expect(fed(LOADS.subarray(0, 48), 'time of day').middle(0)).toBeCloseTo(LOADS[47] as number, 9);
  // On the second day a time of day is the mean of the value of the first and the one before it.
  expect(fed(LOADS.subarray(0, 52), 'time of day').middle(0)).toBeCloseTo(((root(4) + root(3)) / 2) ** 2, 9);
});

test('a forecast is judged when its value comes, once, and not at all when something that is no load lies between', () => {
  const count = (loads: Iterable<number>, index = 0): number => fed(loads).quality(index).count;
  expect([1, 2, 3, 4, 5].map((known) => count(LOADS.subarray(0, known)))).toEqual([0, 1, 2, 3, 4]);
  expect([3, 4, 5].map((known) => count(LOADS.subarray(0, known), 1))).toEqual([0, 1, 2]);
  const forgot = fed(LOADS.subarray(0, 10));
  forgot.forget();
  for (const load of LOADS.subarray(10, 14)) forgot.observe(load);
  expect([forgot.quality(0).count, forgot.quality(1).count]).toEqual([9 + 3, 7 + 1]);
});

test('a missing value is judged by nobody and the one before it stands in; before the first there is none (O3)', () => {
  const outlook = fed([Number.NaN, Number.NaN, 9, 16, Number.NaN]);
  expect([outlook.observed(), outlook.quality(0).count]).toEqual([3, 1]);
  const stood = fed([9, 16, 16]);
  expect(outlook.middle(0)).toBe(stood.middle(0));
});

test('nothing is forecast above the ceiling of the past (O4)', () => {
  const outlook = fed([...new Array<number>(150).fill(4), 100, 400]);
  // The last leap was from 10 to 20, fourfold: the ceiling is four times 400.
  expect(outlook.over(0, 1_599.9)).toBeGreaterThanOrEqual(0);
  expect(outlook.over(0, 10_000.1)).toBe(0);
  const calm = fed(new Array<number>(200).fill(100));
  expect([calm.over(0, 150.01), calm.middle(0)]).toEqual([0, expect.closeTo(100, 6)]);
  expect(fed([0, 0, 0]).middle(0)).toBe(0);
});

test('what is put right was never another load', () => {
  const outlook = fed([...LOADS.subarray(0, 60), 400, 400]);
  outlook.correct(100, 2);
  outlook.observe(100);
  const after = outlook.middle(0);
  expect(after).toBeLessThan(200);
});

test('horizons: the running interval, the ends of the start-up delay, the end of what lies beyond it, and shares between', () => {
  expect(horizonsFor(0, 300, 300)).toEqual([1, 2]);
  expect(horizonsFor(600, 300, 300)).toEqual([1, 2, 3, 4]);
  expect(horizonsFor(600, 60, 300)).toEqual([1, 3, 6, 11, 12, 14, 16]);
  expect(horizonsFor(3_600, 60, 21_600)).toEqual([1, 15, 31, 61, 151, 241, 421]);
});
