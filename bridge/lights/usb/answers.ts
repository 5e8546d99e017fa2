/** What a device that answers makes known: whether it is heard, takes what it is sent, and shows what it was told. */
import type { Clock } from '../../../protocol/clock.ts';
import type { Show } from '../../../protocol/show.ts';
import { differs, type Said } from '../said.ts';
import type { UsbProtocol } from './protocol.ts';

/** So long it has to say something. */
const answerMs = 5_000;

const troubles = {
  silent: {
    begins: 'does not answer, and it is not known what it shows: is it another kind of device?',
    ends: 'answers again',
  },
  refused: {
    begins: 'refuses what it is sent: is its firmware old?',
    ends: 'takes what it is sent again',
  },
  differs: {
    begins: 'shows something else than it is told, also when told again: does an app set it, too?',
    ends: 'shows what it is told again',
  },
} as const;

export interface Answers {
  /** What is wrong, as the last answer, or none, has it. */
  error(): keyof typeof troubles | null;
  /** What it said that it shows, while that differs. */
  said(): Said;
  /** A picture or a show is about to be sent. */
  wrote(): void;
  question(): void;
  hear(line: string): void;
  /** Opened or lost: what was asked before has no answer any more. */
  forget(): void;
}

export function createAnswers(options: {
  clock: Clock;
  protocol: () => UsbProtocol | undefined;
  shown: () => Show | undefined;
  ask: (bytes: Buffer) => void;
  /** Sends again what it should show. */
  restate: () => void;
  begins: (sentence: string) => void;
  ends: (sentence: string) => void;
  /** Something was heard that is to be told of. */
  onHeard: () => void;
  /** It speaks otherwise from now on, and is to be told in that way. */
  onOther: () => void;
}): Answers {
  const { clock } = options;
  /** How many were sent so far, when one was last refused, and when it was last asked. */
  let writes = 0;
  let refusedAt = 0;
  let askedAt = 0;
  /** It said that it shows something else, and was told again. */
  let retold = false;
  let said: Said = {};
  let error: keyof typeof troubles | null = null;
  let cancelAnswer: (() => void) | undefined;

  function expectOne(): void {
    askedAt = writes;
    cancelAnswer ??= clock.after(answerMs, () => {
      cancelAnswer = undefined;
      troubled('silent');
    });
  }

  function question(): void {
    const bytes = options.protocol()?.ask;
    if (!bytes) return;
    // First, as an answer may be there before the call returns.
    expectOne();
    options.ask(bytes);
  }

  function troubled(what: keyof typeof troubles): void {
    if (error === what) return;
    error = what;
    options.begins(troubles[what].begins);
    options.onHeard();
  }

  /** Told once more before it is called wrong. What was said before the newest show proves nothing. */
  function isRight(answer: Said, isNews: boolean): boolean {
    const show = options.shown();
    if (!isNews || !show) return error !== 'differs';
    if (!differs(show, answer)) {
      retold = false;
      return true;
    }
    said = answer;
    if (retold) troubled('differs');
    else {
      retold = true;
      options.restate();
      question();
    }
    return false;
  }

  return {
    error: () => error,
    said: () => said,
    wrote() {
      writes++;
      const { hear, ask } = options.protocol() ?? {};
      if (hear && !ask) expectOne();
    },
    question,
    hear(line) {
      const answer = options.protocol()?.hear?.(line);
      if (!answer) return;
      const wasAsked = cancelAnswer !== undefined;
      cancelAnswer?.();
      cancelAnswer = undefined;
      if (answer === 'refused') {
        refusedAt = writes;
        troubled('refused');
        return;
      }
      // An answer to something else takes no refusal back: only one after it was told again, and did not refuse.
      if (error === 'refused' && !(wasAsked && askedAt > refusedAt)) return;
      if (typeof answer === 'object' && !isRight(answer, wasAsked && askedAt === writes)) return;
      if (error) options.ends(troubles[error].ends);
      error = null;
      if (answer === 'other') options.onOther();
      options.onHeard();
    },
    forget() {
      cancelAnswer?.();
      cancelAnswer = undefined;
      error = null;
      retold = false;
    },
  };
}
