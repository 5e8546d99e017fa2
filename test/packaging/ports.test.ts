import { readdirSync, readFileSync, readlinkSync, writeFileSync } from 'node:fs';
import { join } from 'node:path';
import { afterEach, describe, expect, it } from 'vitest';
import { listenersOf } from '../../bridge/config/listeners.ts';
import { parseConfig } from '../../bridge/config/load.ts';
import { anyPorts, doorlight, ready } from '../system/demo-process.ts';
import { type Ends, endAll, temporaryFolder } from '../system/kit.ts';

const ends: Ends = [];
afterEach(() => endAll(ends));

/** The sockets on which a process is reached from outside, as proc(5) has them: `tcp 127.0.0.1`, `udp 0.0.0.0`. */
function openSockets(pid: number): string[] {
  const own = new Set(
    readdirSync(`/proc/${pid}/fd`).map((fd) => {
      try {
        return /^socket:\[(\d+)\]$/.exec(readlinkSync(`/proc/${pid}/fd/${fd}`))?.[1];
      } catch {
        // Closed since it was listed.
        return undefined;
      }
    }),
  );
  return ['tcp', 'tcp6', 'udp', 'udp6'].flatMap((protocol) =>
    readFileSync(`/proc/${pid}/net/${protocol}`, 'utf8')
      .trim()
      .split('\n')
      .slice(1)
      .map((line) => line.trim().split(/\s+/))
      // TCP_LISTEN is 0A; a UDP socket is open to everybody while it has no peer, 07.
      .filter((row) => own.has(row[9]!) && row[3] === (protocol.startsWith('tcp') ? '0A' : '07'))
      .map((row) => `${protocol} ${row[1]!.split(':')[0] === '0100007F' ? 'loopback' : 'any'}`),
  );
}

describe('open ports', () => {
  it.skipIf(process.platform !== 'linux')(
    'are those of docs/security.md and no other (skipped where there is no /proc)',
    async () => {
      const folder = temporaryFolder(ends);
      writeFileSync(join(folder, 'doorlight.yaml'), 'people: [{ id: alice, user: alice@contoso.com }]\n');
      const bridge = doorlight(ends, ['start', '--config', 'doorlight.yaml', ...anyPorts], folder);
      await ready(bridge);
      expect(openSockets(bridge.child.pid!).sort()).toEqual([
        'tcp any', // web
        'tcp any', // MQTT
        'tcp any', // MQTT over TLS
        'tcp loopback', // hooks
        'udp any', // lamps' probes
      ]);
    },
  );

  it('are listed in docs/security.md with their numbers', () => {
    const text = readFileSync(join(import.meta.dirname, '../../docs/security.md'), 'utf8');
    const section = text.split('## Listeners')[1]!.split('\n## ')[0]!;
    const listed = [...section.matchAll(/^\| (\d[^|]*?) \|/gm)]
      .map(([, cell]) => cell!)
      .filter((cell) => !cell.includes('Pi image only'))
      .flatMap((cell) => cell.match(/\d+/g)!.map(Number));
    const listeners = listenersOf(parseConfig('', 'doorlight.yaml'), {});
    const open = Object.values(listeners).map(({ port }) => port);
    expect(listed.sort()).toEqual(open.sort());
    expect(listeners.hooks.host).toBe('127.0.0.1');
  });
});
