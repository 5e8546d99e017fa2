/** The personal link: what is shown of a person, and their say in it. */
import type { MeView } from '../../protocol/api.ts';
import type { Clock } from '../../protocol/clock.ts';
import type { PersonView } from '../../protocol/payloads.ts';
import { parseDuration } from '../control/duration.ts';
import { lowerShare, type Share } from '../presence/share.ts';
import type { SayPort } from '../web/ports.ts';
import type { View } from '../web/view.ts';
import type { LiveConfig } from './live-config.ts';
import type { RosterRoom } from './roster.ts';
import type { SayRoom } from './say.ts';

const longestPauseMs = 31 * 86_400_000;

export function createMe(ports: {
  clock: Clock;
  live: LiveConfig;
  say: SayRoom;
  roster: RosterRoom;
  view: View;
}): SayPort {
  const { clock, live, say, roster, view } = ports;

  const granted = (person: string): Share | undefined =>
    roster.grantedOf(person) ?? live.written().people.find(({ id }) => id === person)?.share;

  function person(id: string): PersonView {
    if (roster.has(id)) return view.person(id);
    const name = live.written().people.find((one) => one.id === id)?.name ?? id;
    const since = new Date(clock.now()).toISOString();
    const nothing = { checkedAt: null, fresh: false, source: 'none' as const, override: null };
    return { id, name, status: 'unknown', since, ...nothing };
  }

  function me(id: string): MeView | undefined {
    const said = say.of(id);
    const share = granted(id) ?? (said.left ? 'full' : undefined);
    if (!share) return undefined;
    const { pausedUntil, left = false } = said;
    return {
      person: person(id),
      share: { granted: share, own: said.share ?? null, inForce: say.shareOf(id, share) },
      paused: pausedUntil === undefined ? null : { until: new Date(pausedUntil).toISOString() },
      left,
      lights: view
        .lights()
        .filter((light) => light.shows.some((shown) => (roster.membersOf(shown) ?? [shown]).includes(id)))
        .map(({ id: light, name, show }) => ({ id: light, name, show })),
    };
  }

  return {
    me,
    onChange: say.onChange,
    async setShare(id, share) {
      const most = granted(id);
      if (share && most && lowerShare(share, most) !== share) {
        return `At most ${most} is granted: only who keeps the configuration can share more.`;
      }
      const { share: _, ...rest } = say.of(id);
      await say.set(id, share ? { ...rest, share } : rest);
      return undefined;
    },
    async pause(id, length) {
      const { pausedUntil: _, ...rest } = say.of(id);
      const ms = length === undefined ? undefined : (parseDuration(length) ?? 0);
      if (ms !== undefined && (ms <= 0 || ms > longestPauseMs)) {
        return 'Expected an ISO-8601 duration of at most 31 days, such as PT2H or P3D.';
      }
      await say.set(id, ms === undefined ? rest : { ...rest, pausedUntil: clock.now() + ms });
      return undefined;
    },
    async setLeft(id, left) {
      const { left: before, ...rest } = say.of(id);
      if (left === (before ?? false)) return;
      await say.set(id, left ? { ...rest, left } : rest);
      await live.again();
    },
  };
}
