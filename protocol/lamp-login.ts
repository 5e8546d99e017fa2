/**
 * A lamp's log-in (contract section 4): the lamp probes by UDP, the bridge proves itself, and the lamp's MQTT
 * password is good once. These are the exact texts; the HMAC is each side's own (`node:crypto`, Espruino's `crypto`).
 */
export const probeWord = 'DL1';

/** What the bridge signs in its answer to a probe. */
export function bridgeProof(id: string, nonceL: string, nonceB: string, host: string, port: number): string {
  return `bridge|${id}|${nonceL}|${nonceB}|${host}|${port}`;
}

/** What the lamp signs; the hex HMAC is its MQTT password. */
export function lampProof(id: string, nonceL: string, nonceB: string): string {
  return `lamp|${id}|${nonceL}|${nonceB}`;
}
