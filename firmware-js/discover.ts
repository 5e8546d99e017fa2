/** Finds the bridge by UDP, and believes only one that knows the lamp's key. */
import { bridgeProof, lampProof, probeWord } from '../protocol/lamp-login.ts';
import { hmac } from './hmac.ts';
import type { Settings } from './settings.ts';
import { cancel, createBackoff } from './timing.ts';

export interface Found {
  host: string;
  port: number;
  /** For one log-in at that broker, within a minute; on a user's own broker the plain one. */
  password: string;
}

/** The broker's address in a datagram that answers the probe `nonce`, or nothing if it is not the bridge's. */
function readAnswer(file: Settings['file'], nonce: string, message: string, from: string): Found | undefined {
  const words = message.split(' ');
  const host = words[1];
  const port = Number(words[2]);
  const nonceB = words[3];
  if (words[0] !== probeWord || !host || !nonceB || !(port > 0)) return undefined;
  if (words[4] !== hmac(file.key, bridgeProof(file.id, nonce, nonceB, host, port))) return undefined;
  return {
    host: host === '-' ? from : host,
    port,
    password: file.password || hmac(file.key, lampProof(file.id, nonce, nonceB)),
  };
}

/** What it makes asks until the bridge answers, and calls back once with where the broker is. */
export function createDiscover(settings: Settings, nextNonce: () => string) {
  const file = settings.file;
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

  return (onFound: (found: Found) => void): void => {
    const backoff = createBackoff(settings.timing.firstRetry, settings.timing.lastRetry);
    let probes = 0;

    function probe(): void {
      E.kickWatchdog();
      stop();
      timer = setTimeout(probe, backoff());
      const nonce = nextNonce();
      const asked = require('dgram').createSocket('udp4');
      socket = asked;
      asked.on('message', (message, from) => {
        if (socket !== asked) return;
        const found = readAnswer(file, nonce, message, from.address);
        if (!found) return;
        stop();
        onFound(found);
      });
      const text = probeWord + ' ' + file.id + ' ' + nonce;
      // A bridge that has got another address since is found by asking all, each fourth time.
      probes++;
      const known = probes % 4 ? file.bridge : undefined;
      try {
        asked.send(text, 0, text.length, file.probePort, known || '255.255.255.255');
      } catch (error) {
        print('cannot probe: ' + error);
      }
    }

    probe();
  };
}
