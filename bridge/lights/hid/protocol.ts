/** What a HID driver says besides the protocol. The first byte of each message is its report id, 0 where a device has none. */
import type { HidLightConfig } from '../../config/schema.ts';
import type { Driver, UsbProtocol } from '../usb/protocol.ts';

export interface HidProtocol extends UsbProtocol {
  /** Sent as feature reports, not as output reports. */
  feature?: boolean;
}

export type HidDriver = Driver<HidLightConfig, HidProtocol>;
