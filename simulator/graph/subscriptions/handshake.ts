import { randomUUID } from 'node:crypto';
import { GraphError } from '../graph-error.ts';
import type { Webhook } from './webhook.ts';

/** How long an endpoint has for the validation request, ms ("Receive change notifications through webhooks"). */
export const handshakeMs = 10_000;

/**
 * The validation request that goes before a subscription: throws 400 unless the endpoint echoes the token.
 * The token's text and its encoding (`+` for spaces, `%3a`) are as observed from Graph.
 */
export async function shakeHands(webhook: Webhook, url: string): Promise<void> {
  const token = `Validation: Testing client application reachability for subscription Request-Id: ${randomUUID()}`;
  const target = `${url}${url.includes('?') ? '&' : '?'}validationToken=${encodeToken(token)}`;
  const answer = await webhook.post(target, 'text/plain; charset=utf-8', '', handshakeMs);
  if (answer.status === 0) {
    throw refuse(
      answer.took >= handshakeMs ? 'timed out' : `failed. ${answer.text || 'The endpoint cannot be reached'}`,
    );
  }
  if (answer.status !== 200) {
    throw refuse('failed. Notification endpoint must respond with 200 OK to validation request');
  }
  if (!/^text\/plain\b/i.test(answer.contentType)) {
    throw refuse('failed. Response must have the content type text/plain');
  }
  if (answer.text !== token) {
    throw refuse('failed. Response must exactly match validationToken query parameter');
  }
}

function encodeToken(text: string): string {
  return encodeURIComponent(text)
    .replaceAll('%20', '+')
    .replaceAll(/%[0-9A-F]{2}/g, (code) => code.toLowerCase());
}

function refuse(how: string): GraphError {
  return new GraphError(400, 'ValidationError', `Subscription validation request ${how}.`);
}
