/**
 * The parts of testing are imported by subpath (`./world`, `./suites/*`, `./fakes/*`), so that a package loads only what it
 * uses. Here is what is small enough for everybody.
 */
export { PROFILE_NAMES, type ProfileName } from './world/profile.ts';
