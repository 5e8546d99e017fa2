/** The way to Microsoft: both addresses, and whether they know this tenant. */
import { troubleOf } from '../graph/sign-in/trouble.ts';
import type { Contact } from './contact.ts';
import { type Check, type Finding, fault, ok } from './finding.ts';

export const checkMicrosoft: Check = ({ microsoft }) => {
  if (!microsoft) return [];
  const { authority, graph } = microsoft;
  return [reached('Sign-in service', authority, tenantFault(authority)), reached('Microsoft Graph', graph)];
};

function reached(what: string, { origin, failure, status }: Contact, wrong?: Finding): Finding {
  if (failure) return fault(what, failure.message, failure.mend);
  if (wrong) return wrong;
  if (status < 500) return ok(what, `${origin} answers.`);
  return fault(
    what,
    `${origin} answers ${status}: it has trouble of its own.`,
    'Nothing to do here: the bridge tries again by itself. https://status.cloud.microsoft says what is known.',
  );
}

/** Entra refuses the metadata of a tenant that it does not know, before anybody signs in. */
function tenantFault({ text }: Contact): Finding | undefined {
  if (!/AADSTS(90002|900023|50059)\b/.test(text)) return undefined;
  const { means, code, next } = troubleOf('', text);
  return fault('Tenant', `${sentence(means)} (${code}).`, next);
}

const sentence = (text: string) => text.charAt(0).toUpperCase() + text.slice(1);
