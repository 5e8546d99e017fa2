/** One WLED lamp over HTTP (kno.wled.ge, "JSON API"; settings as wled00/cfg.cpp reads them from /json/cfg). */
import { type Clock, sleep } from '../../../protocol/clock.ts';
import { wledState } from '../relay/wled.ts';

/** Longer than any answer of a lamp that is one. */
const mostBytes = 64 * 1024;
const timeoutMs = 5_000;
const blinkMs = 10_000;

export interface WledAddress {
  address: string;
  port: number;
}

export interface WledDevice extends WledAddress {
  /** Twelve hexadecimal digits. */
  mac: string;
  name: string;
  /** Its MQTT device topic, while MQTT is on; nothing when it does not tell. */
  topic: string | undefined;
}

/** Why a lamp did not do it, as a sentence with the mend. */
export class WledError extends Error {}

/** GET, or POST with a body. @throws WledError */
export async function askWled(
  { address, port }: WledAddress,
  path: string,
  { clock, body }: { clock: Clock; body?: object },
): Promise<unknown> {
  const abort = new AbortController();
  const cancel = clock.after(timeoutMs, () => abort.abort());
  try {
    const answer = await fetch(`http://${address}:${port}${path}`, {
      ...(body ? { method: 'POST', body: JSON.stringify(body) } : {}),
      headers: body ? { 'content-type': 'application/json' } : {},
      // What answered the search is asked, and nobody whom it names.
      redirect: 'error',
      signal: abort.signal,
    });
    if (answer.status === 401) {
      throw new WledError(
        'Its settings are locked by a PIN: take the PIN out on its own page, then try again.',
      );
    }
    if (!answer.ok) throw new WledError(`It answers ${answer.status}: restart it, then try again.`);
    return JSON.parse(await textOf(answer));
  } catch (error) {
    if (error instanceof WledError) throw error;
    throw new WledError(`It does not answer at ${address} as a WLED does: restart it, then try again.`);
  } finally {
    cancel();
  }
}

async function textOf(answer: Response): Promise<string> {
  const parts: Uint8Array[] = [];
  let bytes = 0;
  for await (const part of answer.body ?? []) {
    bytes += part.length;
    if (bytes > mostBytes) throw new Error('too long');
    parts.push(part);
  }
  return Buffer.concat(parts).toString('utf8');
}

/** Who answers at an address; nothing when it is no WLED. */
export async function wledAt(at: WledAddress, clock: Clock): Promise<WledDevice | undefined> {
  try {
    const info = (await askWled(at, '/json/info', { clock })) as Record<string, unknown> | null;
    const { name, mac, brand } = info ?? {};
    if (brand !== 'WLED' || typeof mac !== 'string' || !/^[0-9a-f]{12}$/i.test(mac)) return undefined;
    const topic = await topicOf(at, clock);
    const said = typeof name === 'string' ? name.replace(/\p{Cc}/gu, '').slice(0, 64) : '';
    return { ...at, mac: mac.toLowerCase(), name: said || 'WLED', topic };
  } catch {
    return undefined;
  }
}

/** Its settings may be locked; then it is a lamp nevertheless. */
async function topicOf(at: WledAddress, clock: Clock): Promise<string | undefined> {
  type Settings = { if?: { mqtt?: { en?: unknown; topics?: { device?: unknown } } } } | null;
  const settings = (await askWled(at, '/json/cfg', { clock }).catch(() => null)) as Settings;
  const { en, topics } = settings?.if?.mqtt ?? {};
  return en === true && typeof topics?.device === 'string' ? topics.device : undefined;
}

/**
 * Lets it blink white for ten seconds, then show what it showed; resolves when it blinks. A bridge that ends meanwhile
 * leaves it to its nightlight, which darkens it. @throws WledError
 */
export async function blinkWled(at: WledAddress, clock: Clock, ended: AbortSignal): Promise<void> {
  const before = (await askWled(at, '/json/state', { clock })) as Record<string, unknown>;
  const color = { r: 255, g: 255, b: 255 };
  const white = { state: 'ON' as const, color_mode: 'rgb' as const, color, brightness: 255 };
  await askWled(at, '/json/state', { clock, body: wledState({ ...white, effect: 'identify' }) });
  const { on, bri, nl, seg } = before;
  void sleep(clock, blinkMs, ended)
    .then(() => askWled(at, '/json/state', { clock, body: { on, bri, nl, seg } }))
    .catch(() => {});
}

/** What it logs in to the broker with. WLED takes no more than 32 characters of a host and of a topic, 40 of a name. */
export interface WledMqtt {
  host: string;
  port: number;
  username: string;
  password: string;
  topic: string;
}

/** Sets its MQTT settings and restarts it, because it reads them at its start. @throws WledError */
export async function giveBroker(at: WledAddress, clock: Clock, mqtt: WledMqtt): Promise<void> {
  const { host, port, username, password, topic } = mqtt;
  const settings = { en: true, broker: host, port, user: username, psk: password, topics: { device: topic } };
  await askWled(at, '/json/cfg', { clock, body: { if: { mqtt: settings }, rb: true } });
}
