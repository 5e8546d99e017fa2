import { describe, expect, it } from 'vitest';
import { toStatus } from '../../bridge/presence/presence.ts';

const words = (availability: string | null, activity: string | null = availability, outOfOffice = false) =>
  toStatus({ availability, activity, outOfOffice });

describe("Graph's words as a status", () => {
  it.each([
    ['Available', 'Available', 'available'],
    ['AvailableIdle', 'Inactive', 'available'],
    ['Busy', 'InACall', 'call'],
    ['Busy', 'InAConferenceCall', 'call'],
    ['Busy', 'InAMeeting', 'meeting'],
    ['Busy', 'Busy', 'busy'],
    ['BusyIdle', 'Inactive', 'busy'],
    ['DoNotDisturb', 'Presenting', 'presenting'],
    ['DoNotDisturb', 'DoNotDisturb', 'dnd'],
    ['DoNotDisturb', 'UrgentInterruptionsOnly', 'dnd'],
    ['DoNotDisturb', 'Focusing', 'focusing'],
    ['Away', 'Away', 'away'],
    ['BeRightBack', 'BeRightBack', 'brb'],
    ['Offline', 'OffWork', 'offline'],
    ['Available', 'OutOfOffice', 'ooo'],
    ['outOfOffice', null, 'ooo'],
    ['inACall', null, 'call'],
    ['inAMeeting', 'busy', 'meeting'],
    ['focusing', 'available', 'focusing'],
    ['PresenceUnknown', 'PresenceUnknown', 'unknown'],
    ['Blocked', 'Something', 'unknown'],
    ['constructor', '__proto__', 'unknown'],
    [null, null, 'unknown'],
  ])('%s / %s is %s, in any case of letters', (availability, activity, status) => {
    expect(words(availability, activity)).toBe(status);
    expect(words(availability?.toUpperCase() ?? null, activity?.toLowerCase() ?? null)).toBe(status);
  });

  it('shows out of office unless somebody is busy', () => {
    expect(words('Available', 'Available', true)).toBe('ooo');
    expect(words('Offline', 'OffWork', true)).toBe('ooo');
    expect(words('Busy', 'InACall', true)).toBe('call');
    expect(words('Busy', 'Busy', true)).toBe('busy');
    expect(words('DoNotDisturb', 'DoNotDisturb', true)).toBe('dnd');
  });
});
