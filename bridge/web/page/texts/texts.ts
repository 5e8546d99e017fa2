/** The page's language: a file in this folder for each; the build tells which there are. */
import type en from './en.ts';

export type Texts = typeof en;

/** Set by page-build.ts: the names of the files beside this one. */
declare const LANGUAGES: readonly string[];

export const languages = LANGUAGES;

/** The texts of the language in use; there before anything is drawn. */
export let t: Texts;
export let language = 'en';

const chosenKey = 'language';

/** Takes the language chosen on this device, else the first of the browser's that there is, else English. */
export async function loadTexts(): Promise<void> {
  const wanted = [localStorage.getItem(chosenKey) ?? '', ...navigator.languages];
  const known = (tag: string) =>
    languages.find((one) => one === tag) ?? languages.find((one) => one === tag.slice(0, 2));
  language = wanted.map(known).find(Boolean) ?? 'en';
  t = ((await import(`./${language}.ts`)) as { default: Texts }).default;
  document.documentElement.lang = language;
}

/** Keeps a choice on this device; it shows once the page is loaded anew. */
export function chooseLanguage(tag: string): void {
  localStorage.setItem(chosenKey, tag);
}

/** For dates and times: English means a day before a month and a clock of 24 hours. */
export const locale = () => (language === 'en' ? 'en-GB' : language);
