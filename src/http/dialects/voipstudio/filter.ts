// The filter of a list: [{"property", "operator", "value"}], all of which must hold. What a property takes is said by its kind.
import { parseIso, parseWall } from '../../../cdr/time.ts';
import { found } from '../../validate.ts';
import { fault } from './fault.ts';

export const operators = ['eq', 'like', 'gt', 'gte', 'lt', 'lte'] as const;
export type Operator = (typeof operators)[number];

/** word: one of a few; list: one of several of them. */
export type Kind = 'number' | 'text' | 'date' | 'word' | 'list' | 'flag';
export type Properties = Readonly<Record<string, Kind>>;

const fitting: Record<Kind, readonly Operator[]> = {
  number: ['eq', 'gt', 'gte', 'lt', 'lte'],
  date: operators,
  text: ['eq', 'like'],
  word: ['eq', 'like'],
  list: ['eq'],
  flag: ['eq'],
};

export interface Test {
  /** Where it stands, for faults. */
  field: string;
  property: string;
  operator: Operator;
  /** Of a number its digits; of a date as it was written. */
  value: string;
  /** Of a number; of a date the Micros it begins with. */
  number: number;
}

/** Longest filter, in characters, and most tests in one. */
const filterMax = 4096;
const testsMax = 50;

/** @throws ClientError 400 */
export function readFilter(text: string | undefined, properties: Properties): Test[] {
  if (text === undefined || text === '') return [];
  if (text.length > filterMax) throw fault('filter', `has ${text.length} characters, expected at most ${filterMax}`);
  const given = parsed(text);
  if (!Array.isArray(given))
    throw fault('filter', `${found(given)} is not a list like [{"property":"id","operator":"eq","value":1}]`);
  if (given.length > testsMax) throw fault('filter', `has ${given.length} parts, expected at most ${testsMax}`);
  return given.map((one, at) => readTest(one, `filter.${at}`, properties));
}

function readTest(given: unknown, field: string, properties: Properties): Test {
  if (typeof given !== 'object' || given === null || Array.isArray(given))
    throw fault(field, `${found(given)} is not like {"property":"id","operator":"eq","value":1}`);
  const { property, operator = 'eq', value } = given as Record<string, unknown>;
  if (typeof property !== 'string' || !Object.hasOwn(properties, property)) {
    const known = Object.keys(properties).join(', ');
    throw fault(`${field}.property`, `${found(property)} is not known, expected one of ${known}`);
  }
  const kind = properties[property]!;
  if (!operators.includes(operator as Operator))
    throw fault(`${field}.operator`, `${found(operator)} is not known, expected one of ${operators.join(', ')}`);
  if (!fitting[kind].includes(operator as Operator))
    throw fault(
      `${field}.operator`,
      `${operator as string} does not fit ${property}, expected one of ${fitting[kind].join(', ')}`,
    );
  const test = { field: `${field}.value`, property, operator: operator as Operator };
  return { ...test, ...readValue(kind, value, test) };
}

function readValue(
  kind: Kind,
  value: unknown,
  { field, operator }: Pick<Test, 'field' | 'operator'>,
): Pick<Test, 'value' | 'number'> {
  const isPlain = typeof value === 'string' || typeof value === 'number' || typeof value === 'boolean';
  if (!isPlain) throw fault(field, `${found(value)} is not a text or a number`);
  const text = String(value).toWellFormed();
  if (kind === 'number') {
    const number = Number(text);
    if (/^-?\d{1,16}(\.\d{1,9})?$/.test(text) && Math.abs(number) <= Number.MAX_SAFE_INTEGER)
      return { value: text, number };
    throw fault(field, `${found(value)} is not a number`);
  }
  if (kind === 'flag') {
    if (/^(true|false|0|1)$/.test(text)) return { value: text, number: text === 'true' || text === '1' ? 1 : 0 };
    throw fault(field, `${found(value)} is not true or false`);
  }
  if (kind !== 'date') return { value: text, number: 0 };
  const dates = operator === 'like' ? stretchOf(text)?.[0] : dateOf(text);
  if (dates === undefined)
    throw fault(field, `${found(value)} is not a date like 2026-11-22 03:15:29 or 2026-11-22, UTC`);
  return { value: text, number: dates };
}

/** A bare day is its first moment. */
export function dateOf(text: string): number | undefined {
  if (/^\d{4}-\d\d-\d\d$/.test(text)) return parseWall(`${text} 00:00:00`);
  if (/^\d{4}-\d\d-\d\d[ T]\d\d:\d\d$/.test(text)) return parseWall(`${text}:00`);
  return parseWall(text) ?? parseIso(text);
}

/** What a beginning of a date covers: `2026-11` is a month. Both ends in Micros, the second exclusive. */
export function stretchOf(text: string): [number, number] | undefined {
  const parts = /^(\d{4})(?:-(\d\d)(?:-(\d\d)(?: (\d\d)(?::(\d\d)(?::(\d\d))?)?)?)?)?$/.exec(text)?.slice(1);
  if (!parts) return undefined;
  const given = parts.filter((part) => part !== undefined);
  const whole = [given[0], ...['01', '01', '00', '00', '00'].map((none, at) => given[at + 1] ?? none)];
  const from = parseWall(`${whole.slice(0, 3).join('-')} ${whole.slice(3).join(':')}`);
  if (from === undefined) return undefined;
  const [year, month = 1, ...rest] = whole.map(Number) as [number, number, number, number, number, number];
  if (given.length === 1) return [from, Date.UTC(year + 1, 0) * 1000];
  if (given.length === 2) return [from, Date.UTC(year, month) * 1000];
  const steps = [86_400e6, 3600e6, 60e6, 1e6];
  return rest.length > 0 ? [from, from + steps[given.length - 3]!] : undefined;
}

function parsed(json: string): unknown {
  try {
    return JSON.parse(json);
  } catch {
    throw fault('filter', `${found(json)} is not JSON`);
  }
}
