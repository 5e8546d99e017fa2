/** The bridge cannot start here, and what to do: exit code 1, one sentence. */
import { hostKeys, type Listener, type ListenerName, portKeys } from './config/listeners.ts';

export class StartError extends Error {}

/** Runs a listener's start and turns a taken port, and the like, into a StartError naming the port and the mend. */
export async function listening<T>(name: ListenerName, at: Listener, start: () => Promise<T>): Promise<T> {
  try {
    return await start();
  } catch (error) {
    const key = portKeys[name];
    const reasons: Record<string, string> = {
      EADDRINUSE: `is in use: stop the program that uses it, or choose another port (${key})`,
      EACCES: `may not be opened by this user: choose a port above 1023 (${key})`,
      EADDRNOTAVAIL: `cannot be opened, ${at.host} is not an address of this machine: correct ${hostKeys[name]}`,
      ENOTFOUND: `cannot be opened, nobody knows the name ${at.host}: correct ${hostKeys[name]}`,
    };
    const reason = reasons[(error as NodeJS.ErrnoException).code ?? ''];
    if (!reason) throw error;
    throw new StartError(`Port ${at.port || 'any'} (${name}) ${reason}.`);
  }
}
