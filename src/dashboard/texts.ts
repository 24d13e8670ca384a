// Every text of the page, in English and German: one table, put together from a file for each part of the page.
import { currentPrefs } from './prefs.ts';
import { call } from './texts/call.ts';
import { findings } from './texts/findings.ts';
import { ground } from './texts/ground.ts';
import { health } from './texts/health.ts';
import { live } from './texts/live.ts';
import { overview } from './texts/overview.ts';
import { search } from './texts/search.ts';

const table = { ...ground, ...live, ...search, ...call, ...overview, ...health };

export type TextKey = keyof typeof table;
export const languages = { en: 'English', de: 'Deutsch' } as const;
const order: readonly (keyof typeof languages)[] = ['en', 'de'];

/** `{name}` in a text is filled from `values`. */
export function t(key: TextKey, values: Readonly<Record<string, string | number>> = {}): string {
  const text: string = table[key][order.indexOf(currentPrefs().lang)] ?? table[key][0];
  return text.replace(/\{(\w+)\}/g, (all, name: string) => String(values[name] ?? all));
}

type Kind =
  | ('outcome' | 'direction' | 'state' | 'result' | 'transfer' | 'column')
  | ('fault' | 'source' | 'count' | 'look' | 'day' | 'level');

/** A word of the API: its text where there is one, else the word itself. */
export function word(kind: Kind, name: string): string {
  const key = `${kind}.${name}`;
  return Object.hasOwn(table, key) ? t(key as TextKey) : name;
}

/** What a code of the doctor means, where cdrd itself speaks another language; null: it says so itself. */
export function findingText(code: string): string | null {
  return currentPrefs().lang === 'de' ? (findings[code] ?? null) : null;
}

/** For the tests: each text has its two languages. */
export const allTexts: Readonly<Record<string, readonly string[]>> = table;
