import type { User } from '../directory.ts';

/** Text made safe for HTML. */
function html(text: string): string {
  return text.replaceAll('&', '&amp;').replaceAll('<', '&lt;').replaceAll('"', '&quot;');
}

function page(title: string, body: string): string {
  return `<!doctype html><html lang="en"><meta charset="utf-8"><title>${html(title)}</title>
<meta name="viewport" content="width=device-width"><style>body{font:1rem system-ui;margin:3rem auto;max-width:24rem}
button,input{font:inherit;padding:.5rem 1rem;margin:.25rem 0;width:100%;box-sizing:border-box}</style>
<h1>${html(title)}</h1>${body}</html>`;
}

function hidden(fields: Readonly<Record<string, string | undefined>>): string {
  return Object.entries(fields)
    .map(([name, value]) => `<input type="hidden" name="${html(name)}" value="${html(value ?? '')}">`)
    .join('');
}

function accounts(users: User[]): string {
  return users
    .map((user) => `<button name="account" value="${user.id}">${html(user.displayName)}</button>`)
    .join('');
}

/** Asks who signs in; posts `account` and the given query back. An empty account is a refusal. */
export function consentPage(query: Readonly<Record<string, string | undefined>>, users: User[]): string {
  const form = `${hidden(query)}${accounts(users)}<button name="account" value="">Cancel</button>`;
  return page('Pick an account', `<form method="post">${form}</form>`);
}

/** Asks for the code that a device shows, and who signs in. */
export function devicePage(users: User[], note = ''): string {
  const code = '<label>Code<input name="user_code" autocomplete="off" required></label>';
  const form = `${code}${accounts(users)}<button name="account" value="">Decline</button>`;
  return page('Enter code', `<p>${html(note)}</p><form method="post">${form}</form>`);
}

/** A page with one message. */
export function messagePage(title: string, text: string): string {
  return page(title, `<p>${html(text)}</p>`);
}

/** Carries the answer to the redirect URI as `response_mode=form_post` wants it. */
export function formPostPage(action: string, fields: Readonly<Record<string, string>>): string {
  const form = `<form method="post" action="${html(action)}">${hidden(fields)}<button>Continue</button></form>`;
  return page('Signed in', `${form}<script>document.forms[0].submit()</script>`);
}
