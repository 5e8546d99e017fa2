/** A device on USB that is, or could be, a light: what the API, the page and `doorlight check` tell of it. */
export interface UsbDeviceView {
  kind: 'serial' | 'hid';
  /** What to write as the light's `device`: the name that stays this device's. */
  device: string;
  /** The kernel's name now. */
  path: string;
  maker: string;
  name: string;
  /** Four hexadecimal digits each. */
  vendor: string;
  product: string;
  serialNumber: string | null;
  /** The USB port that it is plugged into, such as 1-1.2. */
  port: string;
  /** The protocol by which its identity names it; null = it could be anything, and somebody must say. */
  protocol: string | null;
  /** What it is when it is no light: nothing is ever sent to it. */
  stranger: string | null;
  /** The light of the configuration that it is. */
  light: string | null;
}
