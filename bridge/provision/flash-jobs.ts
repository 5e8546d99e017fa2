/** Flashing from the page: what runs, how far it is, and how it ended; one board on a port at a time. */
import { randomUUID } from 'node:crypto';
import type { FlashJob, FlashRequest } from '../../protocol/updates.ts';
import { type Log, reasonOf } from '../log.ts';
import type { FlashStep } from './flash.ts';
import { FlashError } from './flash-error.ts';
import { type FlashedLamp, onlineMs, setupUrl, setupWaitMs } from './flash-lamp.ts';
import { realPath } from './ports.ts';

/** Ended jobs that are still told. */
const jobsKept = 20;

export interface FlashJobs {
  /** Nothing when a board on this port is being flashed already. */
  begin(light: string, request: FlashRequest): FlashJob | undefined;
  all(): FlashJob[];
  find(id: string): FlashJob | undefined;
}

export function createFlashJobs(options: {
  flash: (light: string, request: FlashRequest, onStep: (step: FlashStep) => void) => Promise<FlashedLamp>;
  /** Resolves when the lamp is online; false when it has not come online in `ms`. */
  comesOnline: (light: string, ms: number) => Promise<boolean>;
  log: Log;
}): FlashJobs {
  const { log } = options;
  const jobs = new Map<string, FlashJob>();
  const isRunning = ({ state }: FlashJob) => state !== 'done' && state !== 'failed';
  /** The board may be flashed anew while its lamp is waited for. */
  const holdsPort = (job: FlashJob) => isRunning(job) && job.state !== 'waiting';

  async function run(job: FlashJob, request: FlashRequest): Promise<void> {
    const { board, setup } = await options.flash(job.light, request, (step) => {
      if (step.step === 'upload') Object.assign(job, { state: 'upload', done: step.done, total: step.total });
      else if (step.step === 'identified') Object.assign(job, { state: 'upload', board: step.board });
      else job.state = step.step;
    });
    Object.assign(job, { state: 'waiting', board, setup });
    if (!(await options.comesOnline(job.light, request.wifi ? onlineMs : setupWaitMs))) {
      const mend = request.wifi
        ? `is the Wi-Fi's name and password right (2.4 GHz only)?`
        : `join its network ${setup.ssid}, and enter a Wi-Fi for it on ${setupUrl}.`;
      throw new FlashError('silent', `Lamp ${job.light} is on the board but has not come online: ${mend}`);
    }
    job.state = 'done';
  }

  return {
    begin(light, request) {
      const port = realPath(request.port);
      if ([...jobs.values()].some((job) => holdsPort(job) && realPath(job.port) === port)) return undefined;
      const job: FlashJob = {
        ...{ id: randomUUID(), light, port: request.port, state: 'connect', done: 0, total: 0 },
        ...{ board: null, setup: null, error: null },
      };
      jobs.set(job.id, job);
      if (jobs.size > jobsKept) {
        const oldest = [...jobs.values()].find((one) => !isRunning(one));
        if (oldest) jobs.delete(oldest.id);
      }
      run(job, request).catch((error: unknown) => {
        if (!(error instanceof FlashError)) log.error(`Flashing ${light}: ${reasonOf(error)}`);
        job.state = 'failed';
        // Whole, with the commands that follow the first line.
        const message = error instanceof FlashError ? error.message : reasonOf(error);
        job.error = { code: error instanceof FlashError ? error.code : 'interrupted', message };
      });
      return job;
    },
    all: () => [...jobs.values()],
    find: (id) => jobs.get(id),
  };
}
