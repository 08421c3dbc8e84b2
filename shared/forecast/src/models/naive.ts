/**
 * Models without parameters: the day before, the week before, and the shape of the last week with what is different just now.
 *
 * 1. They need no learning and are right from the second day on; the learned ones must beat them to be heard.
 */
import type { Past } from './past.ts';
import { PROFILE_DAYS, profileMedian, repeatDay, repeatWeek } from './past.ts';
import type { Model } from './port.ts';

const nothing = () => {};

export const seasonalNaiveDay = (past: Past): Model => ({
  name: 'seasonal-naive-day',
  learn: nothing,
  predict: (steps) => past.scale.from(repeatDay(past, past.last(), past.last() + steps)),
});

export const seasonalNaiveWeek = (past: Past): Model => ({
  name: 'seasonal-naive-week',
  learn: nothing,
  predict: (steps) => past.scale.from(repeatWeek(past, past.last(), past.last() + steps)),
});

/** The median of the last seven days at this time of day. */
export const weekProfile = (past: Past): Model => ({
  name: 'profile',
  learn: nothing,
  predict: (steps) =>
    past.scale.from(profileMedian(past, past.last(), past.last() + steps, PROFILE_DAYS, past.calendar.unit)),
});

/** Steps after which a present deviation from the shape has faded to 1/e: an eighth of a day. */
const FADING_SHARE = 1 / 8;

/** The profile, plus the present deviation from it, which fades: a damped error correction. */
export function fadingProfile(past: Past): Model {
  const { day, unit } = past.calendar;
  const shape = (target: number) => profileMedian(past, past.last(), target, PROFILE_DAYS, unit);
  return {
    name: 'profile-fading',
    learn: nothing,
    predict: (steps) => {
      const now = past.last();
      const deviation = past.mean(now - 2, now, now) - shape(now);
      return past.scale.from(shape(now + steps) + deviation * Math.exp(-steps / (day * FADING_SHARE)));
    },
  };
}
