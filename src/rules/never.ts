// What a field of a number or a time never is. Pure; only what is certain is told.
import { Pattern } from './pattern.ts';
import { shown } from './rule.ts';
import { numberFields, timeFields } from './run.ts';

/** Fields that are there in every record. */
export const givenFields: readonly string[] = ['start', 'duration', 'billsec', 'disposition', 'system'];

interface Kind {
  word: string;
  is(text: string): boolean;
  isBeginning(text: string): boolean;
  /** All that its texts are made of. */
  characters: string;
}

const isNumber = (text: string) => /^(?:0|[1-9]\d*)$/.test(text);
const number: Kind = {
  ...{ word: 'a whole number', is: isNumber, isBeginning: isNumber },
  characters: '0123456789',
};

/** As `isoOf` writes them, with every digit a 0. */
const forms = ['0000-00-00T00:00:00Z', '0000-00-00T00:00:00.000000Z'];
const formOf = (text: string) => text.replace(/\d/g, '0');
const time: Kind = {
  word: 'a time like 2026-11-22T03:15:29Z',
  is: (text) => forms.includes(formOf(text)),
  isBeginning: (text) => forms.some((form) => form.startsWith(formOf(text))),
  characters: '0123456789-:.TZ',
};

/** What is asked of a number or a time that none is, and what they are: `"BILLING", but a whole number`; null: it may be one. */
export function neverAsked(name: string, given: unknown): string | null {
  const kind = kindOf(name);
  if (!kind) return null;
  const told = `${shown(given)}, but ${kind.word}`;
  const texts = typeof given === 'string' ? [given] : Array.isArray(given) ? given.map(String) : null;
  if (texts) {
    const mayBe = texts.some((text) => kind.is(text) || (text === '' && !givenFields.includes(name)));
    return mayBe ? null : told;
  }
  const { prefix, match, from, to } = given as { prefix?: string; match?: string; from?: number; to?: number };
  if (prefix !== undefined) return kind.isBeginning(prefix) ? null : told;
  if (match !== undefined) return needsOther(match, kind.characters) ? told : null;
  if (kind === number) return to !== undefined && to < 0 ? `below 0, but ${kind.word}` : null;
  return from !== undefined || to !== undefined ? told : null;
}

function kindOf(name: string): Kind | null {
  if ((numberFields as readonly string[]).includes(name)) return number;
  return (timeFields as readonly string[]).includes(name) ? time : null;
}

/** What stands for one character of a text: a class, an escape that is one character, any plain one. */
const one = /\[\^?\]?(?:\\.|\[:\^?\w+:\]|[^\]\\[])*\]|\\[dDwWsS\-./]|[^\\()|[\]{}*+?^$]/uy;

/** Whether each text that matches has a character beside these. Of patterns with groups, choices or counts nothing is claimed. */
function needsOther(source: string, characters: string): boolean {
  const pieces = source.replace(/^\^/, '').replace(/\$$/, '');
  let isOther = false;
  for (let at = 0; at < pieces.length;) {
    one.lastIndex = at;
    const piece = one.exec(pieces)?.[0];
    if (piece === undefined) return false;
    at += piece.length;
    const next = pieces[at] ?? '';
    if (next === '*' || next === '?') at += 1;
    else {
      const pattern = new Pattern(`^${piece}`, false);
      isOther ||= [...characters].every((character) => pattern.find(character) === null);
      if (next === '+') at += 1;
    }
  }
  return isOther;
}
