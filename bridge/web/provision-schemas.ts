/** What is answered of lamps of our own: flashing, updates, settings (protocol/updates.ts as schemas). */
import { Type } from 'typebox';
import { maybe, Stamp, word } from './schemas.ts';

export const Port = Type.Object({
  path: Type.String(),
  name: Type.String(),
  light: maybe(Type.String({ description: 'the light of the configuration that is on it' })),
});

export const Job = Type.Object({
  id: Type.String(),
  light: Type.String(),
  port: Type.String(),
  state: word(['connect', 'upload', 'settings', 'restart', 'waiting', 'done', 'failed']),
  done: Type.Integer({ description: 'bytes on the board' }),
  total: Type.Integer(),
  board: maybe(Type.Object({ board: Type.String(), version: Type.String(), free: Type.Number() })),
  setup: maybe(Type.Object({ ssid: Type.String(), password: Type.String() })),
  error: maybe(Type.Object({ code: Type.String(), message: Type.String() })),
});

export const Update = Type.Object({
  id: Type.String(),
  version: Type.String(),
  bytes: Type.Integer(),
  force: Type.Boolean(),
  startedAt: Stamp,
  state: word(['running', 'done', 'stopped']),
  lamps: Type.Array(
    Type.Object({
      light: Type.String(),
      state: word(['waiting', 'sending', 'proving', 'done', 'skipped', 'failed']),
      sent: Type.Integer({ description: 'bytes that the lamp has' }),
      from: maybe(Type.String({ description: 'the version that it had' })),
      error: maybe(Type.String()),
    }),
  ),
});

export const Settings = Type.Object({
  light: Type.String(),
  startedAt: Stamp,
  state: word(['trying', 'kept', 'undone', 'refused', 'silent']),
  error: maybe(Type.String()),
});
