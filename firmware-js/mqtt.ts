/**
 * A small MQTT 3.1.1 client over Espruino's sockets (OASIS MQTT Version 3.1.1). Unlike the stock module it believes
 * no log-in and no subscription before the broker grants it, leaves a last will, and gives up on a silent broker.
 */
import { cancel, type Timing } from './timing.ts';

export interface MqttOptions {
  /** The password is forgotten as soon as it is sent: it is good once, and its text takes memory. */
  broker: { host: string; port: number; password: string };
  clientId: string;
  username: string;
  /** The topic whose retained last will is `offline`. */
  willTopic: string;
  /** What to subscribe to, all with QoS 1. */
  topics: () => string[];
  timing: Timing;
  /** The broker has granted the log-in and every subscription. */
  onReady(): void;
  /** `retained` is not 0 for what the broker had kept from before the subscription. */
  onMessage(topic: string, payload: string, retained: number): void;
  /** A message too long for the lamp's memory; its payload was thrown away as it came. */
  onOversize(topic: string): void;
  /** The connection is over, or never was; called once. */
  onClosed(reason: string): void;
}

export interface Mqtt {
  /** QoS 1. Not repeated: after a lost connection the lamp says everything anew. */
  publish(topic: string, payload: string, retain: boolean): void;
}

/** The longest packet kept in memory: a show of 500 bytes, its topic and header. */
const longestPacket = 720;

const notMqtt = 'no MQTT packet';

/** Two bytes. Constant ones go through it too, for esbuild would write them as control characters into the code. */
function number(value: number): string {
  return String.fromCharCode(value >> 8, value & 255);
}

/** Section 1.5.3: two bytes of length, then the text. */
function field(text: string): string {
  return number(text.length) + text;
}

/** Section 2.2: the type and flags, the remaining length in groups of seven bits (no packet of ours needs three), the rest. */
function packet(head: number, body: string): string {
  const length = body.length;
  return (
    (length < 128
      ? String.fromCharCode(head, length)
      : String.fromCharCode(head, (length & 127) | 128, length >> 7)) + body
  );
}

function word(text: string, at: number): number {
  return text.charCodeAt(at) * 256 + text.charCodeAt(at + 1);
}

/** Dials and logs in. Blocks the interpreter until the TCP handshake ends. */
export function createMqtt(options: MqttOptions): Mqtt {
  let ended = false;
  let connected = false;
  let buffer = '';
  /** Bytes of an oversize packet that are still to come. */
  let skip = 0;
  let lastId = 0;
  let pinged = false;
  let pingTimer: number | undefined;
  let socket: EspruinoSocket | undefined;

  function close(reason: string): void {
    if (ended) return;
    ended = true;
    cancel(answerTimer);
    if (pingTimer) clearInterval(pingTimer);
    buffer = '';
    try {
      if (socket) socket.end();
    } catch (_) {
      // It was closed already.
    }
    options.onClosed(reason);
  }

  const answerTimer = setTimeout(() => close('broker does not answer'), options.timing.answer);

  function send(text: string): void {
    try {
      if (socket && !ended) socket.write(text);
    } catch (_) {
      close('connection lost');
    }
  }

  function nextId(): string {
    lastId = (lastId % 65535) + 1;
    return number(lastId);
  }

  function ping(): void {
    if (pinged) {
      close('broker is silent');
      return;
    }
    pinged = true;
    send(packet(0xc0, ''));
  }

  function logIn(): void {
    // Flags: user name, password, will retained with QoS 1, clean session.
    const head = field('MQTT') + number(0x4ee) + number((options.timing.keepAlive / 1000) | 0);
    send(
      packet(
        0x10,
        head +
          field(options.clientId) +
          field(options.willTopic) +
          field('offline') +
          field(options.username) +
          field(options.broker.password),
      ),
    );
    options.broker.password = '';
  }

  function subscribe(): void {
    const qos = number(1)[1];
    let body = nextId();
    for (const topic of options.topics()) body += field(topic) + qos;
    send(packet(0x82, body));
  }

  /** Takes one packet off the buffer; false = none is complete. */
  function takePacket(): boolean {
    let at = 2;
    let length = buffer.charCodeAt(1);
    if (length > 127) length += (buffer.charCodeAt(at++) - 1) * 128;
    if (length > longestPacket) return client.oversized();
    // With too few bytes `length`, like `start` below, is not a number, and the comparison fails as well.
    if (!(at + length <= buffer.length)) return false;
    const head = buffer.charCodeAt(0);
    const body = buffer.substr(at, length);
    buffer = buffer.substr(at + length);
    E.kickWatchdog();
    if (connected && head >> 4 === 3) {
      const end = 2 + word(body, 0);
      const start = head & 6 ? end + 2 : end;
      if (start <= body.length) {
        if (head & 6) send(packet(0x40, body.substr(end, 2)));
        options.onMessage(body.substr(2, end - 2), body.substr(start), head & 1);
      } else close(notMqtt);
    } else if (!connected || head >> 4 !== 4) client.answer(head >> 4, body);
    return true;
  }

  function receive(data: string): void {
    if (ended) return;
    if (skip >= data.length) {
      skip -= data.length;
      return;
    }
    buffer += skip > 0 ? data.substr(skip) : data;
    skip = 0;
    while (buffer && !ended && takePacket()) {
      // One after the other.
    }
  }

  /** The chip reads over what a function does not run: what few packets need is kept out of the way of the others. */
  const client = {
    /** All but messages and what acknowledges the lamp's own. */
    answer(kind: number, body: string): void {
      if (!connected) {
        const code = kind === 2 && body.length === 2 ? body.charCodeAt(1) : -1;
        if (code !== 0) {
          close(code < 0 ? notMqtt : 'log-in refused (' + code + ')');
          return;
        }
        connected = true;
        pingTimer = setInterval(ping, options.timing.keepAlive / 2);
        subscribe();
      } else if (kind === 9) {
        for (let i = 2; i < body.length; i++) {
          if (body.charCodeAt(i) > 2) {
            close('subscription refused: ' + options.topics()[i - 2]);
            return;
          }
        }
        cancel(answerTimer);
        options.onReady();
      } else if (kind === 13) {
        pinged = false;
      } else close(notMqtt);
    },

    /** Drops a packet that is too long, as soon as its topic is known; false = more bytes are needed first. */
    oversized(): boolean {
      const head = buffer.charCodeAt(0);
      let at = 1;
      let length = 0;
      let scale = 1;
      let byte = 128;
      while (byte & 128 && at < 5) {
        byte = buffer.charCodeAt(at++);
        length += (byte & 127) * scale;
        scale *= 128;
      }
      if (buffer.length < at + 2) return false;
      const end = at + 2 + word(buffer, at);
      // The rest of a length of five bytes, or one in more bytes than it needs, is no MQTT either.
      if (!connected || head >> 4 !== 3 || byte & 128 || length < longestPacket || end > longestPacket) {
        close(notMqtt);
        return false;
      }
      if (buffer.length < end + 2) return false;
      const topic = buffer.substr(at + 2, end - at - 2);
      const id = buffer.substr(end, 2);
      skip = at + length - buffer.length;
      buffer = skip < 0 ? buffer.substr(at + length) : '';
      if (skip < 0) skip = 0;
      if (head & 6) send(packet(0x40, id));
      options.onOversize(topic);
      return true;
    },

    publish(topic: string, payload: string, retain: boolean): void {
      send(packet(retain ? 0x33 : 0x32, field(topic) + nextId() + payload));
    },
  };

  try {
    socket = require('net').connect(options.broker, logIn);
    socket.on('data', receive);
    socket.on('close', () => close('connection lost'));
  } catch (error) {
    close('cannot connect: ' + error);
  }

  return client;
}
