/** What a light shows last when the bridge goes, so that nobody takes an old status for a new one. */
import { renderShow } from '../../../protocol/effect.ts';
import type { Status } from '../../../protocol/status.ts';
import type { UsbLightConfig } from './choose.ts';
import type { UsbProtocol } from './protocol.ts';
import { lastShow } from './unknown.ts';

export function lastLook(protocol: UsbProtocol, { onStop }: UsbLightConfig) {
  const stands: Status | undefined = onStop === 'unknown' ? 'unknown' : undefined;
  const last = lastShow(onStop);
  return { show: protocol.within?.(last, stands) ?? last, stands };
}

export function lastWords(protocol: UsbProtocol, config: UsbLightConfig): Buffer[] {
  const { show, stands } = lastLook(protocol, config);
  const whole = protocol.whole?.(show, stands);
  if (whole) return [whole];
  const pixels = new Uint8Array(protocol.leds * 3);
  renderShow(show, 0, pixels);
  return [protocol.frame(pixels, show, stands)];
}
