import { spawn, spawnSync } from 'node:child_process';
import { afterEach, describe, expect, it } from 'vitest';
import { openDemo } from './demo-process.ts';
import { type Ends, endAll, eventually } from './kit.ts';

const found = spawnSync('mosquitto_sub', ['--help']).error === undefined;
const why = found ? '' : ' (skipped: no mosquitto_sub; install mosquitto-clients)';
const ends: Ends = [];
afterEach(() => endAll(ends));

describe.skipIf(!found)(`mosquitto's clients on the demo${why}`, () => {
  it('see presence, show and state change with a consumer account, and nothing without one', async () => {
    const { urls } = await openDemo(ends);
    const { port } = new URL(urls['mqtt']!);
    const where = ['-h', 'localhost', '-p', port];

    const stranger = spawnSync('mosquitto_sub', [...where, '-t', 'doorlight/#'], { encoding: 'utf8' });
    expect(stranger.status).not.toBe(0);
    expect(stranger.stderr).toMatch(/refused/i);

    const account = ['-u', 'demo', '-P', 'doorlight-demo'];
    const consumer = spawn('mosquitto_sub', [...where, ...account, '-t', 'doorlight/#', '-v']);
    ends.push(() => consumer.kill());
    let text = '';
    consumer.stdout.on('data', (chunk) => (text += String(chunk)));
    await eventually(() => expect(text).toContain('doorlight/bridge/state online'));
    const answer = await fetch(`${urls['control']}/users/alice/presence`, {
      method: 'PUT',
      headers: { 'content-type': 'application/json' },
      body: JSON.stringify({ availability: 'DoNotDisturb', activity: 'Presenting' }),
    });
    expect(answer.ok).toBe(true);
    await eventually(() => {
      expect(text).toMatch(
        /presence\/alice \{"status":"presenting","availability":"DoNotDisturb","activity":"Presenting"/,
      );
      expect(text).toMatch(/presence\/alice\/status presenting/);
      expect(text).toMatch(/lights\/door-alice\/show \{[^\n]*"effect":"blink-slow"/);
      expect(text).toMatch(/lights\/door-alice\/state \{[^\n]*"effect":"blink-slow"/);
    });

    const refused = spawnSync('mosquitto_pub', [
      ...[...where, ...account, '-q', '1', '-r'],
      ...['-t', 'doorlight/presence/alice/status', '-m', 'available'],
    ]);
    expect(refused.status).toBe(0);
    const late = spawnSync(
      'mosquitto_sub',
      [...where, ...account, '-t', 'doorlight/presence/alice/status', '-C', '1', '-W', '5'],
      { encoding: 'utf8' },
    );
    expect(late.stdout.trim()).toBe('presenting');
  });
});
