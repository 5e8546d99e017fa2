/** The bridge's side of looking after a lamp: signed settings and updates, one message after another. */
import { createHmac } from 'node:crypto';
import { crc32 } from 'node:zlib';
import { expect, vi } from 'vitest';
import {
  type AnswerResult,
  adminMessage,
  type ConfigBody,
  chunksOf,
  type HelloResult,
  sealBlock,
  type UpdateBody,
} from '../../protocol/lamp-admin.ts';
import { id, sign, type TestBridge } from './test-bridge.ts';

export type Admin = Awaited<ReturnType<typeof createAdminClient>>;

/** Says hello, and waits for the answer. */
export async function createAdminClient(bridge: TestBridge) {
  const results = () => bridge.said('result').map((text) => JSON.parse(text) as Record<string, unknown>);
  const before = results().length;
  await bridge.publish(`doorlight/lights/${id}/update`, '{"hello":1}');
  const hello = await vi.waitFor(() => {
    const found = results().slice(before).at(-1);
    expect(found).toHaveProperty('hello');
    return found as unknown as HelloResult;
  }, 6000);
  let n = 0;

  async function say(word: 'config' | 'update', text: string): Promise<AnswerResult> {
    const count = results().length;
    await bridge.publish(`doorlight/lights/${id}/${word}`, text);
    await vi.waitFor(() => expect(results().length).toBeGreaterThan(count), 6000);
    return results()[count] as unknown as AnswerResult;
  }

  const admin = {
    hello,
    say,
    /** A signed message, and its answer. */
    update: (body: Record<string, unknown>) =>
      say('update', adminMessage(sign, 'update', id, hello.hello, { n: ++n, ...body } as UpdateBody)),
    config(change: ConfigBody): Promise<AnswerResult> {
      const plain = Buffer.from(JSON.stringify(change));
      n++;
      const stream = Array.from({ length: Math.ceil(plain.length / 32) }, (_, block) =>
        Buffer.from(sign(sealBlock(id, hello.hello, n, block)), 'hex'),
      );
      const pad = Buffer.concat(stream);
      const sealed = Buffer.from(plain.map((byte, i) => byte ^ pad[i]!)).toString('base64');
      return say('config', adminMessage(sign, 'config', id, hello.hello, { n, sealed }));
    },
    begin: (app: string, more: Record<string, unknown> = {}) =>
      admin.update({
        begin: {
          version: hello.fw,
          size: app.length,
          crc: crc32(Buffer.from(app, 'latin1')),
          board: hello.board,
          ...more,
        },
      }),
    /** The whole update up to the restart. */
    async send(app: string, more: Record<string, unknown> = {}): Promise<AnswerResult> {
      expect(await admin.begin(app, more)).toEqual({ n, at: 0 });
      for (const chunk of chunksOf(app)) {
        expect(await admin.update(chunk)).toEqual({ n, at: chunk.at + chunk.data.length });
      }
      return admin.update({ end: true });
    },
  };
  return admin;
}

export const forge = (text: string) => createHmac('sha256', 'another key').update(text).digest('hex');
