/**
 * A home-made sketch: what is sent for each status is written in the configuration. `{r} {g} {b}` are the colour as
 * numbers, `{hex}` as RRGGBB, `{brightness}` 0 to 255, `{status}` and `{effect}` words; a template that begins with
 * `hex:` is bytes. A template with a colour and without `{effect}` is drawn by the bridge, effects and all.
 */
import type { Show } from '../../../protocol/show.ts';
import type { Status } from '../../../protocol/status.ts';
import type { SerialLightConfig } from '../../config/schema.ts';
import { usualRestateMs } from '../usb/protocol.ts';
import { type SerialDriver, usualBootMs } from './protocol.ts';

type Templates = SerialLightConfig['text']['templates'];

const endings = { none: '', lf: '\n', cr: '\r', crlf: '\r\n' } as const;
const bytesPrefix = 'hex:';
const colored = /\{(r|g|b|hex)\}/;

export const text: SerialDriver = {
  name: 'home-made sketch',
  class: 'host',
  claims: [],
  make({ baud = 9_600, text: settings }) {
    const { templates, ending, reply, repeatSeconds } = settings;
    const templateOf = (show: Show, stands: Status | undefined) => chosen(templates, show, stands);
    const send = (template: string, show: Show, stands: Status | undefined, pixels: Uint8Array) =>
      encoded(template, valuesOf(show, stands, pixels), endings[ending]);
    return {
      line: { baudRate: baud },
      bootMs: usualBootMs,
      leds: 1,
      frameMs: 100,
      restateMs: repeatSeconds > 0 ? repeatSeconds * 1_000 : usualRestateMs,
      whole(show, stands) {
        const template = templateOf(show, stands);
        // By hand there is no status to have a template: `default` is drawn, so that identify can be seen.
        if (stands === undefined || (colored.test(template) && !template.includes('{effect}')))
          return undefined;
        return send(template, show, stands, fullColor(show));
      },
      frame(pixels, show, stands) {
        const dark = pixels.every((value) => value === 0);
        const template = templateOf(dark ? { state: 'OFF' } : show, stands);
        return send(template, dark ? { state: 'OFF' } : show, stands, pixels);
      },
      ...(settings.open === undefined ? {} : { greet: [encoded(settings.open, asItIs, endings[ending])] }),
      ...(reply === undefined ? {} : { hear: (line) => (line.includes(reply) ? 'ok' : undefined) }),
    };
  },
};

/** Braces may be a sketch's own. */
const asItIs = (name: string): string => `{${name}}`;

/** A status that is dark has its own template before `off`; whatever has none has `default`. */
function chosen(templates: Templates, show: Show, stands: Status | undefined): string {
  const own = stands && templates[stands];
  if (show.state === 'OFF')
    return (stands === 'offline' ? own : undefined) ?? templates.off ?? templates.default;
  return own ?? templates.default;
}

function fullColor(show: Show): Uint8Array {
  if (show.state === 'OFF') return new Uint8Array(3);
  const { r, g, b } = show.color;
  return Uint8Array.of(r, g, b).map((part) => Math.ceil((part * show.brightness) / 255));
}

function valuesOf(show: Show, stands: Status | undefined, pixels: Uint8Array) {
  const [r = 0, g = 0, b = 0] = pixels;
  const values: Record<string, string | number> = {
    r,
    g,
    b,
    hex: Buffer.from([r, g, b]).toString('hex').toUpperCase(),
    brightness: show.state === 'ON' ? show.brightness : 0,
    effect: show.state === 'ON' ? show.effect : 'off',
    status: stands ?? 'manual',
  };
  return (name: string) => values[name] ?? asItIs(name);
}

function encoded(template: string, value: (name: string) => string | number, ending: string): Buffer {
  if (!template.startsWith(bytesPrefix)) {
    return Buffer.from(
      template.replace(/\{(\w+)\}/g, (_, name: string) => String(value(name))) + ending,
      'utf8',
    );
  }
  const parts = template.slice(bytesPrefix.length).match(/\{\w+\}|[0-9a-fA-F]{2}/g) ?? [];
  return Buffer.from(
    parts.map((part) =>
      part.startsWith('{') ? Number(value(part.slice(1, -1))) : Number.parseInt(part, 16),
    ),
  );
}
