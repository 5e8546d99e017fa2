/** `doorlight demo`: the whole system on a built-in stand-in for Microsoft Graph, with simulated lights. */
import { mkdtempSync, rmSync } from 'node:fs';
import { tmpdir } from 'node:os';
import { join } from 'node:path';
import { every, systemClock } from '../../protocol/clock.ts';
import { isShown } from '../../protocol/show.ts';
import type { PortFlags } from '../config/listeners.ts';
import { levelOf, processLog } from '../log.ts';
import type { Bridge } from '../ports.ts';
import { createDemo } from './demo-parts.ts';
import { narrate } from './narrate.ts';
import { portFlags, portOptions, readArguments, refusePositionals } from './options.ts';
import { readyLine, runUntilSignal } from './run.ts';

export const help = `doorlight demo [--host ADDR] [--data DIR] [--web-port N] [--hooks-port N] [--mqtt-port N]
               [--mqtts-port N] [--probe-port N] [--json]

Runs the whole system on a stand-in for Microsoft Graph, with four simulated lights. Nothing leaves this machine.
It listens on loopback only; --host is for containers. Its configuration is its own, whatever --config says; its data is
in a temporary directory, unless --data names one.`;

/** How long the ready line waits for every light to show a person. */
const readyMs = 10_000;
export async function run(args: string[]): Promise<number> {
  const { values, positionals } = readArguments(args, { ...portOptions, host: { type: 'string' } });
  if (values.help) {
    console.log(help);
    return 0;
  }
  refusePositionals(positionals);
  const dataGiven = args.some((arg) => arg === '--data' || arg.startsWith('--data='));
  return await runDemo({
    flags: portFlags(values),
    json: values.json,
    ...(values.host ? { host: values.host } : {}),
    ...(dataGiven ? { data: values.data } : {}),
  });
}

export async function runDemo(options: {
  flags: PortFlags;
  json: boolean;
  host?: string;
  data?: string;
}): Promise<number> {
  const { flags, host = '127.0.0.1' } = options;
  const data = options.data ?? mkdtempSync(join(tmpdir(), 'doorlight-demo-'));
  const clean = () => {
    if (!options.data) rmSync(data, { recursive: true, force: true });
  };
  const log = processLog(systemClock.now, levelOf(process.env['LOG_LEVEL'] ?? 'warn'));
  const demo = createDemo({ data, host, flags, log });
  const ended = runUntilSignal(log, async () => {
    await demo.stop();
    clean();
  });
  try {
    const { bridge, urls, graph, ca } = await demo.start();
    const { graphUrl, controlUrl } = graph;
    const say = (text: string) => options.json || console.log(text);
    say(`Doorlight demo: Alice, Bob and Carol, a lamp at each door and one on Alice's desk.
  page      ${urls.web ?? 'off'}
  MQTT      ${urls.mqtt ?? 'off'}   user demo, password doorlight-demo
  Graph     ${graphUrl}   a stand-in, on this machine only
  control   ${controlUrl}   curl -X PUT ${controlUrl}/users/alice@contoso.com/presence \\
              -H 'content-type: application/json' -d '{"availability":"Busy","activity":"InACall"}'
Ctrl-C ends it.`);
    await everyLightConfirmed(bridge);
    const ready = {
      web: urls.web,
      mqtt: urls.mqtt,
      hooks: urls.hooks,
      graph: graphUrl,
      control: controlUrl,
      ca,
    };
    console.log(options.json ? JSON.stringify({ ready }) : readyLine(ready));
    narrate(bridge.view, say);
    return await ended;
  } catch (error) {
    clean();
    throw error;
  }
}

/** Resolves once every light shows a confirmed status, or after a while in which one does not. */
function everyLightConfirmed(bridge: Bridge): Promise<void> {
  const confirmed = () =>
    bridge.view.people().every((person) => person.fresh) &&
    bridge.view.lights().every((light) => light.online && isShown(light.show, light.state));
  return new Promise((resolve) => {
    const done = () => {
      cancelChecks();
      cancelWait();
      resolve();
    };
    const cancelChecks = every(systemClock, 50, () => confirmed() && done());
    const cancelWait = systemClock.after(readyMs, done);
  });
}
