/** A lamp's side of the signed talk (protocol/lamp-admin.ts), in Node: it checks everything, and fails on demand. */
import { createHmac } from 'node:crypto';
import { crc32 } from 'node:zlib';
import { adminProof, macEnd, macStart, restStart, sealBlock } from '../../protocol/lamp-admin.ts';

export interface ScriptedLamp {
  id: string;
  key: string;
  fw: string;
  board: string;
  online: boolean;
  /** Whether the new app works, or how it does not. */
  fate: 'works' | 'goes back' | 'falls silent';
  /** Answers that get lost: so many chunks are taken without a word. */
  deafAnswers: number;
  /** Its answer to `end` gets lost, or its word on the new app. */
  loses: 'nothing' | 'the last answer' | 'its word';
  /** Chunks after which it vanishes once. */
  vanishAfter: number;
  /** The settings that it was told to try, and the apps that it got. */
  configs: unknown[];
  apps: string[];
  /** Every message that it refused. */
  refused: string[];
  hear(word: string, payload: string): void;
}

export function createScriptedLamp(options: {
  id: string;
  key: string;
  fw?: string;
  /** What it publishes on its `result` topic. */
  say: (result: object) => void;
  /** How long a restart takes. */
  after: (ms: number, run: () => void) => void;
}): ScriptedLamp {
  const { id, key, say, after } = options;
  const hmac = (text: string) => createHmac('sha256', key).update(text).digest();
  let dials = 0;
  const nonce = () => String(dials).padStart(32, '0');
  let lastN = 0;
  let begun: { version: string; size: number; crc: number } | undefined;
  let app = '';

  function restart(run: () => void): void {
    lamp.online = false;
    after(5_000, () => {
      dials++;
      lastN = 0;
      lamp.online = true;
      run();
    });
  }

  function update(body: { n: number; begin?: typeof begun; at?: number; data?: string }): object {
    if (body.begin) {
      begun = body.begin;
      app = '';
      return { n: body.n, at: 0 };
    }
    if (body.data !== undefined) {
      if (!begun || body.at !== app.length)
        return { n: body.n, at: app.length, error: 'not what comes next' };
      app += body.data;
      return { n: body.n, at: app.length };
    }
    if (!begun || app.length !== begun.size || crc32(app) !== begun.crc)
      return { n: body.n, error: 'damaged' };
    const { version } = begun;
    lamp.apps.push(app);
    restart(() => {
      if (lamp.fate === 'works') lamp.fw = version;
      if (lamp.fate === 'works' && lamp.loses !== 'its word') say({ kept: 'update', fw: version });
      if (lamp.fate === 'goes back') say({ undone: 'update', fw: lamp.fw, error: 'no bridge in time' });
    });
    return { n: body.n };
  }

  function config({ n, sealed }: { n: number; sealed: string }): object {
    const bytes = Buffer.from(sealed, 'base64');
    const stream = (at: number) => hmac(sealBlock(id, nonce(), n, at >> 5))[at & 31]!;
    lamp.configs.push(JSON.parse(Buffer.from(bytes.map((byte, at) => byte ^ stream(at))).toString()));
    restart(() => {
      if (lamp.fate === 'works') say({ kept: 'config', fw: lamp.fw });
      if (lamp.fate === 'goes back') say({ undone: 'config', fw: lamp.fw });
    });
    return { n };
  }

  const lamp: ScriptedLamp = {
    ...{ id, key, fw: options.fw ?? '0.1.0', board: 'ESP32', online: true, fate: 'works' },
    ...{
      loses: 'nothing' as const,
      deafAnswers: 0,
      vanishAfter: Number.POSITIVE_INFINITY,
      configs: [],
      apps: [],
      refused: [],
    },
    hear(word, payload) {
      if (!lamp.online) return;
      if (payload === '{"hello":1}') {
        return say({ hello: nonce(), fw: lamp.fw, board: lamp.board, espruino: '2v29', slot: 'a' });
      }
      const mac = payload.slice(macStart.length, macEnd);
      const proof = adminProof(word as 'update', id, nonce(), payload.slice(restStart));
      const body = JSON.parse(payload) as { n: number; sealed: string };
      if (hmac(proof).toString('hex') !== mac || body.n <= lastN || Buffer.byteLength(payload) >= 500) {
        lamp.refused.push(payload);
        return;
      }
      lastN = body.n;
      if (lamp.vanishAfter-- === 0) return restart(() => {});
      const answer = word === 'config' ? config(body) : update(body);
      if (lamp.deafAnswers > 0 && payload.includes('"data"')) lamp.deafAnswers--;
      else if (!(payload.includes('"end"') && lamp.loses === 'the last answer')) say(answer);
    },
  };
  return lamp;
}
