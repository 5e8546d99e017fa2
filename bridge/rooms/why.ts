/** "Why is my light wrong?": the chain from Microsoft to the lamp, each link with its age and its mend. */
import type { ChainLink, LightHealth } from '../../protocol/api.ts';
import type { Clock } from '../../protocol/clock.ts';
import type { LightView, PersonView } from '../../protocol/payloads.ts';
import { isShown } from '../../protocol/show.ts';
import type { GraphSide } from '../graph/graph-side.ts';
import type { View } from '../web/view.ts';
import type { ByHandRoom } from './by-hand.ts';
import type { GraphRoom } from './graph.ts';
import type { LightRoom } from './lights.ts';
import type { RosterRoom } from './roster.ts';

/** All that is known of one light; ages in seconds. */
interface Known {
  light: LightView;
  graph: GraphSide | undefined;
  people: PersonView[];
  byHand: boolean;
  /** Whether the broker that the light is on is up; nothing for a light that is on none. */
  broker: boolean | undefined;
  graphAge: number | null;
  lampAge: number | null;
}

export function lightHealth(
  light: LightView,
  rooms: {
    clock: Clock;
    graph: GraphRoom;
    roster: RosterRoom;
    byHand: ByHandRoom;
    bus: { isUp(): boolean };
    lights: LightRoom;
    view: View;
  },
): LightHealth {
  const { clock, roster, view } = rooms;
  const contact = view.health().lastGraphContact;
  const heard = rooms.lights.heardAt(light.id);
  const people = light.shows.flatMap((id) => roster.membersOf(id) ?? [id]).filter(roster.has);
  const known: Known = {
    light,
    graph: rooms.graph.side(),
    people: people.map(view.person),
    byHand: rooms.byHand.showOf(light.id) !== undefined,
    broker: ['serial', 'hid', 'page'].includes(light.kind) ? undefined : rooms.bus.isUp(),
    graphAge: contact === null ? null : seconds(clock.now() - Date.parse(contact)),
    lampAge: heard === undefined ? null : seconds(clock.monotonic() - heard),
  };
  const links = [graphLink(known), bridgeLink, rulesLink(known), ...brokerLink(known), lampLink(known)];
  return { light: light.id, wrong: links.some((link) => !link.ok), links };
}

const seconds = (ms: number): number => Math.max(0, Math.round(ms / 100) / 10);

const bridgeLink: ChainLink = {
  part: 'bridge',
  ok: true,
  age: 0,
  code: 'bridge-up',
  says: 'The bridge runs: it answers this.',
};

function graphLink({ graph, graphAge: age, people }: Known): ChainLink {
  const link = { part: 'graph' as const, age };
  if (!graph) {
    const says = 'There is no sign-in to Microsoft set up.';
    return { ...link, ok: false, code: 'set-up', says, mend: 'Set up the microsoft: section.' };
  }
  const trouble = graph.accounts.states().find((state) => state.status === 'needed');
  if (trouble) {
    const mend = trouble.trouble?.next ?? 'Sign in to Microsoft on this page.';
    return { ...link, ok: false, code: 'sign-in', says: 'Nobody is signed in to Microsoft.', mend };
  }
  const { source, why } = graph.status();
  if (source === 'none') {
    const mend = 'Look at the network and at "doorlight check"; it is tried again by itself.';
    return { ...link, ok: false, code: 'graph-gone', says: `Microsoft Graph does not answer: ${why}.`, mend };
  }
  const stale = people.filter((person) => !person.fresh).map((person) => person.name);
  if (stale.length > 0) {
    const mend = 'Is the address right, and does this person have Teams and a mailbox in the cloud?';
    return {
      ...link,
      ok: false,
      code: 'person-unknown',
      says: `Nothing is known of ${stale.join(', ')}.`,
      mend,
    };
  }
  return { ...link, ok: true, code: source, says: `Microsoft Graph is read by ${source}.` };
}

function rulesLink({ light, byHand, people }: Known): ChainLink {
  const link = { part: 'rules' as const, age: null, ok: true };
  if (byHand) {
    return { ...link, code: 'by-hand', says: 'Somebody set this light by hand, for a while.' };
  }
  if (light.quiet) return { ...link, code: 'quiet', says: 'It is dark because of quiet hours.' };
  if (people.length > 0) {
    const says = `It shows ${people.map((person) => `${person.name}: ${person.status}`).join(', ')}.`;
    return { ...link, code: 'people', says };
  }
  const mend = 'Name people or groups under shows: of this light.';
  return { ...link, ok: false, code: 'nobody', says: 'It shows nobody.', mend };
}

function brokerLink({ broker }: Known): ChainLink[] {
  if (broker === undefined) return [];
  const link = { part: 'broker' as const, age: null };
  if (broker) return [{ ...link, ok: true, code: 'broker-up', says: 'The broker is there.' }];
  const mend = 'Start the broker, or correct mqtt: in the configuration; it is tried again by itself.';
  return [{ ...link, ok: false, code: 'broker-gone', says: 'The broker does not answer.', mend }];
}

function lampLink({ light, lampAge: age }: Known): ChainLink {
  const link = { part: 'lamp' as const, age };
  if (!light.online) {
    return {
      ...link,
      ok: false,
      code: 'lamp-gone',
      says: 'The light is not there.',
      mend: awayMends[light.class],
    };
  }
  const error = light.state && 'error' in light.state ? light.state.error : undefined;
  if (error) {
    return {
      ...link,
      ok: false,
      code: 'lamp-error',
      says: `The lamp reports: ${error}.`,
      mend: 'Restart the lamp.',
    };
  }
  if (!isShown(light.show, light.state)) {
    const mend = 'Wait ten seconds; then restart the lamp.';
    return { ...link, ok: false, code: 'differs', says: 'The light does not show what it must.', mend };
  }
  return { ...link, ok: true, code: 'right', says: 'The light shows what it must.' };
}

const awayMends = {
  own: 'Look after its power and network; a lamp that was moved to another network must be set up again.',
  timer: 'Look after its power, its network and its MQTT log-in.',
  host: 'Plug it in again; "doorlight check" lists the devices that are there.',
};
