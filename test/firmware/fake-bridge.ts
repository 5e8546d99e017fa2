/**
 * A network, a broker and a bridge on a fake clock, each of which can fail: for days of lamp life in seconds. They are
 * Espruino's modules `net` and `dgram`; how real sockets and a real broker behave, the other tests find out.
 */
import type { Clock } from '../../protocol/clock.ts';
import type { Show } from '../../protocol/show.ts';
import { sign } from './test-bridge.ts';

type Listener = (...values: unknown[]) => void;
type Call = (run: () => void) => void;

const latencyMs = 20;
const nonceB = 'ab'.repeat(16);

function packet(head: number, body: Buffer): string {
  const length = body.length < 128 ? [body.length] : [(body.length & 127) | 128, body.length >> 7];
  return Buffer.concat([Buffer.from([head, ...length]), body]).toString('latin1');
}

function field(text: string): Buffer {
  return Buffer.concat([Buffer.from([text.length >> 8, text.length & 255]), Buffer.from(text, 'latin1')]);
}

export type FakeBridge = ReturnType<typeof createFakeBridge>;

export function createFakeBridge(clock: Clock) {
  const open = new Set<{
    own: string;
    subscribed: boolean;
    send: (text: string) => void;
    close: () => void;
    mute: () => void;
  }>();
  let show: Show = { state: 'OFF' };
  let aliveSoon = false;

  const bridge = {
    /** Whether packets pass, the broker runs, the bridge runs; while false that one is gone without a word. */
    network: true,
    broker: true,
    alive: true,
    /** When each log-in came, in ms of the clock. */
    logins: [] as number[],
    /** What the lamp has said on its own topics. */
    said: [] as { topic: string; payload: string; at: number }[],
    set(next: Show): void {
      show = next;
      if (bridge.alive && bridge.broker) for (const one of open) one.send(retained(one));
    },
    /** The broker ends: sockets are closed where the network lets them. */
    stopBroker(): void {
      bridge.broker = false;
      for (const one of [...open]) one.close();
    },
    /** The bridge's last will. */
    sayOffline(): void {
      for (const one of open) one.send(message('doorlight/bridge/state', 'offline'));
    },
    /** The bridge is back, and restates all. */
    startBridge(): void {
      bridge.alive = true;
      for (const one of open) {
        one.send(message('doorlight/bridge/state', 'online'));
        one.send(retained(one));
      }
      sayAlive();
    },
    /** Every open connection goes silent, as if a router had forgotten it. */
    muteConnections(): void {
      for (const one of open) one.mute();
    },
    sendBytes(text: string): void {
      for (const one of open) one.send(text);
    },
    connections: () => open.size,
    /** Espruino's modules for one lamp while it is on. */
    modules: (call: Call) => ({
      net: { connect: (_to: unknown, connected: () => void) => connect(connected, call) },
      dgram: { createSocket: () => createSocket(call) },
    }),
  };

  function message(topic: string, payload: string): string {
    return packet(0x30, Buffer.concat([field(topic), Buffer.from(payload)]));
  }
  function retained(one: { own: string }): string {
    return message(`${one.own}/show`, JSON.stringify(show));
  }
  function sayAlive(): void {
    aliveSoon = false;
    if (bridge.alive && bridge.broker) {
      for (const one of open) {
        if (one.subscribed) one.send(message('doorlight/bridge/alive', '{"seq":1}'));
      }
    }
  }
  (function tick(): void {
    sayAlive();
    clock.after(10_000, tick);
  })();

  function connect(connected: () => void, call: Call) {
    if (!bridge.network || !bridge.broker) throw new Error('Unable to create socket');
    const listeners = new Map<string, Listener>();
    let closed = false;
    let muted = false;
    let buffer = '';
    const one = {
      own: '',
      subscribed: false,
      send(text: string): void {
        const passes = bridge.network && !muted;
        clock.after(latencyMs, () => {
          if (passes && !closed) {
            for (let at = 0; at < text.length; at += 536) {
              call(() => listeners.get('data')?.(text.slice(at, at + 536)));
            }
          }
        });
      },
      close(): void {
        open.delete(one);
        if (closed || !bridge.network || muted) return;
        closed = true;
        clock.after(latencyMs, () => call(() => listeners.get('close')?.(true)));
      },
      mute: () => {
        muted = true;
      },
    };
    open.add(one);

    function take(head: number, body: string): void {
      const kind = head >> 4;
      if (kind === 1) {
        bridge.logins.push(clock.now());
        one.own = `doorlight/lights/${/doorlight-([a-z0-9-]+)/.exec(body)?.[1]}`;
        one.send('\x20\x02\x00\x00');
      } else if (kind === 8) {
        one.subscribed = true;
        const count = (body.match(/doorlight\//g) ?? []).length;
        one.send(
          packet(0x90, Buffer.from([body.charCodeAt(0), body.charCodeAt(1), ...Array(count).fill(1)])),
        );
        one.send(message('doorlight/bridge/state', bridge.alive ? 'online' : 'offline'));
        one.send(retained(one));
        // The director hears that a light is online; all that have come at once are told once.
        if (!aliveSoon) {
          aliveSoon = true;
          clock.after(2 * latencyMs, sayAlive);
        }
      } else if (kind === 12) one.send('\xd0\x00');
      else if (kind === 3) {
        const end = 2 + body.charCodeAt(0) * 256 + body.charCodeAt(1);
        bridge.said.push({ topic: body.slice(2, end), payload: body.slice(end + 2), at: clock.now() });
        if (bridge.said.length > 2000) bridge.said.shift();
        one.send(packet(0x40, Buffer.from(body.slice(end, end + 2), 'latin1')));
      }
    }

    clock.after(latencyMs, () => call(connected));
    return {
      on: (event: string, run: Listener) => void listeners.set(event, run),
      write(text: string): void {
        if (closed) throw new Error('This socket is closed');
        if (!bridge.network || muted || !bridge.broker) return;
        buffer += text;
        for (;;) {
          let at = 1;
          let length = 0;
          for (let scale = 1; ; scale *= 128) {
            if (at >= buffer.length) return;
            const byte = buffer.charCodeAt(at++);
            length += (byte & 127) * scale;
            if (byte < 128) break;
          }
          if (buffer.length < at + length) return;
          const head = buffer.charCodeAt(0);
          const body = buffer.slice(at, at + length);
          buffer = buffer.slice(at + length);
          take(head, body);
        }
      },
      end(): void {
        open.delete(one);
        closed = true;
      },
    };
  }

  function createSocket(call: Call) {
    let heard: Listener = () => {};
    return {
      on: (_event: string, run: Listener) => {
        heard = run;
      },
      send(text: string): void {
        if (!bridge.network || !bridge.alive || !bridge.broker) return;
        const [, id, nonceL] = text.split(' ');
        const proof = sign(`bridge|${id}|${nonceL}|${nonceB}|-|1883`);
        clock.after(latencyMs, () =>
          call(() => heard(`DL1 - 1883 ${nonceB} ${proof}`, { address: '192.0.2.1', port: 41883 })),
        );
      },
      close(): void {
        heard = () => {};
      },
    };
  }

  return bridge;
}
