/** The words that Teams writes, in Graph's older split and spelling, which is what the wire still carries. */

/** Words for `availability`. */
export const availabilities = [
  'Available',
  'AvailableIdle',
  'Away',
  'BeRightBack',
  'Busy',
  'BusyIdle',
  'DoNotDisturb',
  'Offline',
  'PresenceUnknown',
] as const;

/**
 * Words that are an `activity` only, with the availability that goes with each
 * ("Manage presence state using the Microsoft Graph API", table of combinations).
 */
export const activities: Readonly<Record<string, (typeof availabilities)[number]>> = {
  AvailableInactive: 'Available',
  OutOfOffice: 'Available',
  InACall: 'Busy',
  InAConferenceCall: 'Busy',
  InAMeeting: 'Busy',
  Presenting: 'DoNotDisturb',
  Focusing: 'DoNotDisturb',
  UrgentInterruptionsOnly: 'DoNotDisturb',
  Inactive: 'Away',
  OffWork: 'Offline',
};

const everyActivity = [...availabilities, ...Object.keys(activities)];

function spell(words: readonly string[], given: string): string | undefined {
  return words.find((word) => word.toLowerCase() === given.toLowerCase());
}

/**
 * The pair for what a person asked for, in any case. Without an activity it is the same word as the
 * availability; an activity word in the first place brings its availability along. Throws one sentence otherwise.
 */
export function presencePair(
  availability: string,
  activity?: string,
): { availability: string; activity: string } {
  const lone = activity === undefined ? spell(Object.keys(activities), availability) : undefined;
  if (lone) return { availability: activities[lone]!, activity: lone };
  const base = spell(availabilities, availability);
  if (!base) {
    throw new Error(
      `"${availability}" is no availability that Teams knows; use one of ${availabilities.join(', ')}.`,
    );
  }
  const doing = spell(everyActivity, activity ?? base);
  if (!doing) {
    throw new Error(`"${activity}" is no activity that Teams knows; use one of ${everyActivity.join(', ')}.`);
  }
  return { availability: base, activity: doing };
}
