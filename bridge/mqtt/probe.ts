/** The UDP listener that lamps find the bridge by. */
import { createSocket, type Socket } from 'node:dgram';
import type { LampLogin } from './lamp-login.ts';

/** Longer than any probe; Espruino cuts what it receives at 528 bytes, so nobody has a reason to send more. */
const longestProbe = 200;

/**
 * What lamps dial when the bridge is on this broker. They speak plain MQTT only: beside TLS or WebSocket it is on its usual
 * port. `-`: the machine that answers.
 */
export function lampsDial(broker: string): { host: string; port: number } {
  const { protocol, hostname, port } = new URL(broker);
  const local = ['localhost', '127.0.0.1', '[::1]'].includes(hostname);
  return { host: local ? '-' : hostname, port: protocol === 'mqtt:' && port ? Number(port) : 1883 };
}

export interface ProbeListener {
  /** Starts to listen; resolves with the UDP port. @throws the socket's error, EADDRINUSE above all */
  start(): Promise<number>;
  stop(): Promise<void>;
}

export function createProbeListener(options: {
  host: string;
  port: number;
  login: LampLogin;
  /** What lamps dial (`-`: this machine), or nothing while the broker is not there for them. */
  broker: () => { host: string; port: number } | undefined;
}): ProbeListener {
  let socket: Socket | undefined;
  return {
    start: () =>
      new Promise((resolve, reject) => {
        const opened = createSocket({ type: 'udp4' });
        socket = opened;
        opened.once('error', reject);
        opened.on('message', (message, from) => {
          const broker = options.broker();
          if (message.length > longestProbe || !broker) return;
          const { host, port } = broker;
          const answer = options.login.answer(message.toString('latin1'), from.address, port, host);
          // A lamp whose answer is lost asks again; an unreachable address is its own trouble.
          if (answer) opened.send(answer, from.port, from.address, () => {});
        });
        opened.bind(options.port, options.host, () => {
          opened.off('error', reject);
          opened.on('error', () => {});
          resolve(opened.address().port);
        });
      }),
    stop: () =>
      new Promise((resolve) => {
        if (!socket) return resolve();
        try {
          socket.close(() => resolve());
        } catch {
          resolve();
        }
        socket = undefined;
      }),
  };
}
