/** The ports, each opened for a moment; while a bridge is running, they are its own. */
import { createSocket } from 'node:dgram';
import { createServer } from 'node:net';
import type { Listener, ListenerName } from '../config/listeners.ts';
import { listening, StartError } from '../start-error.ts';
import { type Check, type Finding, fault, ok } from './finding.ts';

export const checkPorts: Check = async ({ listeners, running }) => {
  const used = (Object.entries(listeners) as [ListenerName, Listener][]).filter(([, at]) => at.port);
  if (running) return [ok('Ports', 'The running bridge has them.')];
  const found: Finding[] = [];
  for (const [name, at] of used) found.push(await tryPort(name, at));
  return found;
};

async function tryPort(name: ListenerName, at: Listener): Promise<Finding> {
  const what = `Port ${at.port} (${name})`;
  try {
    await listening(name, at, () => (name === 'probe' ? openUdp(at) : openTcp(at)));
    return ok(what, 'It is free.');
  } catch (error) {
    const [message = '', mend = ''] = (error as Error).message
      .replace(/^Port \S+ \(\w+\) /, 'It ')
      .split(': ');
    if (error instanceof StartError)
      return fault(what, `${message}.`, `${mend.charAt(0).toUpperCase()}${mend.slice(1)}`);
    return fault(
      what,
      `It cannot be opened: ${(error as Error).message}.`,
      'Choose another port or address.',
    );
  }
}

function openTcp({ host, port }: Listener): Promise<void> {
  return new Promise((resolve, reject) => {
    const server = createServer().once('error', reject);
    server.listen({ host, port }, () => server.close(() => resolve()));
  });
}

function openUdp({ host, port }: Listener): Promise<void> {
  return new Promise((resolve, reject) => {
    const socket = createSocket(host.includes(':') ? 'udp6' : 'udp4').once('error', reject);
    socket.bind(port, host, () => socket.close(resolve));
  });
}
