import { readFileSync } from 'node:fs';

/** Names this run of the machine; empty where the system does not say (only Linux does). */
export function bootId(): string {
  try {
    return readFileSync('/proc/sys/kernel/random/boot_id', 'utf8').trim();
  } catch {
    return '';
  }
}
