/** A phone or tablet as a lamp: a page that is open on it, told by server-sent events, that says what it shows. */
import type { LightState } from '../../protocol/show.ts';
import type { Light, LightReport, LightTopics } from './light.ts';

export type HearPage = (event: 'alive' | 'identify', data: unknown) => void;

export interface PageEnd {
  /** A page is open; the result says that it is closed. */
  attach(hear: HearPage): () => void;
  /** What a page says it shows. */
  says(state: LightState): void;
}

export function createPageLight(options: {
  id: string;
  topics: LightTopics;
  onReport: (light: string) => void;
}): Light {
  const { id, topics } = options;
  const report: LightReport = { online: false, state: null };
  const pages = new Set<HearPage>();
  let seq = 0;

  function tell(event: 'alive' | 'identify', data: unknown): void {
    for (const hear of pages) hear(event, data);
  }

  function becomes(online: boolean): void {
    if (report.online === online) return;
    report.online = online;
    topics.hosted(id, 'availability', online ? 'online' : 'offline');
    options.onReport(id);
  }

  return {
    id,
    start: () => topics.hosted(id, 'availability', 'offline'),
    // The page hears of it with the names of its people, from who serves it.
    show() {},
    identify: () => tell('identify', {}),
    beat: () => tell('alive', { seq: ++seq }),
    report: () => ({ ...report }),
    stop() {
      pages.clear();
      becomes(false);
      return Promise.resolve();
    },
    page: {
      attach(hear) {
        pages.add(hear);
        hear('alive', { seq });
        becomes(true);
        return () => {
          pages.delete(hear);
          if (pages.size === 0) becomes(false);
        };
      },
      says(state) {
        report.state = state;
        topics.hosted(id, 'state', JSON.stringify(state));
        options.onReport(id);
      },
    },
  };
}
