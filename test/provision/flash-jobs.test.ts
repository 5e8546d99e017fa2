import { expect, it, vi } from 'vitest';
import { createFlashJobs } from '../../bridge/provision/flash-jobs.ts';

const quiet = { debug() {}, info() {}, warn() {}, error() {} };
const board = { board: 'ESP32', version: '2v29', free: 3400 };
const setup = { ssid: 'Doorlight-door-1', password: 'printed-word' };

it('waits for a Wi-Fi to be entered where none was given, leaves the port free, and says where', async () => {
  const waits: { ms: number; end: (online: boolean) => void }[] = [];
  const jobs = createFlashJobs({
    log: quiet,
    flash: () => Promise.resolve({ board, setup }),
    comesOnline: (_light, ms) => new Promise((end) => waits.push({ ms, end })),
  });
  const job = jobs.begin('door-1', { port: '/dev/ttyUSB9' })!;
  expect(jobs.begin('door-1', { port: '/dev/ttyUSB9' })).toBeUndefined();
  await vi.waitFor(() => expect(job).toMatchObject({ state: 'waiting', setup }));
  const again = jobs.begin('door-1', { port: '/dev/ttyUSB9', wifi: { ssid: 'Office' } })!;
  await vi.waitFor(() => expect(waits).toHaveLength(2));
  expect(waits[0]!.ms).toBeGreaterThan(waits[1]!.ms);
  for (const { end } of waits) end(false);
  await vi.waitFor(() => expect([job.state, again.state]).toEqual(['failed', 'failed']));
  expect(job.error).toMatchObject({
    code: 'silent',
    message: expect.stringMatching(/join its network Doorlight-door-1.*http:\/\/192\.168\.4\.1/) as string,
  });
  expect(again.error!.message).toMatch(/is the Wi-Fi's name and password right/);
});
