/** `doorlight start`: the bridge. */
import { existsSync, mkdirSync, writeFileSync } from 'node:fs';
import { dirname } from 'node:path';
import { systemClock } from '../../protocol/clock.ts';
import { createBridge } from '../bridge.ts';
import { openConfigFile } from '../config/file.ts';
import { listenersOf } from '../config/listeners.ts';
import { loadConfig } from '../config/load.ts';
import { environmentOf, readSecrets, secretsFile } from '../config/secrets.ts';
import { keepLastGood, lastGoodConfig, resetIfWanted } from '../kept-files.ts';
import { takeLock } from '../lock.ts';
import { processLog } from '../log.ts';
import { finishRestore } from '../restore.ts';
import { openStore, StoreError } from '../store.ts';
import { createSystemd } from '../systemd.ts';
import { troublesOf } from '../troubles.ts';
import { defaultConfigFile, portFlags, portOptions, readArguments, refusePositionals } from './options.ts';
import { readyLine, runUntilSignal } from './run.ts';

export const help = `doorlight start [--config FILE] [--data DIR] [--setup] [--last-good] [--web-port N] [--hooks-port N]
                [--mqtt-port N] [--mqtts-port N] [--probe-port N] [--json]

Runs the bridge on doorlight.yaml, or on FILE. Without that file: the demo.
--setup makes the file if there is none, and starts in set-up mode. A port of 0 is any free one.
--last-good runs on the configuration that last started well when the file is damaged, or on none, and says so.`;

const emptyConfig = `# Doorlight. Every key is optional; README.md shows what there is.
# Without a microsoft: section the bridge is in set-up mode, and every light shows unknown.

# microsoft:
#   tenant: contoso.onmicrosoft.com
#   clientId: 11111111-2222-3333-4444-555555555555
# people:
#   - { id: alice, user: alice@contoso.com, name: Alice Ng }
# lights:
#   - { id: door-204, kind: espruino, shows: [alice] }
`;

export async function run(args: string[]): Promise<number> {
  const { values, positionals } = readArguments(args, {
    ...portOptions,
    setup: { type: 'boolean' },
    'last-good': { type: 'boolean' },
  });
  if (values.help) {
    console.log(help);
    return 0;
  }
  refusePositionals(positionals);
  const flags = portFlags(values);
  const file = values.config ?? defaultConfigFile;
  const say = values.json ? console.error : console.log;
  if (!values.config && !values.setup && !existsSync(file)) {
    say(`There is no ${defaultConfigFile} here, so this is the demo; --setup begins your own.`);
    // Loaded only here, so that a bridge does not carry the simulator.
    const { runDemo } = await import('./demo.ts');
    return await runDemo({ flags, json: values.json });
  }
  if (finishRestore(file, values.data)) say('The backup is restored.');
  if (resetIfWanted(file, values.data))
    say('Everything was erased, as it was asked for: this is a fresh start.');
  if (values.setup && !existsSync(file)) {
    makeConfig(file);
    say(
      `${file} is made, for you to fill in. The bridge waits in set-up mode until it has a microsoft: section.`,
    );
  }

  const lastGood = values['last-good'] ? (lastGoodConfig(values.data) ?? '') : undefined;
  // Before anything is opened, with every fault listed.
  if (lastGood === undefined) loadConfig(file, environmentOf(values.data));
  const store = openStore(values.data);
  const unlock = takeLock(store);
  const log = processLog(systemClock.now);
  const systemd = createSystemd({ env: process.env, clock: systemClock });
  const saySo = (troubles: { text: string }[]) => {
    for (const { text } of troubles) log.error(text);
  };
  store.onFault(() => saySo(store.faults()));
  saySo(troublesOf(store, systemClock));
  try {
    const { config, configFile, damaged } = openConfigFile({
      file,
      clock: systemClock,
      env: process.env,
      lastGood,
      secrets: readSecrets(values.data),
      writeSecrets: (secrets) => store.write(secretsFile, secrets),
    });
    if (damaged) store.fault({ what: 'configuration', text: damaged });
    const listeners = listenersOf(config, flags);
    const bridge = await createBridge(config, {
      clock: systemClock,
      log,
      store,
      listeners,
      configFile,
      onAlive: systemd.alive,
      restart: () => process.kill(process.pid, 'SIGTERM'),
    });
    const ended = runUntilSignal(log, async () => {
      systemd.stopping();
      await bridge.stop();
    });
    const urls = await bridge.start();
    systemd.ready();
    if (!damaged) keepLastGood(file, values.data);
    const ready = { web: urls.web, mqtt: urls.mqtt, hooks: urls.hooks };
    console.log(values.json ? JSON.stringify({ ready }) : readyLine(ready));
    const code = await ended;
    log.info('Stopped, and every light was told.');
    return code;
  } finally {
    unlock();
  }
}

function makeConfig(file: string): void {
  try {
    mkdirSync(dirname(file), { recursive: true });
    writeFileSync(file, emptyConfig, { flag: 'wx', mode: 0o600 });
  } catch (error) {
    const { code } = error as NodeJS.ErrnoException;
    throw new StoreError(
      `The configuration file ${file} cannot be made (${code}): make its folder writable for this user.`,
    );
  }
}
