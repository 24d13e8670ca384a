// Laravel's validation: what a body must be, in its own sentences. Every field is judged; of one field, what is wrong first.
import { ClientError, type Fault } from '../../../errors.ts';
import { plainPattern, trimmedPattern } from '../../validate.ts';
import { readDate } from './dates.ts';

/** Laravel's 422: the faults of a body, by field. */
export class Invalid extends ClientError {
  constructor(faults: Fault[]) {
    super(422, summaryOf(faults), faults);
  }
}

/** `The tenant id field is required. (and 2 more errors)` */
function summaryOf(faults: readonly Fault[]): string {
  const more = faults.length - 1;
  if (more === 0) return faults[0]!.message;
  return `${faults[0]!.message} (and ${more} more error${more === 1 ? '' : 's'})`;
}

type Given = Record<string, unknown>;
/** Reads one value, or says what is wrong with it. */
export type Rule<T> = (value: unknown, label: string) => { value: T } | { fault: string };

/** The body of a request. Texts lose the spaces around them, and empty ones are null, as Laravel's middleware has it. */
export function givenIn(body: unknown): Given {
  if (typeof body !== 'object' || body === null || Array.isArray(body)) return {};
  const trimmed = Object.entries(body).map(([name, value]: [string, unknown]) => {
    const text = typeof value === 'string' ? value.toWellFormed().trim() : value;
    return [name, text === '' ? null : text];
  });
  return Object.fromEntries(trimmed) as Given;
}

type Read<Rules> = { [Name in keyof Rules]: Rules[Name] extends Rule<infer T> ? T : never };

/** @throws Invalid with the faults of all fields, in the order of the rules */
export function validated<Rules extends Record<string, Rule<unknown>>>(body: unknown, rules: Rules): Read<Rules> {
  const given = givenIn(body);
  const faults: Fault[] = [];
  const values = Object.entries(rules).map(([field, rule]): [string, unknown] => {
    const result = rule(given[field] ?? null, field.replaceAll('_', ' '));
    if ('value' in result) return [field, result.value];
    faults.push({ field, message: result.fault });
    return [field, undefined];
  });
  if (faults.length > 0) throw new Invalid(faults);
  return Object.fromEntries(values) as Read<Rules>;
}

export function required<T>(rule: Rule<T>): Rule<T> {
  return (value, label) => (value === null ? { fault: `The ${label} field is required.` } : rule(value, label));
}

export function nullable<T>(rule: Rule<T>): Rule<T | null> {
  return (value, label) => (value === null ? { value: null } : rule(value, label));
}

export function usually<T>(rule: Rule<T>, usual: T): Rule<T> {
  return (value, label) => (value === null ? { value: usual } : rule(value, label));
}

export function text(max: number): Rule<string> {
  return (value, label) => {
    if (typeof value !== 'string') return { fault: `The ${label} field must be a string.` };
    if ([...value].length > max) return { fault: `The ${label} field must not be greater than ${max} characters.` };
    return { value };
  };
}

export function matching(form: RegExp, max: number): Rule<string> {
  return (value, label) => {
    const read = text(max)(value, label);
    return 'value' in read && !form.test(read.value) ? { fault: `The ${label} field format is invalid.` } : read;
  };
}

/** Names are without control characters, as everywhere. */
export const plain = (max: number): Rule<string> => matching(new RegExp(plainPattern), max);
/** And handles and numbers without spaces around them, too. */
export const trimmed = (max: number): Rule<string> => matching(new RegExp(trimmedPattern), max);

/** Whole numbers may be texts: Laravel's `integer` asks PHP's filter_var. */
export function whole(min: number, max: number): Rule<number> {
  return (value, label) => {
    const isWhole =
      typeof value === 'number' ? Number.isInteger(value) : typeof value === 'string' && /^[+-]?\d{1,16}$/.test(value);
    if (!isWhole) return { fault: `The ${label} field must be an integer.` };
    return between(Number(value), label, min, max);
  };
}

/** Numbers may be texts: PHP's is_numeric. */
export function decimal(min: number, max: number): Rule<number> {
  return (value, label) => {
    const isNumber =
      typeof value === 'number' || (typeof value === 'string' && /^[+-]?(\d+\.?\d*|\.\d+)(e[+-]?\d+)?$/i.test(value));
    if (!isNumber || !Number.isFinite(Number(value))) return { fault: `The ${label} field must be a number.` };
    return between(Number(value), label, min, max);
  };
}

function between(value: number, label: string, min: number, max: number): { value: number } | { fault: string } {
  if (value < min) return { fault: `The ${label} field must be at least ${min}.` };
  return value > max ? { fault: `The ${label} field must not be greater than ${max}.` } : { value };
}

export function date(zone: string): Rule<number> {
  return (value, label) => {
    const at = typeof value === 'string' ? readDate(value, zone) : undefined;
    return at === undefined ? { fault: `The ${label} field must be a valid date.` } : { value: at };
  };
}

export function oneOf<Word extends string>(words: readonly Word[]): Rule<Word> {
  return (value, label) => {
    const word = words.find((one) => one === value);
    return word === undefined ? { fault: `The selected ${label} is invalid.` } : { value: word };
  };
}

/** The value is the id of nothing that this principal may name. */
export function unselected(field: string): Invalid {
  return new Invalid([{ field, message: `The selected ${field.replaceAll('_', ' ')} is invalid.` }]);
}
