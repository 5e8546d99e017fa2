/** `doorlight simulate graph`: the stand-in for Microsoft Graph on its own. */
import { mkdtempSync, rmSync } from 'node:fs';
import { tmpdir } from 'node:os';
import { join } from 'node:path';
import { systemClock } from '../../protocol/clock.ts';
import { createGraphStandIn } from '../../simulator/graph/stand-in.ts';
import { processLog } from '../log.ts';
import { StartError } from '../start-error.ts';
import { portOf, readArguments, UsageError } from './options.ts';
import { readyLine, runUntilSignal } from './run.ts';

export const help = `doorlight simulate graph [--port N] [--data DIR] [--day] [--json]

Runs the stand-in for Microsoft Graph and the Microsoft identity platform, on loopback, for trying a configuration.
--port 0 (the default) is any free one. --data puts its certificate authority there. --day plays a scripted day.`;

export async function run(args: string[]): Promise<number> {
  const { values, positionals } = readArguments(args, {
    port: { type: 'string', default: '0' },
    day: { type: 'boolean', default: false },
  });
  if (values.help) {
    console.log(help);
    return 0;
  }
  if (positionals.length !== 1 || positionals[0] !== 'graph') {
    throw new UsageError('What is to be simulated? "doorlight simulate graph" is all there is.');
  }
  const dataGiven = args.some((arg) => arg === '--data' || arg.startsWith('--data='));
  const data = dataGiven ? values.data : mkdtempSync(join(tmpdir(), 'doorlight-graph-'));
  const clean = () => {
    if (!dataGiven) rmSync(data, { recursive: true, force: true });
  };
  const log = processLog(systemClock.now);
  const port = portOf('--port', values.port);
  const graph = createGraphStandIn({
    clock: systemClock,
    port,
    controlPort: 0,
    dataDir: data,
    day: values.day,
  });
  try {
    const { graphUrl, controlUrl, caFile } = await graph.start();
    const ready = { graph: graphUrl, control: controlUrl, ca: caFile };
    console.log(values.json ? JSON.stringify({ ready }) : readyLine(ready));
  } catch (error) {
    clean();
    if ((error as NodeJS.ErrnoException).code !== 'EADDRINUSE') throw error;
    throw new StartError(
      `Port ${port} is in use: stop the program that uses it, or choose another with --port.`,
    );
  }
  return await runUntilSignal(log, async () => {
    await graph.stop();
    clean();
  });
}
