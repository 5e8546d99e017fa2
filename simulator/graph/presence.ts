/** The presence resource on Graph's wire ("presence resource type", v1.0). */
export interface Presence {
  id: string;
  availability: string | null;
  activity: string | null;
  outOfOfficeSettings: { message: string | null; isOutOfOffice: boolean };
  statusMessage: null;
  workLocation: null;
  /** Grows with each change, in lexicographic order. */
  sequenceNumber: string;
}

export interface PresenceChange {
  availability: string | null;
  activity: string | null;
  /** Left as it is when absent. */
  outOfOffice?: boolean;
}

export interface PresenceBoard {
  /** Offline is what a user without any session reads as. */
  read(userId: string): Presence;
  /** Returns the presence after the change; listeners hear of it only if something did change. */
  set(userId: string, change: PresenceChange): Presence;
  /** Calls on each change, saying which words differ; the result ends it. */
  onChange(
    listener: (presence: Presence, what: { words: boolean; outOfOffice: boolean }) => void,
  ): () => void;
}

// Documented sample values look like "A0129311063".
const firstSequence = 129_311_063;

/** Who is in which presence. */
export function createPresenceBoard(): PresenceBoard {
  const board = new Map<string, Presence>();
  const listeners = new Set<Parameters<PresenceBoard['onChange']>[0]>();
  let sequence = firstSequence;

  const stamp = () => `A${String(sequence++).padStart(10, '0')}`;

  function read(userId: string): Presence {
    const known = board.get(userId);
    if (known) return known;
    const fresh = present(userId, { availability: 'Offline', activity: 'Offline', outOfOffice: false });
    board.set(userId, fresh);
    return fresh;
  }

  function present(id: string, change: Required<PresenceChange>): Presence {
    return {
      id,
      availability: change.availability,
      activity: change.activity,
      outOfOfficeSettings: {
        message: change.outOfOffice ? 'I am out of the office.' : null,
        isOutOfOffice: change.outOfOffice,
      },
      statusMessage: null,
      workLocation: null,
      sequenceNumber: stamp(),
    };
  }

  return {
    read,
    set(userId, change) {
      const before = read(userId);
      const wasOut = before.outOfOfficeSettings.isOutOfOffice;
      const isOut = change.outOfOffice ?? wasOut;
      const words = before.availability !== change.availability || before.activity !== change.activity;
      if (!words && isOut === wasOut) return before;
      const after = present(userId, { ...change, outOfOffice: isOut });
      board.set(userId, after);
      for (const listener of listeners) listener(after, { words, outOfOffice: isOut !== wasOut });
      return after;
    },
    onChange(listener) {
      listeners.add(listener);
      return () => listeners.delete(listener);
    },
  };
}

/** What Graph answers where it finds no user behind the id, or a principal name in its place. */
export function unknownPresence(id: string): Presence {
  const outOfOfficeSettings = { message: null, isOutOfOffice: false };
  const words = { availability: 'PresenceUnknown', activity: 'PresenceUnknown' };
  return {
    id,
    ...words,
    outOfOfficeSettings,
    statusMessage: null,
    workLocation: null,
    sequenceNumber: 'A0000000000',
  };
}
