/** The one way to ask the bridge's HTTP interface (its document: /api/openapi.json). */

import { said } from './said.ts';

/** One wrong field of what was sent; `path` is its way through the document, as in `lights/door-204/brightness`. */
export interface FieldFault {
  path: string;
  message: string;
}

export interface Refusal {
  ok: false;
  /** The HTTP status, 0 when nobody answered. */
  status: number;
  error: string;
  fields: FieldFault[];
  /** What the caller has to do first, such as `password` or `sign-in`. */
  need?: string;
}

export type Answer<T> = { ok: true; value: T; etag: string } | Refusal;

export interface Asking {
  method?: 'GET' | 'POST' | 'PUT' | 'PATCH' | 'DELETE';
  body?: unknown;
  /** The version of what is changed, for If-Match. */
  etag?: string;
  /** A board's or a person's own link. */
  token?: string | undefined;
}

/** Who asks for the password when the bridge wants it once more; resolves with whether it was given. */
export const guard: { askPassword?: () => Promise<boolean> } = {};

/** Asks with GET, or with POST where there is a body; never rejects. Asks for the password when the bridge does. */
export async function ask<T>(path: string, asking: Asking = {}): Promise<Answer<T>> {
  const answer = await askOnce<T>(path, asking);
  if (answer.ok || answer.need !== 'password' || !guard.askPassword) return answer;
  return (await guard.askPassword()) ? askOnce(path, asking) : answer;
}

async function askOnce<T>(path: string, { method, body, etag, token }: Asking): Promise<Answer<T>> {
  try {
    const response = await fetch(path, {
      method: method ?? (body === undefined ? 'GET' : 'POST'),
      headers: headersOf(body, etag, token),
      ...(body === undefined ? {} : { body: JSON.stringify(body) }),
    });
    const text = await response.text();
    if (response.ok) {
      const value = (text ? JSON.parse(text) : undefined) as T;
      return { ok: true, value, etag: response.headers.get('etag') ?? '' };
    }
    return { ok: false, status: response.status, ...refusalOf(text, response.statusText) };
  } catch {
    return { ok: false, status: 0, error: '', fields: [] };
  }
}

function headersOf(body: unknown, etag?: string, token?: string): Record<string, string> {
  return {
    accept: 'application/json',
    ...(body === undefined ? {} : { 'content-type': 'application/json' }),
    ...(etag ? { 'if-match': etag } : {}),
    ...(token ? { authorization: `Bearer ${token}` } : {}),
  };
}

function refusalOf(text: string, otherwise: string): Pick<Refusal, 'error' | 'fields' | 'need'> {
  try {
    const { error, fields, need } = JSON.parse(text) as Partial<Refusal>;
    return {
      error: said(error ?? otherwise),
      fields: (fields ?? []).map(({ path, message }) => ({ path, message: said(message) })),
      ...(need ? { need } : {}),
    };
  } catch {
    return { error: otherwise, fields: [] };
  }
}
