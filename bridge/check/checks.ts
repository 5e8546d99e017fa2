/** What is checked, in the order in which it is told: what comes first may be the cause of what comes after. */
import { checkClock } from './clock.ts';
import { checkConfiguration } from './configuration.ts';
import type { Check, Finding, Surroundings } from './finding.ts';
import { checkLights } from './lights.ts';
import { checkMicrosoft } from './microsoft.ts';
import { checkPermissions } from './permissions.ts';
import { checkPorts } from './ports.ts';
import { checkPresence } from './presence.ts';
import { checkPublicUrl } from './public-url.ts';
import { checkSignIn } from './sign-in.ts';
import { checkUsb } from './usb.ts';

const checks: readonly Check[] = [
  checkConfiguration,
  checkClock,
  checkMicrosoft,
  checkSignIn,
  checkPermissions,
  checkPresence,
  checkPublicUrl,
  checkPorts,
  checkUsb,
  checkLights,
];

/** Runs one after the other, because two of them may want the same port. */
export async function runChecks(surroundings: Surroundings): Promise<Finding[]> {
  const found: Finding[] = [];
  for (const check of checks) found.push(...(await check(surroundings)));
  return found;
}
