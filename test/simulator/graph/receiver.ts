import { createServer, type IncomingMessage, type ServerResponse } from 'node:http';
import type { AddressInfo } from 'node:net';

export interface Post {
  path: string;
  query: URLSearchParams;
  rawQuery: string;
  contentType: string;
  // biome-ignore lint/suspicious/noExplicitAny: payloads are looked into freely
  body: any;
}

export interface Receiver {
  url: string;
  /** Every POST that was no handshake. */
  posts: Post[];
  handshakes: Post[];
  /** Resolves with the next POST that nobody has taken yet. */
  next(): Promise<Post>;
  /** Answers POSTs that are no handshakes; 202 by default. */
  answer: (response: ServerResponse, post: Post) => void;
  /** Answers handshakes; rightly by default. */
  greet: (response: ServerResponse, token: string) => void;
  close(): Promise<void>;
}

/** An app's notification endpoint on loopback, as a real HTTP server. */
export async function createReceiver(port = 0): Promise<Receiver> {
  const waiting: ((post: Post) => void)[] = [];
  const untaken: Post[] = [];

  async function handle(request: IncomingMessage, response: ServerResponse): Promise<void> {
    const chunks: Buffer[] = [];
    for await (const chunk of request) chunks.push(chunk as Buffer);
    const url = new URL(request.url!, 'http://x');
    const text = Buffer.concat(chunks).toString();
    const contentType = request.headers['content-type'] ?? '';
    const token = url.searchParams.get('validationToken');
    const body = contentType.includes('json') ? JSON.parse(text) : text;
    const post = { path: url.pathname, query: url.searchParams, rawQuery: url.search, contentType, body };
    if (token !== null) {
      receiver.handshakes.push(post);
      return receiver.greet(response, token);
    }
    receiver.posts.push(post);
    receiver.answer(response, post);
    const taker = waiting.shift();
    if (taker) taker(post);
    else untaken.push(post);
  }

  const server = createServer((request, response) => void handle(request, response));
  await new Promise<void>((done) => server.listen(port, '127.0.0.1', done));
  const receiver: Receiver = {
    url: `http://127.0.0.1:${(server.address() as AddressInfo).port}`,
    posts: [],
    handshakes: [],
    next: () => {
      const post = untaken.shift();
      return post ? Promise.resolve(post) : new Promise((resolve) => waiting.push(resolve));
    },
    answer: (response) => response.writeHead(202).end(),
    greet: (response, token) => response.writeHead(200, { 'content-type': 'text/plain' }).end(token),
    close: () =>
      new Promise((done) => {
        server.close(() => done());
        server.closeAllConnections();
      }),
  };
  return receiver;
}
