// The record as Asterisk's own CDR engine holds it when a leg ends, and the two ways it leaves the PBX: an AMI event
// and a row of the `cdr` table. Pure; knows nothing of how cdrd reads either.
import type { Disposition, Micros } from '../cdr/cdr.ts';
import { epochText, wallTime } from './clock.ts';

/** One CDR inside Asterisk (struct ast_cdr, include/asterisk/cdr.h). */
export interface PbxRecord {
  uniqueid: string;
  linkedid: string;
  /** Counts records from 0 since Asterisk started. */
  sequence: number;
  start: Micros;
  /** null = never answered. */
  answer: Micros | null;
  end: Micros;
  clid: string;
  src: string;
  dst: string;
  dcontext: string;
  channel: string;
  dstchannel: string;
  lastapp: string;
  lastdata: string;
  disposition: Disposition;
  /** OMIT 1, BILLING 2, DOCUMENTATION 3. */
  amaflags: 1 | 2 | 3;
  accountcode: string;
  peeraccount: string;
  userfield: string;
  /** What the dialplan put there with `Set(CDR(name)=value)`, by lower-case name. */
  variables: Record<string, string>;
  /** Party B's channel, of which no record tells more than its name: for the events of channels (story.ts). */
  peer?: Peer;
}

/** A channel that was rung. */
export interface Peer {
  uniqueid: string;
  born: Micros;
  /** Its CallerIDNum: of a line, the number that was dialled there. */
  number: string;
  name: string;
}

/** A line of cdr_manager.conf `[mappings]`: what stands in `${CDR(…)}`, and the header it becomes. */
export type Mapping = readonly [expression: string, header: string];

/** The mappings that cdrd asks every user to set. */
export const recommendedMappings: readonly Mapping[] = [
  ['linkedid', 'LinkedID'],
  ['sequence', 'Sequence'],
  ['peeraccount', 'PeerAccount'],
  ['start,u', 'StartEpoch'],
  ['answer,u', 'AnswerEpoch'],
  ['end,u', 'EndEpoch'],
];

const MICROS = 1_000_000;
const AMA_WORDS = { 1: 'OMIT', 2: 'BILLING', 3: 'DOCUMENTATION' } as const;
/** cdr_manager.c CUSTOM_FIELDS_BUF_SIZE, less the end mark: the bytes all mapped headers share. */
const MAPPED_BYTES = 1023;

/** Whole seconds from start to end, fractions dropped. */
export function durationOf(record: PbxRecord): number {
  return Math.floor((record.end - record.start) / MICROS);
}

/** Whole seconds from answer to end, fractions dropped; 0 when unanswered. */
export function billsecOf(record: PbxRecord): number {
  return Math.floor(billedMicros(record) / MICROS);
}

function billedMicros(record: PbxRecord): Micros {
  return record.answer === null ? 0 : record.end - record.answer;
}

/**
 * The bytes of one `Event: Cdr`, as cdr_manager.c writes them for a server in `timezone` (IANA). Values go out raw.
 * When the mapped headers outgrow their buffer they are cut without a word, and the blank line that ends the event is
 * then missing.
 */
export function amiEvent(record: PbxRecord, options: { timezone: string; mappings: readonly Mapping[] }): string {
  const { timezone, mappings } = options;
  const headers = [
    ['Event', 'Cdr'],
    ['Privilege', 'cdr,all'],
    ['AccountCode', record.accountcode],
    ['Source', record.src],
    ['Destination', record.dst],
    ['DestinationContext', record.dcontext],
    ['CallerID', record.clid],
    ['Channel', record.channel],
    ['DestinationChannel', record.dstchannel],
    ['LastApplication', record.lastapp],
    ['LastData', record.lastdata],
    ['StartTime', wallTime(record.start, timezone)],
    ['AnswerTime', record.answer === null ? '' : wallTime(record.answer, timezone)],
    ['EndTime', wallTime(record.end, timezone)],
    ['Duration', durationOf(record)],
    ['BillableSeconds', billsecOf(record)],
    ['Disposition', record.disposition],
    ['AMAFlags', AMA_WORDS[record.amaflags]],
    ['UniqueID', record.uniqueid],
    ['UserField', record.userfield],
  ];
  const mapped = mappings
    .map(([expression, header]) => `${header}: ${variable(record, expression, timezone)}\r\n`)
    .join('');
  return `${headers.map(([name, value]) => `${name}: ${value}\r\n`).join('')}${cutBytes(mapped, MAPPED_BYTES)}\r\n`;
}

/**
 * What `${CDR(expression)}` reads, e.g. `start,u` or `billsec,f` (main/cdr.c ast_cdr_format_var); '' for an unset
 * variable.
 */
function variable(record: PbxRecord, expression: string, timezone: string): string {
  const [name = '', option = ''] = expression.toLowerCase().split(',');
  switch (name) {
    case 'start':
    case 'answer':
    case 'end': {
      const time = record[name];
      if (option.includes('u')) return epochText(time ?? 0);
      return time === null ? '' : wallTime(time, timezone);
    }
    case 'duration':
      return option.includes('f') ? epochText(record.end - record.start) : String(durationOf(record));
    case 'billsec':
      return option.includes('f') ? epochText(billedMicros(record)) : String(billsecOf(record));
    case 'amaflags':
      return option.includes('u') ? String(record.amaflags) : AMA_WORDS[record.amaflags];
    default: {
      const own = Object.hasOwn(record, name) ? record[name as Exclude<keyof PbxRecord, 'variables' | 'peer'>] : null;
      return String(own ?? record.variables[name] ?? '');
    }
  }
}

/** Cuts to `limit` bytes of UTF-8; a character that would be split is dropped whole. */
function cutBytes(text: string, limit: number): string {
  const bytes = Buffer.from(text);
  if (bytes.length <= limit) return text;
  return bytes
    .subarray(0, limit)
    .toString('utf8')
    .replace(/\uFFFD$/, '');
}

/** Text columns of the classic `cdr` table and their width in characters. */
export const textColumns = {
  clid: 80,
  src: 80,
  dst: 80,
  dcontext: 80,
  channel: 80,
  dstchannel: 80,
  lastapp: 80,
  lastdata: 80,
  disposition: 45,
  accountcode: 20,
  uniqueid: 150,
  linkedid: 150,
  peeraccount: 20,
  userfield: 255,
} as const;

/** Columns for variables of the dialplan: NULL when the dialplan never set them. */
export const variableColumns = { did: 50, company: 50 } as const;

/** A row without its id; times as `YYYY-MM-DD HH:MM:SS` in UTC (`usegmtime=yes`). */
export interface TableRow extends Record<keyof typeof textColumns, string> {
  calldate: string;
  /** `1970-01-01 00:00:00` when unanswered. */
  answer: string;
  end: string;
  duration: number;
  billsec: number;
  amaflags: number;
  sequence: number;
  did: string | null;
  company: string | null;
}

/** The values `cdr_adaptive_odbc` inserts for a record, by column. */
export function tableRow(record: PbxRecord): TableRow {
  const text = (name: keyof typeof textColumns): string => cutChars(record[name], textColumns[name]);
  const custom = (name: keyof typeof variableColumns): string | null => {
    const value = record.variables[name];
    return value === undefined ? null : cutChars(value, variableColumns[name]);
  };
  return {
    calldate: wallTime(record.start, 'UTC'),
    answer: wallTime(record.answer ?? 0, 'UTC'),
    end: wallTime(record.end, 'UTC'),
    clid: text('clid'),
    src: text('src'),
    dst: text('dst'),
    dcontext: text('dcontext'),
    channel: text('channel'),
    dstchannel: text('dstchannel'),
    lastapp: text('lastapp'),
    lastdata: text('lastdata'),
    duration: durationOf(record),
    billsec: billsecOf(record),
    disposition: text('disposition'),
    amaflags: record.amaflags,
    accountcode: text('accountcode'),
    uniqueid: text('uniqueid'),
    linkedid: text('linkedid'),
    peeraccount: text('peeraccount'),
    sequence: record.sequence,
    userfield: text('userfield'),
    did: custom('did'),
    company: custom('company'),
  };
}

function cutChars(text: string, width: number): string {
  return text.length <= width ? text : [...text].slice(0, width).join('');
}
