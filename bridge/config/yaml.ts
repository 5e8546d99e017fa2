/**
 * YAML as doorlight.yaml speaks it: `${NAME}` may stand without quotes wherever a value may, also in `{ … }` and `[ … ]`,
 * where YAML itself takes no brace.
 */
import { type Document, type LineCounter, parseDocument, visit } from 'yaml';

/** Stand for the braces of a reference while YAML reads: letters of the private use area, which nobody types. */
const [open, close] = ['\uE000', '\uE001'];

const hidden = (text: string) => text.replace(/\$\{([A-Za-z_]\w*)\}/g, `${open}$1${close}`);
const shown = (text: string) => text.replaceAll(open, '${').replaceAll(close, '}');

/** The document of a text; what is wrong with it stands in its `errors`. */
export function readYaml(text: string, lineCounter?: LineCounter): Document {
  const document = parseDocument(hidden(text), {
    prettyErrors: true,
    ...(lineCounter ? { lineCounter } : {}),
  });
  visit(document, {
    Scalar(_key, node) {
      if (typeof node.value === 'string') node.value = shown(node.value);
    },
  });
  for (const error of document.errors) error.message = shown(error.message);
  return document;
}

/** The text of a document; what was not changed stays as it was typed, a reference in quotes where YAML wants them. */
export function writeYaml(document: Document): string {
  return shown(document.toString({ lineWidth: 120 }));
}

/** What a text says, as plain data, whatever is wrong with it. */
export function plainYaml(text: string): unknown {
  return readYaml(text).toJS();
}
