/** Where the built parts are: beside the compiled bridge, or in dist/ when the sources run uncompiled (tests). */
import { readFileSync } from 'node:fs';
import { fileURLToPath } from 'node:url';

const here = fileURLToPath(new URL('..', import.meta.url));
const compiled = /\/dist\/$/.test(here);
const root = compiled ? here.replace(/dist\/$/, '') : here;

const about = JSON.parse(readFileSync(`${root}package.json`, 'utf8')) as {
  version: string;
  builtAt?: string;
  supportUntil?: string;
};

export const { version } = about;
/** When this release was made, ms since 1970; 0 in a clone. */
export const builtAt = Date.parse(about.builtAt ?? '') || 0;
/** The day until which this version gets security updates; nothing in a clone. */
export const supportUntil = about.supportUntil;
export const pageDir = `${root}dist/bridge/web/public`;
export const firmwareFile = `${root}dist/firmware-js/app.js`;

/**
 * The lamp's firmware, as `light flash` and the updates put it on a board.
 * @throws Error when it is not built
 */
export function lampFirmware() {
  const part = (name: string) => {
    try {
      return readFileSync(`${root}dist/firmware-js/${name}.js`, 'utf8');
    } catch {
      throw new Error(`The lamp's firmware is not built (dist/firmware-js/${name}.js): run "npm run build".`);
    }
  };
  return { version, app: part('app'), loader: part('loader'), setup: part('setup') };
}
