/** What the bridge's HTTP interface answers, and the one way to ask it. */
export interface Info {
  version: string;
  demo: boolean;
  /** Absent on a bridge without a login. */
  claimed?: boolean;
  signedIn?: boolean;
}

/** Graph's words for a presence, as a demo sets them. */
export interface GraphPresence {
  availability: string;
  activity: string;
  outOfOffice: boolean;
}

/** `status` is the HTTP status, 0 when nobody answered. */
export type Answer<T> = { ok: true; value: T } | { ok: false; status: number; error: string };

/** Asks with GET, or with POST where there is a body; never rejects. */
export async function ask<T>(path: string, body?: unknown): Promise<Answer<T>> {
  try {
    const response = await fetch(path, {
      headers: { accept: 'application/json', ...(body ? { 'content-type': 'application/json' } : {}) },
      ...(body ? { method: 'POST', body: JSON.stringify(body) } : {}),
    });
    const text = await response.text();
    if (!response.ok)
      return { ok: false, status: response.status, error: errorOf(text, response.statusText) };
    return { ok: true, value: (text ? JSON.parse(text) : undefined) as T };
  } catch {
    return { ok: false, status: 0, error: 'Doorlight did not answer.' };
  }
}

function errorOf(text: string, otherwise: string): string {
  try {
    const { message, error } = JSON.parse(text) as { message?: unknown; error?: unknown };
    return String(message ?? error ?? otherwise);
  } catch {
    return otherwise || 'Doorlight refused.';
  }
}
