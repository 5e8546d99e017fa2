/** "Why is my light wrong?": the chain from Microsoft to the lamp, said by the page and by `doorlight check` alike. */
import type { ChainLink } from '../../protocol/api.ts';
import type { LightView, PersonView } from '../../protocol/payloads.ts';
import { isShown } from '../../protocol/show.ts';
import type { GraphDiagnosis } from '../graph/diagnosis.ts';

/** What is known of the way to Microsoft; `age` is of the last answer, in seconds. */
export interface KnownGraph {
  /** Nothing in set-up mode. */
  graph: Pick<GraphDiagnosis, 'accounts' | 'source' | 'why'> | undefined;
  age: number | null;
}

/** All that a running bridge knows of one light; ages in seconds. */
export interface KnownLight {
  graph: KnownGraph;
  light: Pick<LightView, 'class' | 'online' | 'quiet' | 'show' | 'state'>;
  people: readonly Pick<PersonView, 'name' | 'status' | 'fresh'>[];
  byHand: boolean;
  /** Nothing for a light that is on no broker. */
  broker: { up: boolean; age: number | null } | undefined;
  lampAge: number | null;
}

export function chainOf(known: KnownLight): ChainLink[] {
  return [
    graphLink(known.graph, known.people),
    { part: 'bridge', ok: true, age: 0, code: 'bridge-up', says: 'The bridge runs: it answers this.' },
    rulesLink(known),
    ...(known.broker ? [brokerLink(known.broker)] : []),
    lampLink(known),
  ];
}

/** As far as it can be told when no bridge runs: lamps of our own show unknown by themselves then. */
export function chainWithoutBridge(graph: KnownGraph): ChainLink[] {
  const says = 'No bridge runs on this data directory, so no light shows a status.';
  const mend = 'Start it with "doorlight start", or look into its log if it ends by itself.';
  return [graphLink(graph, []), { part: 'bridge', ok: false, age: null, code: 'bridge-gone', says, mend }];
}

/** `Graph (3 s) -> bridge -> [lamp (45 s)]`: what is broken stands in brackets. */
export function chainInWords(links: readonly ChainLink[]): string {
  const names = { graph: 'Graph', bridge: 'bridge', rules: 'rules', broker: 'broker', lamp: 'lamp' };
  return links
    .map(({ part, ok, age }) => {
      const name = age === null || part === 'bridge' ? names[part] : `${names[part]} (${span(age)})`;
      return ok ? name : `[${name}]`;
    })
    .join(' -> ');
}

function span(seconds: number): string {
  if (seconds < 120) return `${Math.round(seconds)} s`;
  return seconds < 7_200 ? `${Math.round(seconds / 60)} min` : `${Math.round(seconds / 3_600)} h`;
}

function graphLink({ graph, age }: KnownGraph, people: KnownLight['people']): ChainLink {
  const link = { part: 'graph' as const, age };
  if (!graph) {
    const says = 'There is no sign-in to Microsoft set up.';
    return { ...link, ok: false, code: 'set-up', says, mend: 'Set up the microsoft: section.' };
  }
  const needed = graph.accounts.find((state) => state.status === 'needed');
  if (needed) {
    const { next = '' } = needed.trouble ?? {};
    // "Sign in." alone says less than where.
    const where = 'Sign in to Microsoft on the page, or with "doorlight sign-in".';
    const mend = /^(Sign in( again)?\.)?$/.test(next) ? where : next;
    return { ...link, ok: false, code: 'sign-in', says: 'Nobody is signed in to Microsoft.', mend };
  }
  if (graph.source === 'none') {
    const why = graph.why.replace(/\.$/, '');
    const mend = 'Look at the network and at "doorlight check"; it is tried again by itself.';
    return { ...link, ok: false, code: 'graph-gone', says: `Microsoft Graph does not answer: ${why}.`, mend };
  }
  const stale = people.filter((person) => !person.fresh).map((person) => person.name);
  if (stale.length > 0) {
    const says = `Nothing is known of ${stale.join(', ')}.`;
    const mend = 'Is the address right, and does this person have Teams and a mailbox in the cloud?';
    return { ...link, ok: false, code: 'person-unknown', says, mend };
  }
  return { ...link, ok: true, code: graph.source, says: `Microsoft Graph is read by ${graph.source}.` };
}

function rulesLink({ light, byHand, people }: KnownLight): ChainLink {
  const link = { part: 'rules' as const, age: null, ok: true };
  if (byHand) return { ...link, code: 'by-hand', says: 'Somebody set this light by hand, for a while.' };
  if (light.quiet) return { ...link, code: 'quiet', says: 'It is dark because of quiet hours.' };
  if (people.length > 0) {
    const says = `It shows ${people.map((person) => `${person.name}: ${person.status}`).join(', ')}.`;
    return { ...link, code: 'people', says };
  }
  const mend = 'Name people or groups under shows: of this light.';
  return { ...link, ok: false, code: 'nobody', says: 'It shows nobody.', mend };
}

function brokerLink({ up, age }: { up: boolean; age: number | null }): ChainLink {
  const link = { part: 'broker' as const, age };
  if (up) return { ...link, ok: true, code: 'broker-up', says: 'The broker is there.' };
  const mend = 'Start the broker, or correct mqtt: in the configuration; it is tried again by itself.';
  return { ...link, ok: false, code: 'broker-gone', says: 'The broker does not answer.', mend };
}

function lampLink({ light, lampAge: age }: KnownLight): ChainLink {
  const link = { part: 'lamp' as const, age };
  if (!light.online) {
    const mend = awayMends[light.class];
    return { ...link, ok: false, code: 'lamp-gone', says: 'The light is not there.', mend };
  }
  const error = light.state && 'error' in light.state ? light.state.error : undefined;
  if (error) {
    const says = `The lamp reports: ${error}.`;
    return { ...link, ok: false, code: 'lamp-error', says, mend: 'Restart the lamp.' };
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
