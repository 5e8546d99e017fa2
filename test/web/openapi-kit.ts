/** The document of the interface, and whether an answer is what it says. */
import Schema from 'typebox/schema';

export interface Operation {
  'x-access': string;
  summary?: string;
  requestBody?: object;
  parameters: { name: string; in: string; required: boolean; schema: object }[];
  responses: Record<string, { description?: string; content?: Record<string, { schema: object }> }>;
}
export interface Document {
  openapi: string;
  paths: Record<string, Record<string, Operation>>;
  components: { schemas: Record<string, object> };
}

/** A schema that takes nothing which it does not name. */
function closed(node: unknown): unknown {
  if (Array.isArray(node)) return node.map(closed);
  if (typeof node !== 'object' || node === null) return node;
  const copy = Object.fromEntries(Object.entries(node).map(([key, value]) => [key, closed(value)]));
  return copy['type'] === 'object' && 'properties' in copy && !('additionalProperties' in copy)
    ? { ...copy, additionalProperties: false }
    : copy;
}

/** Why this body is not what the document says of this answer; nothing when it is. */
export function wrongIn(
  document: Document,
  { responses }: Operation,
  { status, body }: { status: number; body: unknown },
): string | undefined {
  const answer = responses[String(status)];
  if (!answer) return `${status} is not in the document`;
  const [content] = Object.values(answer.content ?? {});
  if (!content) return body === '' ? undefined : 'an answer without a body has one';
  const { $ref } = content.schema as { $ref?: string };
  const schema = $ref ? document.components.schemas[$ref.split('/').at(-1)!]! : content.schema;
  const [good, errors] = Schema.Errors(closed(schema) as object, body);
  return good ? undefined : JSON.stringify(errors.slice(0, 3));
}
