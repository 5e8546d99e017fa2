/** docs/topics.md, generated from the schemas that payloads are checked against (`npm run topics`). */
import type { TSchema } from 'typebox';
import { type Topic, topics } from './payloads.ts';

type Node = TSchema & {
  type?: string;
  properties?: Record<string, Node>;
  required?: string[];
  description?: string;
  anyOf?: Node[];
  enum?: unknown[];
  const?: unknown;
};

export function topicReference(): string {
  return `# Topics

Generated from the schemas by \`npm run topics\`. All topics are below \`mqtt.baseTopic\`, \`doorlight\` unless you chose another.
Payloads are UTF-8; times are ISO-8601 in UTC; ids are of small letters, digits and hyphens. What is retained has QoS 1.
Commands are never retained: one that is will be ignored. What you write is answered, or logged, when it is wrong, and changes
nothing then. Do not count on keys that are not listed; more may come.

| topic | who writes it | retained |
|---|---|---|
${topics.map(({ topic, by, retained }) => `| [\`${topic}\`](#${anchor(topic)}) | ${by} | ${retained ? 'yes' : 'no'} |`).join('\n')}

${topics.map(section).join('\n')}`;
}

function section({ topic, by, retained, about, payload, example }: Topic): string {
  const { properties, required = [] } = payload as Node;
  const rows = Object.entries(properties ?? {}).map(
    ([key, node]) =>
      `| \`${key}\` | ${typeOf(node)} | ${required.includes(key) ? 'always' : 'maybe'} | ${node.description ?? ''} |`,
  );
  const table = properties
    ? `| key | type | there | what |\n|---|---|---|---|\n${rows.join('\n')}`
    : (payload as Node).enum
      ? `A bare word: ${(payload as Node).description ?? ''}.`
      : `${(payload as Node).description ?? ''}.`;
  return `## \`${topic}\`

${about} Written by ${by}; ${retained ? 'retained' : 'not retained'}.

${table}

    ${example}
`;
}

function typeOf(node: Node): string {
  if (node.anyOf) return node.anyOf.map(typeOf).join(' or ');
  if (node.enum) return 'word';
  if (node.const !== undefined) return JSON.stringify(node.const);
  return node.type ?? 'anything';
}

/** As GitHub makes it of a heading. */
function anchor(heading: string): string {
  return heading.toLowerCase().replaceAll(/[^a-z0-9 -]/g, '');
}
