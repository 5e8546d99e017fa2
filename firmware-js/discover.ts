/** Finds the bridge by UDP, and believes only one that knows the lamp's key. */
import { bridgeProof, lampProof, probeWord } from '../protocol/lamp-login.ts';
import { createNonces, hmac } from './hmac.ts';
import type { Settings } from './settings.ts';
import { cancel, createBackoff } from './timing.ts';

export interface Found {
  host: string;
  port: number;
  /** For one log-in at that broker, within a minute. */
  password: string;
}

/** The broker's address in a datagram that answers the probe `nonce`, or nothing if it is not the bridge's. */
function readAnswer(settings: Settings, nonce: string, message: string, from: string): Found | undefined {
  const words = message.split(' ');
  const host = words[1];
  const port = parseInt(words[2] || '', 10);
  const nonceB = words[3];
  if (words.length !== 5 || words[0] !== probeWord || !host || !nonceB || nonceB.length !== 32)
    return undefined;
  if (!(port > 0 && port < 65536)) return undefined;
  if (words[4] !== hmac(settings.key, bridgeProof(settings.id, nonce, nonceB, host, port))) return undefined;
  return {
    host: host === '-' ? from : host,
    port,
    password: hmac(settings.key, lampProof(settings.id, nonce, nonceB)),
  };
}

/** Asks until the bridge answers: `start` calls back once with where the broker is. */
export function createDiscover(settings: Settings) {
  const nextNonce = createNonces(settings.key);
  let socket: EspruinoDatagramSocket | undefined;
  let timer: number | undefined;

  function stop(): void {
    cancel(timer);
    timer = undefined;
    try {
      if (socket) socket.close();
    } catch (_) {
      // An empty datagram from anyone has closed it already.
    }
    socket = undefined;
  }

  function start(onFound: (found: Found) => void): void {
    const backoff = createBackoff(settings.timing);

    function probe(): void {
      stop();
      timer = setTimeout(probe, backoff.next());
      const nonce = nextNonce();
      const asked = require('dgram').createSocket('udp4');
      socket = asked;
      asked.on('message', (message, from) => {
        if (socket !== asked) return;
        const found = readAnswer(settings, nonce, message, from.address);
        if (!found) return;
        stop();
        onFound(found);
      });
      const text = probeWord + ' ' + settings.id + ' ' + nonce;
      try {
        asked.send(text, 0, text.length, settings.probePort, settings.bridge || '255.255.255.255');
      } catch (error) {
        print('cannot probe: ' + error);
      }
    }

    probe();
  }

  return { start };
}
