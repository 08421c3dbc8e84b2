/**
 * Models without parameters: the day before, the week before, the shape of the last week with what is different just now, that of two
 * weeks, and that of the days of the target's kind, working or weekend. Shapes are medians: sums of absolute errors are least there.
 *
 * 1. They need no learning and are right from the second day on; the learned ones must beat them to be heard.
 */
import { bound } from '@leasehold/kernel';
import type { Past } from './past.ts';
import { alikeMedian, LONG_DAYS, PROFILE_DAYS, profileMedian, repeatDay, repeatWeek } from './past.ts';
import type { Model } from './port.ts';

const nothing = () => {};

/** Steps after which a present deviation from the shape has faded to 1/e: an eighth of a day. */
const FADING_SHARE = 1 / 8;

export function createPlainModels(past: Past): readonly Model[] {
  const shape = createShape(past);
  const shapeAt = shape.at;
  return [
    {
      name: 'seasonal-naive-day',
      say: 'always',
      learn: nothing,
      carry: shape.forget,
      predict: (steps) => past.scale.from(repeatDay(past, past.last(), past.last() + steps)),
    },
    {
      name: 'seasonal-naive-week',
      say: 'always',
      learn: nothing,
      carry: nothing,
      predict: (steps) => past.scale.from(repeatWeek(past, past.last(), past.last() + steps)),
    },
    {
      name: 'profile',
      say: 'always',
      learn: nothing,
      carry: nothing,
      predict: (steps) => past.scale.from(shapeAt(past.last() + steps)),
    },
    fadingProfile(past, shape),
    ...shiftedProfiles(past, shape),
    {
      name: 'profile-long',
      say: 'always',
      learn: nothing,
      carry: nothing,
      predict: (steps) => past.scale.from(profileMedian(past, past.last(), past.last() + steps, LONG_DAYS, 0)),
    },
    {
      name: 'profile-alike',
      say: 'always',
      learn: nothing,
      carry: nothing,
      predict: (steps) => past.scale.from(alikeMedian(past, past.last(), past.last() + steps)),
    },
  ];
}

/** The profile, plus the present deviation from it, which fades: a damped error correction. */
export function fadingProfile(past: Past, { at: shapeAt, forget }: Shape = createShape(past)): Model {
  const fading = past.calendar.day * FADING_SHARE;
  return {
    name: 'profile-fading',
    // Far ahead it has faded to the old level: how well it tells the next hours is no proof there.
    say: 'measured',
    learn: nothing,
    carry: forget,
    predict: (steps) => {
      const now = past.last();
      const deviation = past.mean(now - 2, now, now) - shapeAt(now);
      return past.scale.from(shapeAt(now + steps) + deviation * Math.exp(-steps / fading));
    },
  };
}

/** Where the shape is next to nothing just now, what there is would be any number of times as high, and so would be the whole day. */
const MOST_TIMES_SCALED = bound('times that a profile is scaled', 20);

const SHIFTED = { say: 'shifted', learn: nothing, carry: nothing } as const;

/** The profile at the level of the newest values: as far from them as its own level is, and as many times as high, up to a bound. */
function shiftedProfiles(past: Past, { at: shapeAt }: Shape): readonly Model[] {
  const present = (): number => past.mean(past.last() - 2, past.last(), past.last());
  const moved = (steps: number): number => shapeAt(past.last() + steps) + present() - shapeAt(past.last());
  const scaled = (steps: number): number => {
    const shapeNow = shapeAt(past.last());
    if (shapeNow <= 0) return moved(steps);
    const target = shapeAt(past.last() + steps);
    return Math.min((target * present()) / shapeNow, MOST_TIMES_SCALED.value * target);
  };
  return [
    { ...SHIFTED, name: 'profile-moved', predict: (steps) => past.scale.from(moved(steps)) },
    { ...SHIFTED, name: 'profile-scaled', predict: (steps) => past.scale.from(scaled(steps)) },
  ];
}

interface Shape {
  at(target: number): number;
  forget(): void;
}

/** The median of the last seven days at the target's time of day; that at the present and the one asked last are kept. */
function createShape(past: Past): Shape {
  let [now, present] = [-1, 0];
  let [askedAt, asked, answer] = [-1, 0, 0];
  const median = (target: number) => profileMedian(past, past.last(), target, PROFILE_DAYS, past.calendar.unit);
  const at = (target: number) => {
    const last = past.last();
    if (target === last) {
      if (now !== last) [now, present] = [last, median(target)];
      return present;
    }
    if (askedAt !== last || asked !== target) [askedAt, asked, answer] = [last, target, median(target)];
    return answer;
  };
  const forget = () => {
    [now, askedAt] = [-1, -1];
  };
  return { at, forget };
}
