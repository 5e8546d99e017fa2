/** One request to somebody out there, and why it came to nothing, in words for whoever has to mend it. */
import type { Clock } from '../../protocol/clock.ts';
import type { Fetch, FetchInit } from '../graph/http.ts';

export interface Contact {
  /** Without a path. */
  origin: string;
  /** Absent when there was an answer. */
  failure?: { message: string; mend: string };
  status: number;
  text: string;
  /** How far the clock over there is ahead of ours, ms; stamps are in whole seconds. Absent when it did not say. */
  aheadMs?: number;
}

/** Sends it; never rejects. */
export async function contact(
  fetch: Fetch,
  clock: Clock,
  url: string,
  init: FetchInit = {},
): Promise<Contact> {
  const { origin } = new URL(url);
  try {
    const answer = await fetch(url, init);
    const date = Date.parse(answer.headers.get('date') ?? '');
    const text = await answer.text();
    const ahead = Number.isNaN(date) ? {} : { aheadMs: date - clock.now() };
    return { origin, status: answer.status, text, ...ahead };
  } catch (error) {
    return { origin, status: 0, text: '', failure: whyUnreachable(error, new URL(url).host) };
  }
}

const untrusted = 'its certificate is signed by nobody this machine trusts';
const openTls =
  'If a proxy of your company opens TLS, name its authority as a PEM file in microsoft.caFile; else check where this name leads.';
const firewall = "Check this machine's network, its firewall and microsoft.proxy.";

/** Error code of Node, of OpenSSL or of undici -> what it means, and the mend. */
const reasons: Readonly<Record<string, readonly [means: string, mend: string]>> = {
  ENOTFOUND: ['its name is not known', "Check the address, and this machine's DNS server."],
  EAI_AGAIN: ['no DNS server answers', "Check this machine's network and its DNS server."],
  ECONNREFUSED: ['it refuses the connection', 'Check the address and the port, and that it is running.'],
  ECONNRESET: ['it breaks the connection off', firewall],
  EPIPE: ['it breaks the connection off', firewall],
  UND_ERR_SOCKET: ['it breaks the connection off', firewall],
  EHOSTUNREACH: ['there is no way to it', firewall],
  ENETUNREACH: ['this machine has no network', 'Check the cable or the Wi-Fi, and the default route.'],
  ETIMEDOUT: ['it does not answer', firewall],
  UND_ERR_CONNECT_TIMEOUT: ['it does not answer', firewall],
  SELF_SIGNED_CERT_IN_CHAIN: [untrusted, openTls],
  DEPTH_ZERO_SELF_SIGNED_CERT: [untrusted, openTls],
  UNABLE_TO_GET_ISSUER_CERT_LOCALLY: [untrusted, openTls],
  UNABLE_TO_VERIFY_LEAF_SIGNATURE: [untrusted, openTls],
  CERT_HAS_EXPIRED: [
    'its certificate has ended',
    "Check this machine's clock; if it is right, renew that certificate.",
  ],
  CERT_NOT_YET_VALID: [
    'its certificate is not valid yet',
    'Check this machine\'s clock: it is most likely behind. "sudo timedatectl set-ntp true" sets it.',
  ],
  ERR_TLS_CERT_ALTNAME_INVALID: ['its certificate is for another name', 'Check the address.'],
};

function whyUnreachable(error: unknown, host: string): { message: string; mend: string } {
  const { code = '', message } = rootOf(error);
  const known = Object.hasOwn(reasons, code) ? reasons[code] : undefined;
  if (known) return { message: `${host} cannot be reached: ${known[0]} (${code}).`, mend: known[1] };
  const said = message.replace(/\.$/, '') || code || 'no reason was given';
  return { message: `${host} cannot be reached: ${said}.`, mend: firewall };
}

/** The error under those that only wrap it; of several addresses tried, the first one's. */
function rootOf(error: unknown): { code?: string; message: string } {
  const { cause, errors } = (error ?? {}) as { cause?: unknown; errors?: unknown[] };
  if (errors?.[0]) return rootOf(errors[0]);
  if (cause instanceof Error) return rootOf(cause);
  return error instanceof Error ? error : { message: String(error) };
}
