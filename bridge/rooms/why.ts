/** Gathers what is known of a light, for the chain from Microsoft to the lamp. */
import type { LightHealth } from '../../protocol/api.ts';
import type { Clock } from '../../protocol/clock.ts';
import type { LightView } from '../../protocol/payloads.ts';
import { chainOf } from '../check/chain.ts';
import type { LinkedBus } from '../mqtt/bus.ts';
import type { View } from '../web/view.ts';
import type { ByHandRoom } from './by-hand.ts';
import type { GraphRoom } from './graph.ts';
import type { LightRoom } from './lights.ts';
import type { RosterRoom } from './roster.ts';

export function lightHealth(
  light: LightView,
  rooms: {
    clock: Clock;
    graph: GraphRoom;
    roster: RosterRoom;
    byHand: ByHandRoom;
    bus: Pick<LinkedBus, 'isUp' | 'heardAt'>;
    lights: LightRoom;
    view: View;
  },
): LightHealth {
  const { clock, roster, view, bus } = rooms;
  const side = rooms.graph.side();
  const contact = view.health().lastGraphContact;
  const since = (heard: number | undefined) =>
    heard === undefined ? null : seconds(clock.monotonic() - heard);
  const people = light.shows.flatMap((id) => roster.membersOf(id) ?? [id]).filter(roster.has);
  const links = chainOf({
    graph: {
      graph: side && { accounts: side.accounts.states(), ...side.status() },
      age: contact === null ? null : seconds(clock.now() - Date.parse(contact)),
    },
    light,
    people: people.map(view.person),
    byHand: rooms.byHand.showOf(light.id) !== undefined,
    broker: ['serial', 'hid', 'page'].includes(light.kind)
      ? undefined
      : { up: bus.isUp(), age: bus.heardAt ? since(bus.heardAt()) : 0 },
    lampAge: since(rooms.lights.heardAt(light.id)),
  });
  return { light: light.id, wrong: links.some((link) => !link.ok), links };
}

const seconds = (ms: number): number => Math.max(0, Math.round(ms / 100) / 10);
