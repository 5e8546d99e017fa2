/** What lights publish themselves, handed to whom it is for. */
import { parseLightTopic } from '../../protocol/topics.ts';
import type { MessageBus } from '../mqtt/bus.ts';
import type { LightRoom } from './lights.ts';
import { createPress } from './press.ts';
import type { ProvisionRoom } from './provision.ts';

export function hearLamps(
  rooms: {
    bus: MessageBus;
    baseTopic: string;
    provision: Pick<ProvisionRoom, 'hear'>;
    lights: Pick<LightRoom, 'hear'>;
  } & Parameters<typeof createPress>[0],
): void {
  const { bus, baseTopic, provision, lights } = rooms;
  const press = createPress(rooms);
  bus.onMessage(({ topic, payload, retain }) => {
    const { light, what } = parseLightTopic(baseTopic, topic) ?? {};
    if (!light || !what) return;
    if (what === 'result') provision.hear(light, payload);
    // A press of yesterday is none.
    else if (what === 'button' && !retain) press(light, payload);
    else lights.hear(light, what, payload);
  });
}
