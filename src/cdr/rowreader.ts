// Reads the fields of one raw row and keeps every fault it finds. What the fields mean is not decided here.
import type { Fault } from '../errors.ts';
import type { Widths } from './cut.ts';
import type { RowMark } from './sight.ts';

export interface RawRow {
  /** Which vocabulary `fields` speaks. */
  kind: 'ami' | 'table' | 'api';
  /** Header, column or JSON names in lower case. Null-prototype object. A repeated AMI header is an array. */
  fields: Record<string, RawValue>;
  /** The zone of local times in `fields` (IANA). */
  timezone: string;
  /** How its source names this row, if it can. */
  mark?: RowMark;
  /** The column that numbers the rows of a table, or did while it had a key: it is no value of the record. */
  idColumn?: string | null;
  /** The narrow columns that it came through. */
  widths?: Widths | undefined;
  /** What its source found wrong with it already: it is a reject then, and `fields` is what can be kept of it. */
  faults?: Fault[];
}
export type RawValue = string | number | boolean | null | RawValue[] | { [key: string]: RawValue };

/** Longest text that can be a number, a word or a time. */
export const wordMax = 40;
/** Most characters of a found value that a message repeats. */
const shownMax = 80;

/** Reads fields one by one, collecting faults, so that a bad row is told all that is wrong with it at once. */
export class RowReader {
  readonly faults: Fault[] = [];
  readonly row: RawRow;

  constructor(row: RawRow) {
    this.row = row;
  }

  fault(field: string, message: string): void {
    this.faults.push({ field, message });
  }

  /** The fault of the field that was read from `names` as `text`. */
  unfit(names: readonly string[], text: string | null, expected: string): void {
    const name = names.find((candidate) => hasValue(this.row.fields[candidate])) ?? names[0]!;
    this.fault(name, text ? `${shown(text)} is not ${expected}` : `is missing or empty, expected ${expected}`);
  }

  /** Text of the first name that has one; '' when it is known to be empty, null when absent, NULL or at fault. */
  text(names: readonly string[], max: number): string | null {
    let text: string | null = null;
    for (const name of names) {
      const found = this.#textOf(name, max);
      if (found) return found;
      text ??= found;
    }
    return text;
  }

  #textOf(name: string, max: number): string | null {
    let value = this.row.fields[name];
    if (Array.isArray(value) && this.row.kind === 'ami') {
      const [first] = value;
      // A mapping may repeat one of Asterisk's own headers; said twice alike is said once.
      if (value.some((other) => other !== first)) {
        const found = value.slice(0, 3).map(shown).join(', ');
        this.fault(name, `comes ${value.length} times (${found}), expected one value`);
        return null;
      }
      value = first;
    }
    if (value === null || value === undefined) return null;
    if (typeof value === 'object') {
      this.fault(name, `${shown(value)} is not a text`);
      return null;
    }
    // A lone surrogate (only JSON can bring one) is not what a database gives back: the record would not be met again.
    const text = typeof value === 'string' ? value.toWellFormed() : String(value);
    if (text.length <= max) return text;
    this.fault(name, `${shown(text)} has ${text.length} characters, expected at most ${max}`);
    return null;
  }

  /** Trimmed text; '' with a fault when there is none. */
  required(names: readonly string[], expected: string, read = () => this.text(names, wordMax)): string {
    const before = this.faults.length;
    const text = read()?.trim() ?? '';
    if (text === '' && this.faults.length === before) this.unfit(names, null, expected);
    return text;
  }

  /** Text whose digits are no number: JSON's 1795317329.20 would have lost its last zero. */
  identifier(names: readonly string[], max: number): string | null {
    const text = this.text(names, max);
    const name = this.row.kind === 'api' ? names.find((some) => typeof this.row.fields[some] === 'number') : undefined;
    if (name !== undefined) this.fault(name, `${text} is a number, expected a text like "1795317329.20"`);
    return text?.trim() || null;
  }

  /** Whole number of seconds; decimals (Asterisk's `,f` variants) are cut as Asterisk cuts them. */
  seconds(names: readonly string[], needed: 'needed' | 'optional'): number | null {
    const expected = 'a whole number of seconds from 0 to 9999999999';
    const text = needed === 'needed' ? this.required(names, expected) : this.text(names, wordMax)?.trim();
    return this.#count(names, text, /^(\d{1,10})(?:\.\d*)?$/, expected);
  }

  /** Whole number; a DECIMAL column may add a point and zeros. */
  number(names: readonly string[]): number | null {
    const text = this.text(names, wordMax)?.trim();
    return this.#count(names, text, /^(\d{1,10})(?:\.0*)?$/, 'a whole number from 0 to 9999999999');
  }

  #count(names: readonly string[], text: string | undefined, form: RegExp, expected: string): number | null {
    if (!text) return null;
    const match = form.exec(text);
    if (!match) this.unfit(names, text, expected);
    return match ? Number(match[1]) : null;
  }
}

function hasValue(value: RawValue | undefined): boolean {
  return value !== null && value !== undefined && value !== '';
}

/**
 * A found value as a message repeats it. Never looks into an object: one nested deeply enough overflows the stack of
 * JSON.stringify.
 */
export function shown(value: RawValue | undefined): string {
  if (value === null || value === undefined) return 'nothing';
  if (Array.isArray(value)) return `a list of ${value.length}`;
  if (typeof value === 'object') return 'an object';
  const text = String(value);
  return JSON.stringify(text.length > shownMax ? `${text.slice(0, shownMax)}…` : text);
}
