/** A bridge on a configuration file, claimed, and a way to ask it as the page does. */
import { join } from 'node:path';
import { type Ends, startBridge, temporaryFolder } from '../system/kit.ts';

export const password = 'corridor of lamps';

export interface Answered<T = Record<string, unknown>> {
  status: number;
  body: T;
  headers: Headers;
}

export async function startWeb(
  ends: Ends,
  text: string,
  more: Parameters<typeof startBridge>[2] & {
    /** Where the claim code stands, for a test with a log of its own. */
    claimFrom?: () => string;
  } = {},
) {
  const file = join(temporaryFolder(ends), 'doorlight.yaml');
  const started = await startBridge(ends, text || '# empty\n', { file, ...more });
  const { urls, lines } = started;
  const ask = async <T = Record<string, unknown>>(
    method: string,
    path: string,
    body?: unknown,
    headers: Record<string, string> = {},
  ): Promise<Answered<T>> => {
    const answer = await fetch(`${urls.web}${path}`, {
      method,
      redirect: 'manual',
      headers: { ...(body === undefined ? {} : { 'content-type': 'application/json' }), ...headers },
      ...(body === undefined ? {} : { body: JSON.stringify(body) }),
    });
    const said = await answer.text();
    const isJson = answer.headers.get('content-type')?.includes('application/json');
    return { status: answer.status, body: (isJson ? JSON.parse(said) : said) as T, headers: answer.headers };
  };
  const code = (more.claimFrom?.() ?? lines.join('\n')).match(/code ([A-Z0-9]{8})/)?.[1];
  const claimed = await ask('POST', '/api/claim', { code, password });
  const cookie = claimed.headers.get('set-cookie')?.split(';')[0] ?? '';
  /** As the signed-in page. */
  const page = <T = Record<string, unknown>>(
    method: string,
    path: string,
    body?: unknown,
    headers: Record<string, string> = {},
  ) => ask<T>(method, path, body, { cookie, ...headers });
  const change = async <T = Record<string, unknown>>(changes: { path: string; value: unknown }[]) => {
    const etag = (await page('GET', '/api/config')).headers.get('etag')!;
    return await page<T>('PATCH', '/api/config', { changes }, { 'if-match': etag });
  };
  return { ...started, file, ask, page, change, cookie };
}

/** The events of a stream as they come, until the test ends. */
export async function follow(ends: Ends, url: string, headers: Record<string, string>) {
  const abort = new AbortController();
  ends.push(() => abort.abort());
  const answer = await fetch(url, { headers, signal: abort.signal });
  const events: { event: string; data: Record<string, unknown> }[] = [];
  let over = false;
  void (async () => {
    let rest = '';
    for await (const part of answer.body!.pipeThrough(new TextDecoderStream())) {
      const blocks = (rest + part).split('\n\n');
      rest = blocks.pop()!;
      for (const block of blocks) {
        const event = /^event: (.*)$/m.exec(block)?.[1];
        if (event) events.push({ event, data: JSON.parse(/^data: (.*)$/m.exec(block)![1]!) });
      }
    }
  })()
    .catch(() => {})
    .finally(() => {
      over = true;
    });
  return { status: answer.status, events, isOver: () => over };
}
