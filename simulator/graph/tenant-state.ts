import { createServerCertificate, type ServerCertificate } from './certificate.ts';
import { createDay, type Day } from './day.ts';
import { createDirectory, type Directory } from './directory.ts';
import { createFaults, type Faults } from './faults.ts';
import { createDeviceCodes, type DeviceCodes } from './identity/device-codes.ts';
import { createTokens, type Tokens } from './identity/tokens.ts';
import type { Settings } from './options.ts';
import { createPresenceBoard, type PresenceBoard } from './presence.ts';
import { createSigningKeys, type SigningKeys } from './signing-keys.ts';
import { createSubscriptionStore, type SubscriptionStore } from './subscriptions/store.ts';
import { userIds } from './tenant.ts';

/** What outlives a stop and a start of the servers: a stand-in that is started again is the same Microsoft. */
export interface TenantState {
  certificate: ServerCertificate;
  keys: SigningKeys;
  tokens: Tokens;
  deviceCodes: DeviceCodes;
  directory: Directory;
  board: PresenceBoard;
  store: SubscriptionStore;
  faults: Faults;
  day: Day;
}

export async function createTenantState(settings: Settings, origin: () => string): Promise<TenantState> {
  const { clock, random, appRoles, accessTokenSeconds } = settings;
  const [certificate, keys] = await Promise.all([createServerCertificate(), createSigningKeys(clock)]);
  const directory = createDirectory();
  const board = createPresenceBoard();
  board.set(userIds.alice, { availability: 'Available', activity: 'Available' });
  board.set(userIds.bob, { availability: 'Busy', activity: 'InAMeeting' });
  board.set(userIds.carol, { availability: 'Away', activity: 'Away' });
  const lifetime = accessTokenSeconds === undefined ? {} : { accessTokenSeconds };
  return {
    certificate,
    keys,
    tokens: createTokens({ clock, random, keys, origin, appRoles, ...lifetime }),
    deviceCodes: createDeviceCodes(clock, settings.deviceInterval),
    directory,
    board,
    store: createSubscriptionStore(clock),
    faults: createFaults(),
    day: createDay(clock, random, directory, board),
  };
}
