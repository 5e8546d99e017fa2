/** The status words of the contract (section 3), and what each looks like by default. */

export const statuses = [
  'available',
  'busy',
  'call',
  'meeting',
  'presenting',
  'dnd',
  'focusing',
  'away',
  'brb',
  'offline',
  'ooo',
  'unknown',
] as const;

export type Status = (typeof statuses)[number];

/** Several people on one light: the first of these that anyone is in wins. */
export const busiestFirst: readonly Status[] = [
  'presenting',
  'dnd',
  'call',
  'focusing',
  'meeting',
  'busy',
  'unknown',
  'ooo',
  'available',
  'away',
  'brb',
  'offline',
];

export type Effect = 'solid' | 'off' | 'pulse' | 'breathe' | 'blink' | 'blink-slow' | 'spin' | 'identify';

/** In one text, which takes a chip less memory than a list. */
export const effectWords = 'solid off pulse breathe blink blink-slow spin identify';
export const effects = /* @__PURE__ */ effectWords.split(' ') as readonly Effect[];

/** `color` is `#rrggbb`; `brightness` is 0 to 1. */
export interface Look {
  color: string;
  effect: Effect;
  brightness: number;
}

export const defaultLooks: Readonly<Record<Status, Look>> = {
  available: { color: '#00ff00', effect: 'solid', brightness: 1 },
  busy: { color: '#ff0000', effect: 'solid', brightness: 1 },
  meeting: { color: '#ff0000', effect: 'solid', brightness: 1 },
  call: { color: '#ff0000', effect: 'pulse', brightness: 1 },
  presenting: { color: '#ff0000', effect: 'blink-slow', brightness: 1 },
  dnd: { color: '#ff0000', effect: 'blink-slow', brightness: 1 },
  focusing: { color: '#ff0000', effect: 'blink-slow', brightness: 1 },
  away: { color: '#ffbf00', effect: 'solid', brightness: 1 },
  brb: { color: '#ffbf00', effect: 'solid', brightness: 1 },
  offline: { color: '#000000', effect: 'off', brightness: 1 },
  ooo: { color: '#a000ff', effect: 'solid', brightness: 1 },
  unknown: { color: '#2040ff', effect: 'breathe', brightness: 1 },
};

const free: Look = { color: '#00d090', effect: 'solid', brightness: 1 };
const busy: Look = { color: '#ff5000', effect: 'blink-slow', brightness: 1 };
const inCall: Look = { color: '#ff5000', effect: 'blink', brightness: 1 };
const away: Look = { color: '#ffd000', effect: 'pulse', brightness: 1 };
const out: Look = { color: '#000000', effect: 'off', brightness: 1 };

/** `colorBlind: true`: six classes that are told apart by their effect alone. */
export const colorBlindLooks: Readonly<Record<Status, Look>> = {
  available: free,
  busy,
  meeting: busy,
  dnd: busy,
  focusing: busy,
  call: inCall,
  presenting: inCall,
  away,
  brb: away,
  offline: out,
  ooo: out,
  unknown: defaultLooks.unknown,
};
