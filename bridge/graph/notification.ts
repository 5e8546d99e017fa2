/** What Graph posts to the hooks, and the two routes that take it: acknowledged first, worked off later. */
import type { FastifyInstance, FastifyReply, FastifyRequest } from 'fastify';
import { type Static, Type } from 'typebox';
import { Compile } from 'typebox/compile';

/** More in one POST is not from Graph: one subscription covers 650 people. */
const mostItems = 1_000;

const Text = Type.String();
const Item = Type.Object({
  subscriptionId: Text,
  clientState: Type.Optional(Type.Union([Text, Type.Null()])),
  tenantId: Type.Optional(Text),
  lifecycleEvent: Type.Optional(Text),
  resourceData: Type.Optional(Type.Union([Type.Object({ id: Type.Optional(Text) }), Type.Null()])),
  encryptedContent: Type.Optional(
    Type.Union([
      Type.Object({ data: Text, dataSignature: Text, dataKey: Text, encryptionCertificateId: Text }),
      Type.Null(),
    ]),
  ),
});
const Body = Type.Object({
  value: Type.Array(Item),
  validationTokens: Type.Optional(Type.Union([Type.Array(Text), Type.Null()])),
});

/** Compiled, because 650 notifications are checked before they are acknowledged. */
const body = Compile(Body);

export type NotificationItem = Static<typeof Item>;
export type NotificationBody = Static<typeof Body>;

export interface NotificationSink {
  notifications(body: NotificationBody): void;
  lifecycle(body: NotificationBody): void;
}

export interface HookCounters {
  accepted: number;
  malformed: number;
  tooLarge: number;
}

/** Adds POST /graph/notifications and POST /graph/lifecycle to the hooks listener, which hands bodies on as text. */
export function addNotificationRoutes(
  app: FastifyInstance,
  sink: NotificationSink,
  counters: HookCounters,
): void {
  app.setErrorHandler((error: { statusCode?: number; message: string }, _request, reply) => {
    const status = error.statusCode ?? 500;
    if (status === 413) counters.tooLarge++;
    void reply.code(status).send({ error: status === 413 ? error.message : 'Refused.' });
  });

  function take(hand: (body: NotificationBody) => void) {
    return (request: FastifyRequest, reply: FastifyReply) => {
      const token = (request.query as { validationToken?: unknown }).validationToken;
      // The endpoint echoes what anybody sends, so it must never be read as a page.
      if (typeof token === 'string') return reply.type('text/plain; charset=utf-8').send(token);
      const posted = parse(request.body);
      // Counted before anything is looked at more closely.
      if (Array.isArray(posted?.value) && posted.value.length > mostItems) {
        counters.tooLarge++;
        return reply.code(413).send({ error: `At most ${mostItems} notifications in one request.` });
      }
      if (!body.Check(posted)) {
        counters.malformed++;
        return reply.code(400).send({ error: 'Expected {"value": [ … ]} as Microsoft Graph sends it.' });
      }
      counters.accepted++;
      // Answered before any work: Graph slows down and then drops notifications for endpoints that are slow.
      setImmediate(hand, posted);
      return reply.code(202).send();
    };
  }

  app.post(
    '/graph/notifications',
    take((body) => sink.notifications(body)),
  );
  app.post(
    '/graph/lifecycle',
    take((body) => sink.lifecycle(body)),
  );
}

/** The JSON of a text; nothing when it is none. */
function parse(text: unknown): { value?: unknown } | undefined {
  try {
    return JSON.parse(String(text)) as { value?: unknown } | undefined;
  } catch {
    return undefined;
  }
}
