/** The bridge's own sentences in the page's language; what a language does not have stays as it was said. */
import { t } from '../texts/texts.ts';

/** `…` in a sentence of the texts stands for what differs. */
const patternOf = (sentence: string): RegExp =>
  new RegExp(`^${sentence.replace(/[.*+?^${}()|[\]\\]/g, '\\$&').replaceAll('…', '(.+?)')}$`, 's');

export function said(text: string): string {
  for (const [sentence, own] of Object.entries(t.sentences)) {
    const found = patternOf(sentence).exec(text);
    if (!found) continue;
    let next = 1;
    return own.replace(/…/g, () => said(found[next++]!));
  }
  return text;
}
