import { randomUUID } from 'node:crypto';
import type { Clock } from '../../../protocol/clock.ts';

/** A refusal of the identity platform ("Microsoft Entra authentication and authorization error codes"). */
export class OAuthError extends Error {
  readonly status: number;
  readonly error: string;
  readonly number: number;
  readonly suberror: string | undefined;

  /** `number` is the AADSTS number; zero for errors that carry none. */
  constructor(
    error: string,
    number: number,
    message: string,
    more: { status?: number; suberror?: string } = {},
  ) {
    super(message);
    this.status = more.status ?? 400;
    this.error = error;
    this.number = number;
    this.suberror = more.suberror;
  }
}

/** The JSON body that Entra's endpoints send with an error. */
export function oauthErrorBody(clock: Clock, error: OAuthError): Record<string, unknown> {
  const timestamp = new Date(clock.now()).toISOString().replace('T', ' ').slice(0, 19).concat('Z');
  const [trace, correlation] = [randomUUID(), randomUUID()];
  return {
    error: error.error,
    error_description:
      `AADSTS${error.number}: ${error.message} ` +
      `Trace ID: ${trace} Correlation ID: ${correlation} Timestamp: ${timestamp}`,
    error_codes: [error.number],
    timestamp,
    trace_id: trace,
    correlation_id: correlation,
    error_uri: `https://login.microsoftonline.com/error?code=${error.number}`,
    ...(error.suberror ? { suberror: error.suberror } : {}),
  };
}
