// A raw row (AMI headers, table columns, JSON of a write) to one Cdr, or BadRecord naming every faulty field.
import { BadRecord } from '../errors.ts';
import { billsecFrom, dispositions, type Cdr, type Disposition, type Micros, type TimeOrigin } from './cdr.ts';
import { wholeOf } from './cut.ts';
import { amiNames, columnNames, customMax, reservedNames, texts, uniqueidMax } from './fields.ts';
import { demandOrder } from './inorder.ts';
import { RowReader, shown, wordMax, type RawRow } from './rowreader.ts';
import { textReaders } from './textreaders.ts';
import {
  birthOf,
  instantsOf,
  isNever,
  isUtc,
  isWholeEpoch,
  nearest,
  parseEpoch,
  parseIso,
  parseWall,
  sinceBirth,
} from './time.ts';

export type { RawRow, RawValue } from './rowreader.ts';

/** The names under which each kind of source gives a field; the first one that says something counts. */
type Names = Record<keyof typeof columnNames, readonly string[]>;
const namesFor: Record<RawRow['kind'], Names> = {
  ami: eachField((field) => [amiNames[field]]),
  table: columnNames,
  api: eachField((field) => [field]),
};

function eachField(namesOf: (field: keyof Names) => string[]): Names {
  const fields = Object.keys(columnNames) as (keyof Names)[];
  return Object.fromEntries(fields.map((field) => [field, namesOf(field)])) as unknown as Names;
}

/** @throws BadRecord with every fault of the row. Any row gives a Cdr or a BadRecord, nothing else. */
export function normalise(row: RawRow, system: string): Cdr {
  if (row.faults) throw new BadRecord(row.faults);
  const reader = new RowReader(row);
  const names = namesFor[row.kind];
  const identifier = (field: 'uniqueid' | 'linkedid') => reader.identifier(names[field], uniqueidMax);
  const uniqueid = reader.required(names.uniqueid, 'a unique id like 1795317329.20', () => identifier('uniqueid'));
  const duration = reader.seconds(names.duration, 'needed') ?? 0;
  const billsec = reader.seconds(names.billsec, 'optional');
  const sequence = readSequence(reader, names.sequence);
  const linkedid = identifier('linkedid');
  const times = readTimes(reader, names, uniqueid, duration, billsec ?? 0);
  const read = textReaders[row.kind];
  // Each by its name: an object that is spread or keyed together takes thrice the time and the memory.
  const cdr: Cdr = {
    system,
    uniqueid,
    sequence,
    linkedid,
    start: times.start,
    answer: times.answer,
    end: times.end,
    timeOrigin: times.timeOrigin,
    duration,
    billsec: billsec ?? billsecFrom(times),
    disposition: readDisposition(reader, names.disposition),
    amaflags: readAmaflags(reader, names.amaflags),
    clid: read.clid(reader),
    src: read.src(reader),
    dst: read.dst(reader),
    dcontext: read.dcontext(reader),
    channel: read.channel(reader),
    dstchannel: read.dstchannel(reader),
    lastapp: read.lastapp(reader),
    lastdata: read.lastdata(reader),
    accountcode: read.accountcode(reader),
    peeraccount: read.peeraccount(reader),
    userfield: read.userfield(reader),
    custom: row.kind === 'api' ? readApiCustom(reader) : readCustom(reader, reservedNames[row.kind], row.idColumn),
  };
  if (billsec === null) cdr.isBillsecMade = true;
  if (row.kind === 'api') judgeNames(reader);
  if (reader.faults.length > 0) throw new BadRecord(reader.faults);
  return cdr;
}

/** A number that fills a narrow text column may have lost its last digits: nobody knows it then. */
function readSequence(reader: RowReader, names: readonly string[]): number | null {
  const number = reader.number(names);
  const width = reader.row.widths?.['sequence'];
  return number === null || width === undefined || String(number).length < width ? number : null;
}

type Times = Pick<Cdr, 'start' | 'answer' | 'end' | 'timeOrigin'>;

function readTimes(reader: RowReader, names: Names, uniqueid: string, duration: number, billsec: number): Times {
  const before = reader.faults.length;
  const birth = birthOf(uniqueid);
  const start = readTime(reader, names.start, amiNames.startEpoch, birth, (at) => sinceBirth(at, birth));
  if (!start && reader.faults.length === before)
    reader.unfit(names.start, reader.text(names.start, wordMax), timeForm(reader));
  const began = start?.at ?? 0;
  const end = readTime(reader, names.end, amiNames.endEpoch, began + duration * 1e6);
  const ended = end?.at ?? began + duration * 1e6;
  const answer = readTime(reader, names.answer, amiNames.answerEpoch, ended - billsec * 1e6);
  const times = { start: start?.at ?? null, answer: answer?.at ?? null, end: end?.at ?? null };
  if (reader.row.kind === 'api') demandOrder(reader, times);
  return { ...times, start: began, timeOrigin: start?.origin ?? 'local' };
}

function timeForm(reader: RowReader): string {
  return `a time like ${reader.row.kind === 'api' ? '2026-11-22T03:15:29Z' : '2026-11-22 03:15:29'}`;
}

/** A time by its best origin, null for never. `possible` and `near` tell the meanings of the doubled autumn hour apart. */
function readTime(
  reader: RowReader,
  names: readonly string[],
  epochName: string,
  near: Micros | null,
  possible: (instants: Micros[]) => Micros[] = (instants) => instants,
): { at: Micros; origin: TimeOrigin } | null {
  const { kind, timezone } = reader.row;
  const wallText = reader.text(names, wordMax)?.trim() ?? '';
  const epochText = kind === 'ami' ? (reader.text([epochName], wordMax)?.trim() ?? '') : '';
  // A cut epoch would be a wrong time of the highest trust; the wall time beside it is still right.
  const epoch = parseEpoch(isWholeEpoch(epochText) ? epochText : wallText);
  if (epoch) return { at: epoch, origin: 'epoch' };
  if (epoch === null || isNever(wallText)) return null;
  const iso = parseIso(wallText);
  if (iso !== undefined && iso >= 0) return { at: iso, origin: 'utc' };
  const wall = kind === 'api' ? undefined : parseWall(wallText);
  if (wall === undefined || wall < 0) {
    reader.unfit(names, wallText, timeForm(reader));
    return null;
  }
  const instants = possible(instantsOf(wall, timezone));
  const origin = instants.length > 1 ? 'doubled' : isUtc(timezone) ? 'utc' : 'local';
  return { at: nearest(instants, near), origin };
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

function readDisposition(reader: RowReader, names: readonly string[]): Disposition {
  const expected = `one of ${dispositions.join(', ')}`;
  const text = reader.required(names, expected);
  const word = text.toUpperCase().replace(/^NO[_ ]?ANSWER$/, 'NO ANSWER');
  const found =
    dispositions.find((disposition) => disposition === word) ??
    dispositionNumbers[word] ??
    wholeOf(word, dispositions, reader.row.widths?.['disposition']);
  if (!found && text) reader.unfit(names, text, expected);
  return found ?? 'UNKNOWN';
}

/** main/channel.c, ast_channel_string2amaflag; it writes "Unknown" for a channel without any. */
const amaflagNumbers: Record<string, number> = { OMIT: 1, BILLING: 2, BILL: 2, DOCUMENTATION: 3, DEFAULT: 3 };

function readAmaflags(reader: RowReader, names: readonly string[]): number | null {
  const text = reader.text(names, wordMax)?.trim();
  const word = text?.toUpperCase();
  if (!text || !word || word === 'UNKNOWN') return null;
  const whole = wholeOf(word, Object.keys(amaflagNumbers), reader.row.widths?.['amaflags']) ?? word;
  const value = amaflagNumbers[whole] ?? (/^\d{1,2}$/.test(word) ? Number(word) : undefined);
  if (value === undefined) reader.unfit(names, text, 'OMIT, BILLING, DOCUMENTATION or a number from 0 to 99');
  return value ?? null;
}

/**
 * Everything that has no place of its own and is a plain value: `did`, `recordingfile`, mapped CDR variables. Beyond
 * `customMax.count` they are left out, so that a very wide table still gives records.
 */
function readCustom(
  reader: RowReader,
  reserved: ReadonlySet<string>,
  idColumn: string | null = null,
): Record<string, string> {
  const custom: Record<string, string> = {};
  let count = 0;
  for (const name of Object.keys(reader.row.fields)) {
    if (reserved.has(name) || name === idColumn || !isCustomName(name)) continue;
    const value = reader.text([name], customMax.value);
    if (value === null) continue;
    custom[name] = value;
    if (++count === customMax.count) break;
  }
  return custom;
}

/** What a client gives is taken whole or not at all. */
function readApiCustom(reader: RowReader): Record<string, string> {
  const custom: Record<string, string> = {};
  const given = reader.row.fields['custom'] ?? {};
  if (typeof given !== 'object' || Array.isArray(given)) {
    reader.fault('custom', `${shown(given)} is not an object of texts`);
    return custom;
  }
  const entries = Object.entries(given);
  if (entries.length > customMax.count) {
    reader.fault('custom', `has ${entries.length} values, expected at most ${customMax.count}`);
    return custom;
  }
  for (const [key, value] of entries) {
    const name = key.toLowerCase();
    if (!isCustomName(name)) reader.fault('custom', `${shown(key)} is not a name of letters, digits, _ . and -`);
    else if (Object.hasOwn(custom, name))
      reader.fault(`custom.${name}`, 'comes in upper and in lower case, expected one');
    else if (typeof value !== 'string') reader.fault(`custom.${name}`, `${shown(value)} is not a text`);
    else if (value.length > customMax.value)
      reader.fault(`custom.${name}`, `has ${value.length} characters, expected at most ${customMax.value}`);
    else custom[name] = value.toWellFormed();
  }
  return custom;
}

/** Most unknown names that a row is told of. */
const unknownMax = 20;
const writtenNames = new Set<string>([
  ...texts.map(({ name }) => name),
  ...['system', ...Object.keys(columnNames), 'custom'],
]);

/** Asterisk adds columns and headers of its own; whoever writes a record and names a field wrongly has misspelt it. */
function judgeNames(reader: RowReader): void {
  const unknown = Object.keys(reader.row.fields).filter((name) => !writtenNames.has(name));
  const expected = `is not a field of a record, expected one of ${[...writtenNames].join(', ')}`;
  for (const name of unknown.slice(0, unknownMax)) reader.fault(name.slice(0, 100) || '""', expected);
}

/** `constructor` is a name that plain objects answer to already. */
function isCustomName(name: string): boolean {
  return name.length <= customMax.name && /^[a-z][a-z0-9_.-]*$/.test(name) && name !== 'constructor';
}
