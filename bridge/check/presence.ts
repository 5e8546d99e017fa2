/** Whether presence can be read, of whom not, and how it comes. */
import { type Check, fault, ok, warning } from './finding.ts';

export const checkPresence: Check = ({ config, graph, running }) => {
  if (!graph || graph.accounts.every(({ status }) => status === 'needed')) return [];
  const people = graph.troubles.map((trouble) => {
    const [message, mend] = split(trouble);
    return warning('People', message, mend);
  });
  if (graph.source === 'none') {
    const mend = 'It is tried again by itself; the lines above say what to mend, if anything.';
    return [...people, fault('Presence', `It cannot be read: ${graph.why.replace(/\.$/, '')}.`, mend)];
  }
  const wantsPush = config.source.mode !== 'poll' && config.source.publicUrl !== undefined;
  if (running && wantsPush && graph.source === 'poll') {
    const mend = 'The bridge polls meanwhile and tries push again by itself; see the public URL below.';
    return [...people, warning('Presence', `It does not come by push: ${graph.why}.`, mend)];
  }
  const way = graph.source === 'push' ? 'comes by push' : 'can be read';
  return [
    ...people,
    ok('Presence', `It ${way}, for ${graph.people === 1 ? '1 person' : `${graph.people} people`}.`),
  ];
};

/** Reports say what is wrong, a colon, and what to do. */
function split(report: string): [message: string, mend: string] {
  const [message = '', ...rest] = report.split(': ');
  const mend = rest.join(': ');
  return [`${message}.`, `${mend.charAt(0).toUpperCase()}${mend.slice(1)}`];
}
