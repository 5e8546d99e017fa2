// 650 rich notifications in one POST (about 1.4 MB): how soon acknowledged, how soon on the board, how long the event
// loop stood still; beside the floor, which is a bare Fastify that does the same cryptography and nothing else.
import { createDecipheriv, createHmac, randomUUID, webcrypto } from 'node:crypto';
import { mkdtempSync, rmSync } from 'node:fs';
import { request } from 'node:http';
import { tmpdir } from 'node:os';
import { join } from 'node:path';
import { monitorEventLoopDelay, performance } from 'node:perf_hooks';
import fastify from 'fastify';
import { createLocalJWKSet, jwtVerify } from 'jose';
import { openEncryptionKeys } from '../../dist/bridge/graph/encryption-key.js';
import { createInbox } from '../../dist/bridge/graph/inbox.js';
import { addNotificationRoutes } from '../../dist/bridge/graph/notification.js';
import { createValidationTokens } from '../../dist/bridge/graph/validation-token.js';
import { createBoard } from '../../dist/bridge/presence/board.js';
import { openStore } from '../../dist/bridge/store.js';
import { systemClock } from '../../dist/protocol/clock.js';
import { createSigningKeys } from '../../dist/simulator/graph/signing-keys.js';
import {
  encryptContent,
  readEncryptionCertificate,
} from '../../dist/simulator/graph/subscriptions/encryption.js';
import { createValidationTokens as createTokenMaker } from '../../dist/simulator/graph/subscriptions/validation-token.js';

const people = 650;
const rounds = 7;
const clientId = randomUUID();
const clientState = randomUUID();
const tenantId = 'aaaabbbb-0000-4ccc-8111-dddd2222eeee';
const ids = Array.from({ length: people }, () => randomUUID());
const folder = mkdtempSync(join(tmpdir(), 'doorlight-bench-'));
const keys = await openEncryptionKeys(openStore(folder), systemClock);
const signing = await createSigningKeys(systemClock);
const tokens = createTokenMaker(signing, () => 'https://login.microsoftonline.com', '1.0');
let sequence = 1;

async function makeBody() {
  const { id: certificateId, certificate } = keys.current();
  const target = readEncryptionCertificate(certificate, certificateId);
  const availability = sequence % 2 ? 'Busy' : 'Available';
  const sequenceNumber = `A${String(sequence++).padStart(10, '0')}`;
  const value = ids.map((id) => ({
    subscriptionId: randomUUID(),
    clientState,
    changeType: 'updated',
    tenantId,
    resource: `communications/presences/${id}`,
    resourceData: { '@odata.id': `users/${id}/presence`, '@odata.type': '#microsoft.graph.presence', id },
    organizationId: tenantId,
    encryptedContent: encryptContent(
      { '@odata.id': `users/${id}/presence`, id, availability, activity: availability, sequenceNumber },
      target,
    ),
  }));
  return JSON.stringify({ value, validationTokens: await tokens.make([clientId]) });
}

/** Resolves with the ms to the 202. */
function post(url, body) {
  const started = performance.now();
  return new Promise((resolve, reject) => {
    const sent = request(
      url,
      { method: 'POST', headers: { 'content-type': 'application/json' } },
      (answer) => {
        answer.resume();
        if (answer.statusCode !== 202) return reject(new Error(`answered ${answer.statusCode}`));
        resolve(performance.now() - started);
      },
    );
    sent.on('error', reject);
    sent.end(body);
  });
}

/** Doorlight: hooks, inbox, board. `onDone` is called with each person who is on the board. */
function product(onDone) {
  const board = createBoard({ clock: systemClock, people: ids, staleAfterMs: 120_000 });
  for (const id of ids) {
    const words = { availability: 'Away', activity: 'Away', outOfOffice: false };
    board.confirm({ person: id, words, source: 'poll', asOf: systemClock.monotonic() });
  }
  board.onChange(onDone);
  const inbox = createInbox({
    clock: systemClock,
    clientState,
    keys,
    tokens: createValidationTokens({
      cloud: { authority: 'https://login.microsoftonline.com', graph: '', push: true },
      clientId,
      fetch: () => Promise.resolve(Response.json(signing.jwks())),
      now: Date.now,
    }),
    tenantId: () => tenantId,
    onPresence: (id, words, asOf) => board.confirm({ person: id, words, source: 'push', asOf }),
    onDoubt: () => {},
    onLifecycle: () => {},
    log: { debug() {}, info() {}, warn: console.error, error: console.error },
  });
  const app = fastify({ bodyLimit: 4 * 1024 * 1024 });
  addNotificationRoutes(app, inbox, { accepted: 0, malformed: 0, tooLarge: 0 });
  return app;
}

/** The floor: the same checks and the same cryptography, 16 at a time, and no more. */
function floor(onDone) {
  const jwks = createLocalJWKSet(signing.jwks());
  const app = fastify({ bodyLimit: 4 * 1024 * 1024 });
  async function open({ encryptedContent: { data, dataKey, dataSignature } }) {
    const { privateKey } = keys.current();
    const key = Buffer.from(
      await webcrypto.subtle.decrypt('RSA-OAEP', privateKey, Buffer.from(dataKey, 'base64')),
    );
    const bytes = Buffer.from(data, 'base64');
    if (createHmac('sha256', key).update(bytes).digest('base64') !== dataSignature)
      throw new Error('signature');
    const aes = createDecipheriv('aes-256-cbc', key, key.subarray(0, 16));
    return JSON.parse(aes.update(bytes, undefined, 'utf8') + aes.final('utf8'));
  }
  async function work({ value, validationTokens }) {
    for (const token of validationTokens) await jwtVerify(token, jwks, { audience: clientId });
    for (let first = 0; first < value.length; first += 16) {
      for (const one of await Promise.all(value.slice(first, first + 16).map(open))) onDone(one);
    }
  }
  app.post('/graph/notifications', (incoming, reply) => {
    setImmediate(() => void work(incoming.body));
    return reply.code(202).send();
  });
  return app;
}

async function measure(make) {
  let left = 0;
  let done = () => {};
  const app = await make(() => {
    if (--left === 0) done();
  });
  const url = `${await app.listen({ host: '127.0.0.1', port: 0 })}/graph/notifications`;
  const results = [];
  let bytes = 0;
  for (let round = 0; round < rounds; round++) {
    const body = await makeBody();
    bytes = body.length;
    left = people;
    const delay = monitorEventLoopDelay({ resolution: 1 });
    const all = new Promise((resolve) => {
      done = resolve;
    });
    // Making the body was work of this thread too: let it settle first.
    await new Promise((resolve) => setTimeout(resolve, 50));
    delay.enable();
    const started = performance.now();
    const acknowledged = await post(url, body);
    await all;
    const told = performance.now() - started;
    delay.disable();
    results.push({ acknowledged, told, blocked: delay.max / 1e6 });
  }
  await app.close();
  const median = (name) => results.map((each) => each[name]).sort((a, b) => a - b)[Math.floor(rounds / 2)];
  return { bytes, acknowledged: median('acknowledged'), told: median('told'), blocked: median('blocked') };
}

const bare = await measure(floor);
const ours = await measure(product);
const row = (what, name) => {
  const ratio = (ours[name] / bare[name]).toFixed(2);
  console.log(
    `${what.padEnd(34)}${bare[name].toFixed(1).padStart(9)}${ours[name].toFixed(1).padStart(11)}${ratio.padStart(8)}`,
  );
};
console.log(
  `${people} rich notifications in one POST of ${(ours.bytes / 1e6).toFixed(2)} MB, median of ${rounds}`,
);
console.log(`${''.padEnd(34)}${'floor'.padStart(9)}${'doorlight'.padStart(11)}${'ratio'.padStart(8)}`);
row('acknowledged, ms', 'acknowledged');
row('all on the board, ms', 'told');
row('event loop blocked at most, ms', 'blocked');
rmSync(folder, { recursive: true, force: true });
