/** Where the built parts are: beside the compiled bridge, or in dist/ when the sources run uncompiled (tests). */
import { readFileSync } from 'node:fs';
import { fileURLToPath } from 'node:url';

const here = fileURLToPath(new URL('..', import.meta.url));
const compiled = /\/dist\/$/.test(here);
const root = compiled ? here.replace(/dist\/$/, '') : here;

export const version = (JSON.parse(readFileSync(`${root}package.json`, 'utf8')) as { version: string })
  .version;
export const pageDir = `${root}dist/bridge/web/public`;
export const firmwareFile = `${root}dist/firmware-js/app.js`;
