import type { User } from '../directory.ts';
import { badRequest } from '../graph-error.ts';

const searchable = ['id', 'displayName', 'userPrincipalName', 'mail', 'mailNickname'] as const;
type Field = (typeof searchable)[number];

/** A user on Graph's wire, as `/users` shows it by default. */
export function wireUser(user: User): Record<string, unknown> {
  const [givenName = null, surname = null] = user.displayName.split(' ');
  return {
    id: user.id,
    displayName: user.displayName,
    givenName,
    surname,
    userPrincipalName: user.userPrincipalName,
    mail: user.userPrincipalName,
    jobTitle: null,
    officeLocation: null,
    businessPhones: [],
    mobilePhone: null,
    preferredLanguage: null,
  };
}

const clause = /^(?:startswith\((\w+),\s*'((?:[^']|'')*)'\)|(\w+) eq '((?:[^']|'')*)')$/i;

/** `$filter` of `startswith(field,'…')` and `field eq '…'` joined by `or`: what the stand-in knows of OData. */
export function filterUsers(users: User[], filter: string): User[] {
  const tests = filter.split(/\s+or\s+/i).map((text) => {
    const found = clause.exec(text.trim());
    if (!found) throw badRequest('Invalid filter clause');
    const [, prefixField, prefix, exactField, exact] = found;
    const field = fieldNamed(prefixField ?? exactField!);
    const wanted = (prefix ?? exact!).replaceAll("''", "'").toLowerCase();
    return (user: User) => {
      const value = fieldOf(user, field);
      return prefix === undefined ? value === wanted : value.startsWith(wanted);
    };
  });
  return users.filter((user) => tests.some((test) => test(user)));
}

/** `$search` of `"field:text"` joined by OR: words that start with the text ("Use the $search query parameter"). */
export function searchUsers(users: User[], search: string): User[] {
  const tests = search.split(/\s+OR\s+/).map((text) => {
    const found = /^"(\w+):([^"]*)"$/.exec(text.trim());
    if (!found) throw badRequest('Syntax error: $search must be "property:text" in double quotes.');
    const field = fieldNamed(found[1]!);
    const wanted = found[2]!.toLowerCase();
    return (user: User) => {
      const value = fieldOf(user, field);
      return value.startsWith(wanted) || value.split(/[\s@.]+/).some((word) => word.startsWith(wanted));
    };
  });
  return users.filter((user) => tests.some((test) => test(user)));
}

function fieldNamed(name: string): Field {
  const field = searchable.find((each) => each.toLowerCase() === name.toLowerCase());
  if (!field) throw badRequest(`Property '${name}' does not exist or is not filterable.`);
  return field;
}

function fieldOf(user: User, field: Field): string {
  const nickname = user.userPrincipalName.split('@')[0]!;
  const more = { mail: user.userPrincipalName, mailNickname: nickname };
  return { ...user, ...more }[field].toLowerCase();
}
