/** USB identities behind which ESP32 boards are found. Each may be something else: the board itself is asked later. */
const bridges: readonly { vendor: string; product?: string; name: string }[] = [
  { vendor: '303a', name: 'Espressif, its own USB' },
  { vendor: '10c4', product: 'ea60', name: 'CP210x' },
  { vendor: '1a86', product: '7523', name: 'CH340' },
  { vendor: '1a86', product: '55d3', name: 'CH343' },
  { vendor: '1a86', product: '55d4', name: 'CH9102' },
  { vendor: '0403', product: '6001', name: 'FT232R' },
  { vendor: '0403', product: '6015', name: 'FT231X' },
];

/** By which chip a USB serial port may be that of an ESP32 board; nothing when none is known. */
export function boardBehind(device: { vendor: string; product: string }): string | undefined {
  return bridges.find(
    ({ vendor, product }) => vendor === device.vendor && (product ?? device.product) === device.product,
  )?.name;
}
