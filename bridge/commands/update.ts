/** `doorlight update`: on the appliance, by root and a timer. */
import { execFile } from 'node:child_process';
import { readFileSync } from 'node:fs';
import { readFile, stat } from 'node:fs/promises';
import { join } from 'node:path';
import { promisify } from 'node:util';
import { fetch } from 'undici';
import { systemClock } from '../../protocol/clock.ts';
import { version } from '../assets.ts';
import { reasonOf } from '../log.ts';
import { ReleaseError } from '../update/release.ts';
import { openReleases } from '../update/releases.ts';
import { type UpdateWishes, update } from '../update/updater.ts';
import { readWishes } from '../update/wishes.ts';
import { askSocket } from './beside-bridge.ts';
import { readArguments, refusePositionals, UsageError } from './options.ts';

export const help = `doorlight update [--now] [--from URL|DIR] [--release FILE] [--releases DIR] [--data DIR] [--json]

Takes the newest signed release, restarts the service, and goes back by itself when that does not get ready.
Where from, and signed by whom, is in /usr/share/doorlight/release.json; --from may name a folder, such as a stick's.
--now takes it even if updates are off or put off. For root, on a machine with the Debian package.`;

const execute = promisify(execFile);
const downloadMs = 10 * 60_000;

export async function run(args: string[]): Promise<number> {
  const { values, positionals } = readArguments(args, {
    now: { type: 'boolean', default: false },
    from: { type: 'string' },
    release: { type: 'string', default: '/usr/share/doorlight/release.json' },
    releases: { type: 'string', default: '/var/lib/doorlight-releases' },
  });
  if (values.help) {
    console.log(help);
    return 0;
  }
  refusePositionals(positionals);
  const { url, key } = origin(values.release);
  const from = values.from ?? url;
  if (/^http:/.test(from) && !values.from)
    throw new UsageError(`${values.release} must name an https address.`);
  const releases = openReleases(values.releases);
  const say = (line: string) => {
    if (!values.json) console.log(line);
  };
  try {
    const outcome = await update({
      clock: systemClock,
      releases,
      version,
      key,
      architecture: (await execute('dpkg', ['--print-architecture'])).stdout.trim(),
      fetch: (name, most) =>
        /^https?:/.test(from) ? download(from, name, most) : fromFolder(from, name, most),
      restart: async () => void (await execute('systemctl', ['restart', '--no-block', 'doorlight.service'])),
      ask: () => ask(values.data),
      wishes: (): UpdateWishes => ({
        ...readWishes(values.data),
        ...(values.now ? { now: true } : {}),
      }),
      say,
    });
    if (values.json) console.log(JSON.stringify({ outcome, version }));
    return outcome === 'rolled-back' ? 1 : 0;
  } catch (error) {
    const at = new Date(systemClock.now()).toISOString();
    const outcome = error instanceof ReleaseError ? 'refused' : 'failed';
    releases.say({ last: { version, at, outcome, why: reasonOf(error) } });
    throw error;
  }
}

function origin(file: string): { url: string; key: string } {
  try {
    return JSON.parse(readFileSync(file, 'utf8')) as { url: string; key: string };
  } catch {
    throw new UsageError(
      `${file} is not there: this build takes no updates, install a newer package by hand.`,
    );
  }
}

async function ask(data: string): Promise<{ version: string; missing: string[] } | undefined> {
  return (await askSocket(join(data, 'control.sock'), 'GET', '/readyz')) as
    | { version: string; missing: string[] }
    | undefined;
}

async function download(base: string, name: string, mostBytes: number): Promise<Buffer> {
  const address = new URL(name, base.endsWith('/') ? base : `${base}/`);
  const answer = await fetch(address, { signal: AbortSignal.timeout(downloadMs) });
  if (!answer.ok || !answer.body) throw new Error(`${address} answers ${answer.status}.`);
  const chunks: Uint8Array[] = [];
  let size = 0;
  for await (const chunk of answer.body as AsyncIterable<Uint8Array>) {
    size += chunk.length;
    if (size > mostBytes) throw new Error(`${address} is larger than it may be.`);
    chunks.push(chunk);
  }
  return Buffer.concat(chunks);
}

async function fromFolder(folder: string, name: string, mostBytes: number): Promise<Buffer> {
  const file = join(folder, name);
  if ((await stat(file)).size > mostBytes) throw new Error(`${file} is larger than it may be.`);
  return await readFile(file);
}
