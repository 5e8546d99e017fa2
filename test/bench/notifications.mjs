// 650 rich notifications in one POST (about 1.4 MB) to a whole running bridge with a light for each person: how soon it
// is acknowledged, how soon each light is told over MQTT, how long the event loop stands still meanwhile, and how much
// of a processor it takes, which other work on the machine changes least. Beside it the floor: a bare Fastify with the same cryptography and a bare Aedes. Each in its own process, measured in turn.
import { spawn } from 'node:child_process';
import { mkdtempSync, readFileSync, rmSync, writeFileSync } from 'node:fs';
import { createServer, request } from 'node:http';
import { tmpdir } from 'node:os';
import { join } from 'node:path';
import { performance } from 'node:perf_hooks';
import mqtt from 'mqtt';
import { systemClock } from '../../dist/protocol/clock.js';
import { createGraphStandIn } from '../../dist/simulator/graph/stand-in.js';
import {
  encryptContent,
  readEncryptionCertificate,
} from '../../dist/simulator/graph/subscriptions/encryption.js';

const people = 650;
const rounds = 15;
const clientId = '11111111-2222-3333-4444-555555555555';
const tenantId = 'aaaabbbb-0000-4ccc-8111-dddd2222eeee';
const account = { username: 'bench', password: 'bench-password', reconnectPeriod: 0 };
const folder = mkdtempSync(join(tmpdir(), 'doorlight-bench-'));
const ids = Array.from({ length: people }, (_, index) => {
  const number = String(index).padStart(12, '0');
  return `00000000-0000-4000-8000-${number}`;
});
const lightOf = (index) => `door-${index}`;
const ends = [];

/** A child that tells, when asked, how long its event loop stood still, and what it took, since it was asked last. */
async function run(args, env = {}) {
  const watch = join(folder, 'watch.mjs');
  writeFileSync(
    watch,
    `import { monitorEventLoopDelay } from 'node:perf_hooks';
const delay = monitorEventLoopDelay({ resolution: 1 });
let before = process.cpuUsage();
process.on('message', () => {
  delay.disable();
  const { user, system } = process.cpuUsage(before);
  process.send({ took: { late: delay.percentile(99) / 1e6, latest: delay.max / 1e6, cpu: (user + system) / 1e3 } });
  before = process.cpuUsage();
  delay.reset();
  delay.enable();
});`,
  );
  const child = spawn(process.execPath, ['--import', watch, ...args], {
    cwd: folder,
    stdio: ['ignore', 'pipe', 'inherit', 'ipc'],
    env: { ...process.env, LOG_LEVEL: 'error', ...env },
  });
  ends.push(() => {
    child.kill();
    return new Promise((resolve) => child.once('exit', resolve));
  });
  const ready = await new Promise((resolve, reject) => {
    let text = '';
    child.stdout.on('data', (bytes) => {
      text += bytes;
      const line = /^ready (.*)$/m.exec(text);
      if (line) resolve(Object.fromEntries(line[1].split(' ').map((each) => each.split(/=(.*)/s, 2))));
    });
    child.once('exit', (code) => reject(new Error(`ended with ${code}: ${text}`)));
  });
  const took = () =>
    new Promise((resolve) => {
      child.once('message', (message) => resolve(message.took));
      child.send('took');
    });
  return { ...ready, took };
}

/** Resolves with the ms to the answer. */
function post(url, body, expected) {
  const started = performance.now();
  return new Promise((resolve, reject) => {
    const headers = { 'content-type': 'application/json' };
    const sent = request(url, { method: 'POST', headers }, (answer) => {
      answer.resume();
      if (answer.statusCode !== expected) reject(new Error(`${url} answered ${answer.statusCode}`));
      else resolve(performance.now() - started);
    });
    sent.on('error', reject);
    sent.end(body);
  });
}

/** The way between Graph and the bridge's hooks, where a first real notification is looked at. */
async function startWay() {
  let target = '';
  let heard = () => {};
  const server = createServer((incoming, answer) => {
    const parts = [];
    incoming.on('data', (part) => parts.push(part));
    incoming.on('end', () => {
      const body = Buffer.concat(parts);
      if (incoming.url.endsWith('/notifications') && body.length > 0) heard(JSON.parse(body));
      const { method, url, headers } = incoming;
      const onwards = request(`${target}${url}`, { method, headers }, (reply) => {
        answer.writeHead(reply.statusCode, reply.headers);
        reply.pipe(answer);
      });
      onwards.on('error', () => answer.writeHead(502).end());
      onwards.end(body);
    });
  });
  await new Promise((resolve) => server.listen(0, '127.0.0.1', resolve));
  ends.push(() => server.close());
  return {
    url: `http://127.0.0.1:${server.address().port}`,
    leadTo: (url) => {
      target = url;
    },
    next: () =>
      new Promise((resolve) => {
        heard = resolve;
      }),
  };
}

const graph = createGraphStandIn({
  clock: systemClock,
  port: 0,
  controlPort: 0,
  dataDir: folder,
  autoApprove: true,
});
const { graphUrl, controlUrl, caFile } = await graph.start();
ends.push(graph.stop);
async function control(method, path, body) {
  const headers = { 'content-type': 'application/json' };
  const answer = await fetch(`${controlUrl}${path}`, { method, headers, body: JSON.stringify(body) });
  if (!answer.ok) throw new Error(`${path}: ${answer.status} ${await answer.text()}`);
}

async function startDoorlight() {
  for (let first = 0; first < people; first += 325) {
    const users = ids.slice(first, first + 325).map((id, index) => ({
      id,
      userPrincipalName: `user${first + index}@contoso.com`,
      displayName: `User ${first + index}`,
    }));
    await control('POST', '/users', users);
  }
  const way = await startWay();
  // The stand-in knows nothing of what is posted here, so no read may come between.
  const config = `microsoft: { tenant: ${tenantId}, clientId: ${clientId}, graphUrl: "${graphUrl}", authorityUrl: "${graphUrl}", caFile: "${caFile}" }
source: { mode: push, publicUrl: "${way.url}", reconcileSeconds: 900, staleAfterSeconds: 1800 }
people:
${ids.map((id, index) => `  - { id: p${index}, user: ${id} }`).join('\n')}
lights:
${ids.map((_, index) => `  - { id: ${lightOf(index)}, kind: page, shows: [p${index}] }`).join('\n')}
mqtt: { listen: { host: 127.0.0.1, port: 0, tlsPort: 0, probePort: 0 }, users: [{ username: bench, password: bench-password, access: all }] }
web: { host: 127.0.0.1, port: 0 }
hooks: { port: 0 }
`;
  writeFileSync(join(folder, 'doorlight.yaml'), config);
  const main = join(import.meta.dirname, '../../dist/bridge/main.js');
  const ports = ['web', 'hooks', 'mqtt'].flatMap((name) => [`--${name}-port`, '0']);
  const next = way.next();
  const bridge = await run([main, 'start', ...ports, '--data', join(folder, 'data')]);
  way.leadTo(bridge.hooks);
  let sample;
  // Until it is signed in and subscribed, nothing comes.
  for (let turn = 0; !sample; turn++) {
    // Neither is what is posted first, so that each light is told something new.
    const availability = turn % 2 ? 'DoNotDisturb' : 'Away';
    await control('PUT', '/users/user0/presence', { availability });
    sample = await Promise.race([next, new Promise((resolve) => setTimeout(resolve, 1_000))]);
  }
  return { ...bridge, name: 'doorlight', url: `${bridge.hooks}/graph/notifications`, sample };
}

/** The same checks and the same cryptography, 16 at a time, one PUBLISH each, and no more. */
async function startFloor({ cert, key, id }, jwks) {
  writeFileSync(join(folder, 'floor.json'), JSON.stringify({ cert, key, id, jwks, clientId, ids }));
  const script = `import { createDecipheriv, createHmac, webcrypto } from 'node:crypto';
import { readFileSync } from 'node:fs';
import { createServer } from 'node:net';
import { Aedes } from ${JSON.stringify(import.meta.resolve('aedes'))};
import fastify from ${JSON.stringify(import.meta.resolve('fastify'))};
import { createLocalJWKSet, jwtVerify } from ${JSON.stringify(import.meta.resolve('jose'))};
const { key, jwks, clientId, ids } = JSON.parse(readFileSync('floor.json', 'utf8'));
const der = Buffer.from(key.replace(/-----[^-]+-----|\\s/g, ''), 'base64');
const privateKey = await webcrypto.subtle.importKey('pkcs8', der, { name: 'RSA-OAEP', hash: 'SHA-1' }, false, ['decrypt']);
const keys = createLocalJWKSet(jwks);
const lights = new Map(ids.map((id, index) => [id, 'door-' + index]));
const aedes = await Aedes.createBroker();
const broker = createServer((socket) => { socket.setNoDelay(true); aedes.handle(socket); });
await new Promise((resolve) => broker.listen(0, '127.0.0.1', resolve));
const app = fastify({ bodyLimit: 4 * 1024 * 1024 });
async function open({ encryptedContent: { data, dataKey, dataSignature } }) {
  const symmetric = Buffer.from(await webcrypto.subtle.decrypt('RSA-OAEP', privateKey, Buffer.from(dataKey, 'base64')));
  const bytes = Buffer.from(data, 'base64');
  if (createHmac('sha256', symmetric).update(bytes).digest('base64') !== dataSignature) throw new Error('signature');
  const aes = createDecipheriv('aes-256-cbc', symmetric, symmetric.subarray(0, 16));
  return JSON.parse(aes.update(bytes, undefined, 'utf8') + aes.final('utf8'));
}
async function work({ value, validationTokens }) {
  for (const token of validationTokens) await jwtVerify(token, keys, { audience: clientId });
  for (let first = 0; first < value.length; first += 16) {
    for (const { id, availability } of await Promise.all(value.slice(first, first + 16).map(open))) {
      const color = availability === 'Busy' ? { r: 255, g: 0, b: 0 } : { r: 0, g: 255, b: 0 };
      const payload = JSON.stringify({ state: 'ON', color_mode: 'rgb', color, brightness: 255, effect: 'solid' });
      aedes.publish({ cmd: 'publish', topic: 'doorlight/lights/' + lights.get(id) + '/show', payload, qos: 1, retain: true }, () => {});
    }
  }
}
app.post('/graph/notifications', (incoming, reply) => {
  setImmediate(() => void work(incoming.body));
  return reply.code(202).send();
});
const url = await app.listen({ host: '127.0.0.1', port: 0 });
console.log('ready hooks=' + url + ' mqtt=mqtt://127.0.0.1:' + broker.address().port);`;
  writeFileSync(join(folder, 'floor.mjs'), script);
  const floor = await run(['floor.mjs']);
  return { ...floor, name: 'floor', url: `${floor.hooks}/graph/notifications` };
}

let sequence = 1;
/** All that a presence resource may carry besides, with a status message as long as Teams allows. */
const everything = {
  '@odata.type': '#microsoft.graph.presence',
  outOfOfficeSettings: { isOutOfOffice: false, message: null },
  workLocation: { placeId: null, source: 'none', workLocationType: 'unspecified' },
  statusMessage: { message: { content: 'x'.repeat(280), contentType: 'text' } },
};
function makeBody({ value: [first], validationTokens }, target) {
  const availability = sequence % 2 ? 'Busy' : 'Available';
  // Later than whatever the stand-in counted itself.
  const sequenceNumber = `Z${String(sequence++).padStart(10, '0')}`;
  const value = ids.map((id) => ({
    ...first,
    resource: `communications/presences/${id}`,
    resourceData: { ...first.resourceData, '@odata.id': `users/${id}/presence`, id },
    encryptedContent: encryptContent(
      {
        ...everything,
        '@odata.id': `users/${id}/presence`,
        id,
        availability,
        activity: availability,
        sequenceNumber,
      },
      target,
    ),
  }));
  return JSON.stringify({ value, validationTokens });
}

/** ms from the POST to the 202, and to the PUBLISH of each light. */
async function measure({ url, took, reader }, body) {
  const waiting = new Set(ids.map((_, index) => lightOf(index)));
  const told = [];
  let started = 0;
  const all = new Promise((resolve) => {
    reader.onShow = (light) => {
      if (!waiting.delete(light)) return;
      told.push(performance.now() - started);
      if (waiting.size === 0) resolve();
    };
  });
  await took();
  started = performance.now();
  const [acknowledged] = await Promise.all([post(url, body, 202), all]);
  const { late, latest, cpu } = await took();
  return {
    acknowledged: [acknowledged],
    told,
    last: [told.at(-1)],
    late: [late],
    latest: [latest],
    cpu: [cpu],
  };
}

async function readerOf(url) {
  const client = await mqtt.connectAsync(url, account);
  ends.push(() => client.end(true));
  const reader = { onShow() {} };
  client.on('message', (topic) => reader.onShow(topic.split('/')[2]));
  await client.subscribeAsync('doorlight/lights/+/show', { qos: 1 });
  // What is retained comes first, and is not what is measured.
  await new Promise((resolve) => setTimeout(resolve, 2_000));
  return reader;
}

const at = (list, share) => {
  const sorted = [...list].sort((a, b) => a - b);
  return sorted[Math.min(sorted.length - 1, Math.floor(sorted.length * share))];
};

try {
  const bridge = await startDoorlight();
  const [ring] = JSON.parse(readFileSync(join(folder, 'data', 'graph-encryption.json'), 'utf8'));
  const { cert } = ring;
  const target = readEncryptionCertificate(cert.replace(/-----[^-]+-----|\s/g, ''), ring.id);
  const { Agent, fetch: fetchWith } = await import('undici');
  const dispatcher = new Agent({ connect: { ca: readFileSync(caFile) } });
  const jwks = await (await fetchWith(`${graphUrl}/common/discovery/v2.0/keys`, { dispatcher })).json();
  await dispatcher.close();
  const floor = await startFloor(ring, jwks);
  const sides = [floor, bridge];
  for (const side of sides) side.reader = await readerOf(side.mqtt);
  const found = sides.map(() => ({ acknowledged: [], told: [], last: [], late: [], latest: [], cpu: [] }));
  let bytes = 0;
  // The first two rounds warm up, and do not count.
  for (let round = -2; round < rounds; round++) {
    const body = makeBody(bridge.sample, target);
    bytes = body.length;
    for (const [index, side] of sides.entries()) {
      const result = await measure(side, body);
      if (round < 0) continue;
      for (const [name, values] of Object.entries(result)) found[index][name].push(...values);
    }
  }
  console.log(
    `\n${people} rich notifications in one POST of ${(bytes / 1e6).toFixed(2)} MB, ${rounds} rounds in turn; node ${process.version}`,
  );
  console.log(`${''.padEnd(40)}${'floor'.padStart(9)}${'doorlight'.padStart(11)}${'ratio'.padStart(8)}`);
  const row = (what, name, share) => {
    const [bare, ours] = found.map((each) => at(each[name], share));
    const values = [bare.toFixed(1).padStart(9), ours.toFixed(1).padStart(11)].join('');
    console.log(`${what.padEnd(40)}${values}${(ours / bare).toFixed(2).padStart(8)}`);
  };
  for (const [what, name] of [
    ['POST to 202, ms', 'acknowledged'],
    ["POST to a light's PUBLISH, ms", 'told'],
    ['POST to the last PUBLISH, ms', 'last'],
    ['event loop late, 99th percentile, ms', 'late'],
    ['event loop late at most, ms', 'latest'],
    ['processor time, all threads, ms', 'cpu'],
  ]) {
    row(`${what}: p50`, name, 0.5);
    row(`${' '.repeat(what.length)}  p99`, name, 0.99);
  }
} finally {
  for (const end of ends.reverse()) await end();
  rmSync(folder, { recursive: true, force: true });
}
