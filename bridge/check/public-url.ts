/** The public URL, tried as Microsoft Graph tries it: a validation token that must come back (Microsoft Learn, "Receive change notifications through webhooks"). */
import { randomUUID } from 'node:crypto';
import { addNotificationRoutes } from '../graph/notification.ts';
import { createHooks } from '../web/hooks.ts';
import { contact } from './contact.ts';
import { type Check, type Finding, fault, ok, type Surroundings } from './finding.ts';

const what = 'Public URL';
const tunnel = (port: number | undefined) =>
  `Lead it to the hooks listener, port ${port ?? 8081} of this machine, path and all.`;

export const checkPublicUrl: Check = async (surroundings) => {
  const { config, listeners, running, fetch, clock } = surroundings;
  const { publicUrl, mode } = config.source;
  if (!publicUrl || mode === 'poll') {
    return mode === 'push'
      ? [fault(what, 'source.mode is push, and there is no source.publicUrl.', 'Add it, or use mode: auto.')]
      : [];
  }
  const end = running ? () => {} : await answerMeanwhile(surroundings);
  try {
    const token = randomUUID();
    const url = `${publicUrl.replace(/\/$/, '')}/graph/notifications?validationToken=${token}`;
    const { failure, status, text } = await contact(fetch, clock, url, { method: 'POST' });
    return [judge(publicUrl, failure, status, text === token, listeners.hooks.port)];
  } finally {
    await end();
  }
};

function judge(
  publicUrl: string,
  failure: { message: string; mend: string } | undefined,
  status: number,
  echoed: boolean,
  port: number | undefined,
): Finding {
  if (failure) {
    const mend = `Microsoft Graph must reach it from outside. ${failure.mend.replace(/microsoft\.caFile/, 'nothing: Graph takes public authorities only')}`;
    return fault(what, failure.message, mend);
  }
  if (status === 200 && echoed)
    return [ok(what, `${publicUrl} leads here, as far as this machine can tell.`)][0]!;
  if (status >= 300 && status < 400)
    return fault(
      what,
      `${publicUrl} redirects (${status}), and Microsoft Graph does not follow.`,
      tunnel(port),
    );
  if (status === 401 || status === 403)
    return fault(
      what,
      `${publicUrl} asks for a log-in (${status}).`,
      'Let /graph/ through without one: notifications are checked by Doorlight itself.',
    );
  if (status === 404)
    return fault(what, `${publicUrl} answers, and knows no /graph/notifications (404).`, tunnel(port));
  if (status >= 500)
    return fault(
      what,
      `${publicUrl} answers ${status}: what stands there does not reach the bridge.`,
      tunnel(port),
    );
  return fault(what, `${publicUrl} leads to something else than Doorlight (${status}).`, tunnel(port));
}

/** Without a bridge nobody is there to answer: the hooks listen for a moment, and take nothing. */
async function answerMeanwhile({ listeners }: Surroundings): Promise<() => unknown> {
  const { host, port } = listeners.hooks;
  if (port === undefined) return () => {};
  const nothing = { notifications: () => {}, lifecycle: () => {} };
  const counters = { accepted: 0, malformed: 0, tooLarge: 0 };
  const hooks = createHooks({
    host,
    port,
    addRoutes: (app) => addNotificationRoutes(app, nothing, counters),
  });
  // A port that is taken is the finding of another check.
  await hooks.start().catch(() => {});
  return hooks.stop;
}
