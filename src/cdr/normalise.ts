// A raw row (AMI headers, table columns, JSON of a write) to one Cdr, or BadRecord naming every faulty field.
import { BadRecord, type Fault } from '../errors.ts';
import { dispositions, type Cdr, type Disposition, type Micros, type TimeOrigin } from './cdr.ts';
import { amiNames, columnNames, customMax, ignoredNames, texts, uniqueidMax } from './fields.ts';
import { birthOf, instantsOf, isNever, nearest, parseEpoch, parseIso, parseWall } from './time.ts';

export interface RawRow {
  /** Which vocabulary `fields` speaks. */
  kind: 'ami' | 'table' | 'api';
  /** Header, column or JSON names in lower case. Null-prototype object. A repeated AMI header is an array. */
  fields: Record<string, RawValue>;
  /** The zone of local times in `fields` (IANA). */
  timezone: string;
}
export type RawValue = string | number | boolean | null | RawValue[] | { [key: string]: RawValue };

/** The names under which this kind of source gives a field; the first present one counts. */
type Names = (field: keyof typeof columnNames) => string[];
const namesFor: Record<RawRow['kind'], Names> = {
  ami: (field) => [amiNames[field]],
  table: (field) => columnNames[field],
  api: (field) => [field],
};

/** Reads fields one by one, collecting faults, so that a bad row is told all that is wrong with it at once. */
class Reader {
  readonly faults: Fault[] = [];
  readonly used = new Set<string>();
  readonly row: RawRow;

  constructor(row: RawRow) {
    this.row = row;
  }

  fault(field: string, found: RawValue | undefined, expected: string): void {
    this.faults.push({ field, message: `${shown(found)} is not ${expected}` });
  }

  /** Text of the first present name: null when absent or NULL. */
  text(names: readonly string[], max: number): string | null {
    const name = names.find((candidate) => this.row.fields[candidate] !== undefined);
    if (name === undefined) return null;
    this.used.add(name);
    const value = this.row.fields[name];
    if (value === null || value === undefined) return null;
    if (typeof value === 'object') {
      this.fault(name, value, Array.isArray(value) ? 'one value (the header came more than once)' : 'a text');
      return null;
    }
    const text = String(value);
    if (text.length > max) this.fault(name, text, `at most ${max} characters long (it has ${text.length})`);
    return text;
  }

  required(names: readonly string[], max: number): string {
    const text = this.text(names, max)?.trim();
    if (!text) this.faults.push({ field: names[0]!, message: 'is missing or empty, expected a value' });
    return text ?? '';
  }

  /** Whole number ≥ 0; a decimal of Asterisk's `,f` variants or of a DECIMAL column is cut to whole seconds as Asterisk does. */
  count(names: readonly string[], what: string): number | null {
    const text = this.text(names, 40)?.trim();
    if (text === undefined || text === '') return null;
    const value = /^\d{1,10}(\.\d+)?$/.test(text) ? Math.floor(Number(text)) : NaN;
    if (Number.isNaN(value)) this.fault(names.find((name) => this.row.fields[name] !== undefined) ?? names[0]!, text, what);
    return Number.isNaN(value) ? null : value;
  }
}

/** @throws BadRecord with every fault of the row. Any row gives a Cdr or a BadRecord, nothing else. */
export function normalise(row: RawRow, system: string): Cdr {
  const reader = new Reader(row);
  const names = namesFor[row.kind];
  const uniqueid = reader.required(names('uniqueid'), uniqueidMax);
  const duration = reader.count(names('duration'), 'a whole number of seconds');
  const billsec = reader.count(names('billsec'), 'a whole number of seconds');
  if (duration === null && reader.faults.length === 0) reader.fault(names('duration')[0]!, null, 'a whole number of seconds');
  const times = readTimes(reader, names, uniqueid, duration ?? 0, billsec ?? 0);
  const cdr: Cdr = {
    system,
    uniqueid,
    sequence: reader.count(names('sequence'), 'a whole number'),
    linkedid: reader.text(names('linkedid'), uniqueidMax)?.trim() || null,
    ...times,
    duration: duration ?? 0,
    billsec: billsec ?? 0,
    disposition: readDisposition(reader, names('disposition')),
    amaflags: readAmaflags(reader, names('amaflags')),
    ...readTexts(reader),
    custom: {},
  };
  cdr.custom = row.kind === 'api' ? readApiCustom(reader) : readCustom(reader);
  if (reader.faults.length > 0) throw new BadRecord(reader.faults);
  return cdr;
}

type Texts = Pick<Cdr, (typeof texts)[number]['name']>;

function readTexts(reader: Reader): Texts {
  const entries = texts.map(({ name, ami, max }) => [name, reader.text([reader.row.kind === 'ami' ? ami : name], max)]);
  return Object.fromEntries(entries) as Texts;
}

type Times = Pick<Cdr, 'start' | 'answer' | 'end' | 'timeOrigin'>;

function readTimes(reader: Reader, names: Names, uniqueid: string, duration: number, billsec: number): Times {
  const start = readTime(reader, names('start'), amiNames.startEpoch, birthOf(uniqueid));
  const end = readTime(reader, names('end'), amiNames.endEpoch, start && start.at + duration * 1e6);
  const answer = readTime(reader, names('answer'), amiNames.answerEpoch, end && end.at - billsec * 1e6);
  if (!start && reader.faults.length === 0) reader.fault(names('start')[0]!, null, 'a time');
  return { start: start?.at ?? 0, answer: answer?.at ?? null, end: end?.at ?? null, timeOrigin: start?.origin ?? 'local' };
}

/** A time by its best origin. `near` tells the two meanings of the doubled autumn hour apart. */
function readTime(
  reader: Reader,
  names: string[],
  epochName: string,
  near: Micros | null,
): { at: Micros; origin: TimeOrigin } | null {
  const wallText = reader.text(names, 40)?.trim() ?? '';
  const epochText = reader.row.kind === 'ami' ? (reader.text([epochName], 40)?.trim() ?? '') : '';
  const epoch = parseEpoch(epochText || wallText);
  if (epoch) return { at: epoch, origin: 'epoch' };
  if (epoch === null || isNever(wallText)) return null;
  const iso = reader.row.kind === 'api' ? parseIso(wallText) : undefined;
  if (iso !== undefined) return { at: iso, origin: 'utc' };
  const wall = reader.row.kind === 'api' ? undefined : parseWall(wallText);
  if (wall === undefined) {
    const expected = reader.row.kind === 'api' ? 'a time like 2026-11-22T03:15:29Z' : 'a time like 2026-11-22 03:15:29';
    reader.fault(names.find((name) => reader.used.has(name)) ?? names[0]!, wallText, expected);
    return null;
  }
  const zone = reader.row.timezone;
  return { at: nearest(instantsOf(wall, zone), near), origin: zone === 'UTC' ? 'utc' : 'local' };
}

/** include/asterisk/cdr.h, enum ast_cdr_disposition: what cdr_adaptive_odbc writes into a numeric column. */
const dispositionNumbers: Record<string, Disposition> = {
  '0': 'NO ANSWER',
  '1': 'NO ANSWER',
  '2': 'FAILED',
  '4': 'BUSY',
  '8': 'ANSWERED',
  '16': 'CONGESTION',
};

function readDisposition(reader: Reader, names: string[]): Disposition {
  const text = reader.required(names, 40);
  const word = text.toUpperCase().replace(/^NO[_ ]?ANSWER$/, 'NO ANSWER');
  const found = dispositions.find((disposition) => disposition === word) ?? dispositionNumbers[word];
  if (!found && text) reader.fault(names[0]!, text, `one of ${dispositions.join(', ')}`);
  return found ?? 'UNKNOWN';
}

/** main/channel.c, ast_channel_string2amaflag. */
const amaflagNumbers: Record<string, number> = { OMIT: 1, BILLING: 2, BILL: 2, DOCUMENTATION: 3, DEFAULT: 3 };

function readAmaflags(reader: Reader, names: string[]): number | null {
  const text = reader.text(names, 40)?.trim().toUpperCase();
  if (!text || text === 'UNKNOWN') return null;
  const value = amaflagNumbers[text] ?? (/^\d{1,2}$/.test(text) ? Number(text) : undefined);
  if (value === undefined) reader.fault(names[0]!, text, 'OMIT, BILLING, DOCUMENTATION or a number from 0 to 99');
  return value ?? null;
}

/** Everything that has no place of its own and is a plain value: `did`, `recordingfile`, mapped CDR variables. */
function readCustom(reader: Reader): Record<string, string> {
  const custom: Record<string, string> = {};
  for (const name of Object.keys(reader.row.fields)) {
    if (reader.used.has(name) || ignoredNames.has(name) || Object.keys(custom).length >= customMax.count) continue;
    if (!isCustomName(name)) continue;
    const value = reader.text([name], customMax.value);
    if (value !== null) custom[name] = value;
  }
  return custom;
}

function readApiCustom(reader: Reader): Record<string, string> {
  const given = reader.row.fields['custom'];
  const custom: Record<string, string> = {};
  for (const [name, value] of Object.entries(typeof given === 'object' && given !== null ? given : {})) {
    if (!isCustomName(name.toLowerCase())) reader.fault(`custom.${name}`, name, 'a name of letters, digits and _');
    else if (typeof value !== 'string') reader.fault(`custom.${name}`, value as RawValue, 'a text');
    else custom[name.toLowerCase()] = value;
  }
  return custom;
}

function isCustomName(name: string): boolean {
  return name.length <= customMax.name && /^[a-z][a-z0-9_.-]*$/.test(name) && name !== 'constructor';
}

function shown(value: RawValue | undefined): string {
  if (value === undefined || value === null) return 'nothing';
  const text = typeof value === 'string' ? value : (JSON.stringify(value) ?? '');
  return `"${text.length > 80 ? `${text.slice(0, 80)}…` : text}"`;
}
