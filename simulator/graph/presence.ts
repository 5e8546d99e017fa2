/** The presence resource on Graph's wire ("presence resource type", v1.0). */
export interface Presence {
  id: string;
  availability: string | null;
  activity: string | null;
  outOfOfficeSettings: { message: string | null; isOutOfOffice: boolean };
  statusMessage: StatusMessage | null;
  workLocation: null;
  /** Grows with each change, in lexicographic order. */
  sequenceNumber: string;
}

/** As others read it: when it ends is shown to its owner only ("presence: setStatusMessage"). */
export interface StatusMessage {
  message: { content: string; contentType: 'text' };
}

export interface Words {
  availability: string;
  activity: string;
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
  /** Lays preferred words over what the sessions say, or takes them away ("presence: setUserPreferredPresence"). */
  prefer(userId: string, words: Words | undefined): void;
  /** Sets the status message, or none; nobody is notified. */
  say(userId: string, text: string | undefined): void;
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
  /** What the sessions of a user say, while preferred words lie over it. */
  const sessions = new Map<string, PresenceChange>();
  const preferred = new Map<string, Words>();
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
      statusMessage: board.get(id)?.statusMessage ?? null,
      workLocation: null,
      sequenceNumber: stamp(),
    };
  }

  /** Preferred words count while there is a session ("Manage presence state"). */
  function over(userId: string, change: PresenceChange): PresenceChange {
    sessions.set(userId, change);
    const words = change.availability === 'Offline' ? undefined : preferred.get(userId);
    return { ...change, ...words };
  }

  const all: PresenceBoard = {
    read,
    set(userId, session) {
      const before = read(userId);
      const change = over(userId, session);
      const wasOut = before.outOfOfficeSettings.isOutOfOffice;
      const isOut = change.outOfOffice ?? wasOut;
      const words = before.availability !== change.availability || before.activity !== change.activity;
      if (!words && isOut === wasOut) return before;
      const after = present(userId, { ...change, outOfOffice: isOut });
      board.set(userId, after);
      for (const listener of listeners) listener(after, { words, outOfOffice: isOut !== wasOut });
      return after;
    },
    prefer(userId, words) {
      const { availability, activity } = read(userId);
      const session = sessions.get(userId) ?? { availability, activity };
      if (words) preferred.set(userId, words);
      else preferred.delete(userId);
      all.set(userId, session);
    },
    say(userId, text) {
      const statusMessage =
        text === undefined ? null : { message: { content: text, contentType: 'text' as const } };
      board.set(userId, { ...read(userId), statusMessage });
    },
    onChange(listener) {
      listeners.add(listener);
      return () => listeners.delete(listener);
    },
  };
  return all;
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
