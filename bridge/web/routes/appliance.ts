import type { FastifyInstance } from 'fastify';
import { type Static, Type } from 'typebox';
import { Fault, maybe, word } from '../schemas.ts';
import type { Sessions } from '../sessions.ts';

export interface AppliancePort {
  about(): { version: string; [more: string]: unknown };
  /** Resolves once it is on the disk. */
  wish(change: { automatic?: boolean; putOffUntil?: string | null; install?: string }): Promise<void>;
  /** Lets the machine join a Wi-Fi, of which it says no more here; false where it has none to set. */
  joinWifi(wifi: { name: string; password: string; country?: string }): Promise<boolean>;
  shortestPassphrase: number;
  /** Everything for a move to another machine, sealed. */
  backup(passphrase: string): Promise<Buffer>;
  /** Lays a backup aside, done as it starts anew, see `restart`; the answer is why not, and then nothing was changed. */
  restore(bytes: Buffer, passphrase: string): Promise<string | undefined>;
  /** Erases everything, by starting anew. */
  reset(): void;
  restart(): void;
}

const Updates = Type.Object(
  {
    automatic: Type.Optional(Type.Boolean()),
    putOffUntil: Type.Optional(
      Type.Union([
        Type.String({ maxLength: 40, pattern: '^\\d{4}-\\d\\d-\\d\\d(T[0-9:.]+Z)?$' }),
        Type.Null(),
      ]),
    ),
    install: Type.Optional(Type.String({ pattern: '^\\d{1,5}\\.\\d{1,5}\\.\\d{1,5}$' })),
  },
  { additionalProperties: false },
);
const Wifi = Type.Object(
  {
    // No space at an end, which nobody sees, and no character that cannot be typed.
    name: Type.String({ maxLength: 32, pattern: '^[^\\s\\p{C}]([^\\p{C}]*[^\\s\\p{C}])?$' }),
    password: Type.String({ pattern: '^[!-~][ -~]{6,61}[!-~]$', description: '8 to 63 characters' }),
    country: Type.Optional(Type.String({ pattern: '^[A-Z]{2}$', description: 'such as DE' })),
  },
  { additionalProperties: false },
);
const Reset = Type.Object({ password: Type.String({ maxLength: 1_000 }) }, { additionalProperties: false });
const Sealed = Type.Object(
  {
    backup: Type.String({ description: 'the bytes of the backup in base64', pattern: '^[A-Za-z0-9+/]+=*$' }),
  },
  { additionalProperties: false },
);
const Wanted = (minLength: number) =>
  Type.Object({ passphrase: Type.String({ minLength, maxLength: 1_000 }) }, { additionalProperties: false });
const Restore = Type.Object(
  { ...Sealed.properties, passphrase: Type.String({ maxLength: 1_000 }) },
  { additionalProperties: false },
);
/** Tens of kilobytes for a house; certificates and calendars beside the configuration may add to it. */
const largestBackup = 16 * 1024 * 1024;
const Changes = Type.Array(Type.String());
const About = Type.Object({
  version: Type.String(),
  supportUntil: maybe(Type.String({ description: 'a day, such as 2028-01-31' })),
  changes: Changes,
  troubles: Type.Array(
    Type.Object({ what: Type.String(), text: Type.String({ description: 'one sentence with the mend' }) }),
  ),
  wifi: Type.Boolean({ description: 'whether its Wi-Fi can be set here' }),
  updates: Type.Object({
    possible: Type.Boolean({ description: 'whether this machine takes updates by itself' }),
    automatic: Type.Boolean(),
    putOffUntil: maybe(Type.String()),
    available: maybe(Type.Object({ version: Type.String(), changes: Changes, supportUntil: Type.String() })),
    last: maybe(
      Type.Object({
        version: Type.String(),
        at: Type.String(),
        outcome: word(['installed', 'rolled-back', 'refused', 'failed']),
        why: Type.String(),
      }),
    ),
    checkedAt: maybe(Type.String()),
  }),
});

/** The machine; to erase everything the password is asked for once more. */
export function applianceRoutes(
  app: FastifyInstance,
  appliance: AppliancePort,
  sessions: Sessions | undefined,
): void {
  app.get(
    '/api/appliance',
    {
      config: { access: 'admin' },
      schema: { summary: 'The machine: version, support, updates, troubles', response: { 200: About } },
    },
    () => appliance.about(),
  );
  app.put<{ Body: Static<typeof Updates> }>(
    '/api/appliance/updates',
    {
      config: { access: 'admin' },
      schema: { summary: 'How the machine updates itself', body: Updates, response: { 200: About } },
    },
    async (request) => {
      await appliance.wish(request.body);
      return appliance.about();
    },
  );
  if (!sessions) return;
  app.put<{ Body: Static<typeof Wifi> }>(
    '/api/appliance/wifi',
    {
      config: { access: 'fresh' },
      schema: {
        summary:
          'The Wi-Fi that the machine joins; tried at once, and given up for a set-up network of its own',
        body: Wifi,
        response: { 202: Type.Object({ joining: Type.Literal(true) }), 404: Fault },
      },
    },
    async (request, reply) =>
      (await appliance.joinWifi(request.body))
        ? reply.code(202).send({ joining: true })
        : reply.code(404).send({ error: 'This machine has no Wi-Fi that is set here.' }),
  );
  app.post<{ Body: { passphrase: string } }>(
    '/api/appliance/backup',
    {
      config: { access: 'fresh' },
      schema: {
        summary: 'A backup, as "doorlight backup" writes it',
        body: Wanted(appliance.shortestPassphrase),
        response: { 200: Sealed },
      },
    },
    async (request) => ({ backup: (await appliance.backup(request.body.passphrase)).toString('base64') }),
  );
  app.post<{ Body: Static<typeof Restore> }>(
    '/api/appliance/restore',
    {
      config: { access: 'fresh' },
      bodyLimit: largestBackup,
      schema: {
        summary: 'Lays a backup down in place of everything, by starting anew',
        body: Restore,
        response: { 202: Type.Object({ restoring: Type.Literal(true) }), 400: Fault },
      },
    },
    async (request, reply) => {
      const { backup, passphrase } = request.body;
      const error = await appliance.restore(Buffer.from(backup, 'base64'), passphrase);
      if (error !== undefined) return reply.code(400).send({ error });
      reply.raw.once('finish', () => appliance.restart());
      return reply.code(202).send({ restoring: true });
    },
  );
  app.post<{ Body: Static<typeof Reset> }>(
    '/api/appliance/reset',
    {
      config: { access: 'admin' },
      schema: {
        summary: 'Erases everything, by starting anew; the password stands in the body',
        body: Reset,
        response: { 202: Type.Object({ erasing: Type.Literal(true) }), 403: Fault, 429: Fault },
      },
    },
    async (request, reply) => {
      const opened = await sessions.open(request.body.password, request.ip);
      if ('refused' in opened) {
        const slow = opened.refused === 'slow-down';
        return reply
          .code(slow ? 429 : 403)
          .send({ error: slow ? 'Too many tries: wait ten seconds.' : 'That is not the password.' });
      }
      reply.raw.once('finish', () => appliance.reset());
      return reply.code(202).send({ erasing: true });
    },
  );
}
