// What a field of a number or a time never is. Pure; only what is certain is told.
import { numberMax } from './condition.ts';
import { mayMatch, type Shape } from './reading.ts';
import { shown } from './rule.ts';
import { numberFields, timeFields } from './run.ts';

/** Fields that are there in every record. */
export const givenFields: readonly string[] = ['start', 'duration', 'billsec', 'disposition', 'system'];

interface Kind {
  word: string;
  is(text: string): boolean;
  isBeginning(text: string): boolean;
  shape: Shape;
}

const isNumber = (text: string) => /^(?:0|[1-9]\d*)$/.test(text);
const number: Kind = {
  ...{ word: 'a whole number', is: isNumber, isBeginning: isNumber },
  shape: [
    {
      isEnd: false,
      steps: [
        { characters: '0', to: 1 },
        { characters: '123456789', to: 2 },
      ],
    },
    { isEnd: true, steps: [] },
    { isEnd: true, steps: [{ characters: '0123456789', to: 2 }] },
  ],
};

/** As `isoOf` writes them, with every digit a 0. */
const forms = ['0000-00-00T00:00:00Z', '0000-00-00T00:00:00.000000Z'] as const;
const formOf = (text: string) => text.replace(/\d/g, '0');
const time: Kind = {
  word: 'a time like 2026-11-22T03:15:29Z',
  is: (text) => (forms as readonly string[]).includes(formOf(text)) && isOnClock(text),
  isBeginning: (text) => forms.some((form) => form.startsWith(formOf(text))) && isOnClock(text),
  shape: shapeOf(forms),
};

/** Whether there is such a month, day, hour, minute and second; what a beginning leaves out may be anything. */
function isOnClock(text: string): boolean {
  const whole = text + '0000-11-11T00:00:00'.slice(text.length);
  return /^\d{4}-(?:0[1-9]|1[0-2])-(?:0[1-9]|[12]\d|3[01])T(?:[01]\d|2[0-3]):[0-5]\d:[0-5]\d/.test(whole);
}

/** Each place of the texts, a digit where they have a 0; the second one goes on where the first has its last character. */
function shapeOf([short, long]: readonly [string, string]): Shape {
  const last = short.length - 1;
  const places = [...long].map((character, at) => ({
    isEnd: false,
    steps: [
      { characters: character === '0' ? '0123456789' : character, to: at + 1 },
      ...(at === last ? [{ characters: short[last]!, to: long.length }] : []),
    ],
  }));
  return [...places, { isEnd: true, steps: [] }];
}

/** Of plain letters, `^` and `$` alone: a letter before the beginning, or behind the end. */
function isTorn(match: unknown): boolean {
  return typeof match === 'string' && /^[\w/ ^$-]+$/.test(match) && /[\w/ -]\^|\$[\w/ -]/.test(match);
}

/** What is asked that no text is, or no number or time, and what they are: `"BILLING", but a whole number`; null: it may be one. */
export function neverAsked(name: string, given: unknown): string | null {
  if (isTorn((given as Partial<Asked>).match)) return `${shown(given)}, which no text matches`;
  const kind = kindOf(name);
  if (!kind) return null;
  const told = `${shown(given)}, but ${kind.word}`;
  const texts = typeof given === 'string' ? [given] : Array.isArray(given) ? given.map(String) : null;
  if (texts) {
    const mayBe = texts.some((text) => kind.is(text) || (text === '' && !givenFields.includes(name)));
    return mayBe ? null : told;
  }
  const { prefix, match, from, to, not } = given as Partial<Asked>;
  if (kind === number && givenFields.includes(name) && isAnyNumber(not)) return told;
  if (prefix !== undefined) return kind.isBeginning(prefix) ? null : told;
  if (match !== undefined) return mayMatch(match, kind.shape) ? null : told;
  if (kind === number) return to !== undefined && to < 0 ? `below 0, but ${kind.word}` : null;
  return from !== undefined || to !== undefined ? told : null;
}

interface Asked {
  prefix: string;
  match: string;
  from: number;
  to: number;
  not: unknown;
}

/** Whether it is a range that all numbers lie in. */
function isAnyNumber(given: unknown): boolean {
  if (typeof given !== 'object' || given === null || Array.isArray(given)) return false;
  const { from = -Infinity, to = Infinity } = given as Partial<Asked>;
  const isRange = Object.keys(given).every((key) => key === 'from' || key === 'to');
  return isRange && from <= 0 && to >= numberMax;
}

function kindOf(name: string): Kind | null {
  if ((numberFields as readonly string[]).includes(name)) return number;
  return (timeFields as readonly string[]).includes(name) ? time : null;
}
