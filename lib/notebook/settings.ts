import { GradbookError, sharedState } from '../runtime';

/** The settings of a notebook: seconds, minutes on two cores, and the report's own numbers. */
export interface Profiles<T> {
  smoke: T;
  quick: T;
  full: T;
}

const state = sharedState('notebook-profile', () => ({ profile: null as string | null }));

/** The profile that `settings` was last called with in this process; null before. */
export function currentProfile(): string | null {
  return state.profile;
}

/**
 * Picks a profile's settings, and lets single ones be set from outside. From then on `expect` knows
 * the profile: in `smoke` it judges no bound.
 *
 * @param profile `smoke`, `quick` or `full`
 * @param profiles the settings of each
 * @param overrides what wins over them; 0, '' and undefined stand for the profile's own
 * @throws GradbookError `unknown-profile`
 */
export function settings<T extends object>(
  profile: string,
  profiles: Profiles<T>,
  overrides: Partial<T> = {},
): T {
  const names = Object.keys(profiles);
  if (!names.includes(profile)) {
    throw new GradbookError(
      `unknown profile: ${profile}. Choose one of ${names.join(', ')}`,
      'unknown-profile',
    );
  }
  state.profile = profile;
  const chosen = { ...profiles[profile as keyof Profiles<T>] };
  for (const [name, value] of Object.entries(overrides)) {
    if (value !== 0 && value !== '' && value !== undefined && value !== null) {
      Object.assign(chosen, { [name]: value });
    }
  }
  return chosen;
}
