/** A USB bus with one pretended device on it, for the demo and for tests: everything but the plug is the real thing. */
import type { UsbBus, UsbStream } from './bus.ts';
import type { UsbDevice } from './devices.ts';

export const pretendedStatusb: UsbDevice = {
  kind: 'serial',
  path: '/dev/ttyACM0',
  byId: '/dev/serial/by-id/usb-CompuLab_fit-statUSB_demo-if00',
  vendor: '2047',
  product: '03df',
  serialNumber: 'demo',
  maker: 'CompuLab',
  name: 'fit-statUSB',
  port: '1-1',
};

export function pretendUsb(device: UsbDevice, open: () => UsbStream): UsbBus {
  return {
    list: () => [device],
    find: (at) => ({ at, plugged: 'pretended', device }),
    plugged: () => 'pretended',
    watch: () => () => {},
    open,
  };
}
