/** Counts the interpreter's variables that the built app has in use, on Espruino's Linux build. */
import { spawn } from 'node:child_process';
import { createHmac } from 'node:crypto';
import { createSocket } from 'node:dgram';
import { once } from 'node:events';
import { mkdtemp, rm, writeFile } from 'node:fs/promises';
import { type AddressInfo, createServer } from 'node:net';
import { tmpdir } from 'node:os';
import { join } from 'node:path';
import { bridgeProof, probeWord } from '../protocol/lamp-login.ts';

const id = 'door-alice';
const key = '00112233445566778899aabbccddeeff';
const nonceB = 'ab'.repeat(16);
const looksNeeded = 5;
const longestMs = 30_000;

function field(text: string): Buffer {
  return Buffer.concat([Buffer.from([text.length >> 8, text.length & 255]), Buffer.from(text)]);
}

/** A PUBLISH of QoS 0 (OASIS MQTT Version 3.1.1, section 3.3), its length in two bytes. */
function message(topic: string, payload: string): Buffer {
  const body = Buffer.concat([field(topic), Buffer.from(payload)]);
  return Buffer.concat([Buffer.from([0x30, (body.length & 127) | 128, body.length >> 7]), body]);
}

/** As much of a bridge and its broker as a lamp needs to show a status that pulses. */
async function startBridge() {
  const look = { state: 'ON', color_mode: 'rgb', color: { r: 255, g: 0, b: 0 }, brightness: 255 };
  const said = Buffer.concat([
    message('doorlight/bridge/state', 'online'),
    message(`doorlight/lights/${id}/show`, JSON.stringify({ ...look, effect: 'pulse' })),
    message('doorlight/bridge/alive', '{"seq":1}'),
  ]);
  const server = createServer((socket) => {
    socket.on('error', () => {});
    socket.on('data', (data) => {
      // CONNACK for a CONNECT, SUBACK for a SUBSCRIBE.
      if (data[0] === 0x10) socket.write(Buffer.from([0x20, 2, 0, 0]));
      if (data[0] !== 0x82) return;
      const head = data[1]! > 127 ? 3 : 2;
      socket.write(Buffer.from([0x90, 8, data[head]!, data[head + 1]!, 1, 1, 1, 1, 1, 1]));
      socket.write(said);
    });
  }).listen(0, '127.0.0.1');
  await once(server, 'listening');
  const { port } = server.address() as AddressInfo;
  const udp = createSocket('udp4');
  udp.on('message', (probe, from) => {
    const nonceL = String(probe).split(' ')[2]!;
    const proof = createHmac('sha256', key)
      .update(bridgeProof(id, nonceL, nonceB, '-', port))
      .digest('hex');
    udp.send(`${probeWord} - ${port} ${nonceB} ${proof}`, from.port, from.address);
  });
  udp.bind(0, '127.0.0.1');
  await once(udp, 'listening');
  return {
    probePort: udp.address().port,
    close() {
      udp.close();
      server.close();
    },
  };
}

/**
 * How many variables are in use while a lamp with a ring of 16 shows a status, started by the loader and run from Storage
 * as on a chip, and garbage collected; the interpreter's own included.
 * @param espruino the path of Espruino's Linux build
 * @throws Error when it does not come to show the status
 */
export async function countVariables(espruino: string, loader: string, app: string): Promise<number> {
  const bridge = await startBridge();
  const folder = await mkdtemp(join(tmpdir(), 'doorlight-count-'));
  const settings = { id, key, bridge: '127.0.0.1', probePort: bridge.probePort, leds: { count: 16 } };
  // What stands in for the LEDs runs from Storage as well, or its own text would count.
  const spy = `Modules.addCached("neopixel",function(){exports.write=function(pin,light){red=light[1]>light[2];};});
    setInterval(function(){if(global.red)print("<"+process.memory().usage+">");},200);`;
  const files = Object.entries({ settings: JSON.stringify(settings), 'app.a': app, '.bootcde': loader, spy });
  const writes = files.map(
    (file) => `require("Storage").write(${file.map((text) => JSON.stringify(text))});`,
  );
  const start = 'eval(require("Storage").read("spy"));eval(require("Storage").read(".bootcde"));';
  await writeFile(join(folder, 'count.js'), `${writes.join('\n')}\n${start}`);
  const child = spawn(espruino, ['count.js'], { cwd: folder, stdio: ['pipe', 'pipe', 'ignore'] });
  const timer = setTimeout(() => child.kill('SIGKILL'), longestMs);
  let heard = '';
  child.stdout.on('data', (data: Buffer) => {
    heard += data.toString('latin1');
    if (heard.split('>').length > looksNeeded * 3) child.kill('SIGKILL');
  });
  try {
    await once(child, 'close');
    const looks = [...heard.matchAll(/<(\d+)>/g)].map((match) => Number(match[1]));
    if (looks.length < looksNeeded) throw new Error(`the firmware shows nothing on ${espruino}:\n${heard}`);
    return Math.max(...looks);
  } finally {
    clearTimeout(timer);
    bridge.close();
    await rm(folder, { recursive: true, force: true });
  }
}
