import { rootCertificates } from 'node:tls';
import { Agent, request } from 'undici';
import type { Clock } from '../../../protocol/clock.ts';

export interface WebhookAnswer {
  /** Zero when there was no answer: refused, reset, bad certificate or out of time. */
  status: number;
  contentType: string;
  text: string;
  /** Milliseconds until the answer was complete. */
  took: number;
}

export interface Webhook {
  /** POSTs and waits `timeoutMs` for the whole answer; never rejects. Redirects are not followed. */
  post(url: string, contentType: string, body: string, timeoutMs: number): Promise<WebhookAnswer>;
  close(): Promise<void>;
}

/** What calls an app's notification endpoint. https is checked against public trust, and `extraCa` (PEM) if given. */
export function createWebhook(clock: Clock, extraCa?: string): Webhook {
  const ca = extraCa === undefined ? {} : { ca: [...rootCertificates, extraCa] };
  const agent = new Agent({ connect: { ...ca }, headersTimeout: 0, bodyTimeout: 0 });

  return {
    async post(url, contentType, body, timeoutMs) {
      const started = clock.monotonic();
      const abort = new AbortController();
      const cancel = clock.after(timeoutMs, () => abort.abort());
      const answer = (status: number, type: string, text: string): WebhookAnswer => {
        return { status, contentType: type, text, took: clock.monotonic() - started };
      };
      try {
        const response = await request(url, {
          dispatcher: agent,
          method: 'POST',
          headers: { 'content-type': contentType, 'user-agent': 'Doorlight-Graph-Stand-In' },
          body,
          signal: abort.signal,
        });
        const type = String(response.headers['content-type'] ?? '');
        return answer(response.statusCode, type, await response.body.text());
      } catch (error) {
        return answer(0, '', error instanceof Error ? error.message : String(error));
      } finally {
        cancel();
      }
    },
    close: () => agent.destroy(),
  };
}
