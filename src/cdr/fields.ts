// Every field of a record by every name a source gives it. Normalising, enriching, storing and showing walk this one table.
/** Fields that are free text from Asterisk, in the order of its table. */
export type TextName =
  | 'clid'
  | 'src'
  | 'dst'
  | 'dcontext'
  | 'channel'
  | 'dstchannel'
  | 'lastapp'
  | 'lastdata'
  | 'accountcode'
  | 'peeraccount'
  | 'userfield';

/** A text field; `max` is the longest value kept whole, in characters: longer is a fault, never a silent cut. */
export interface Text {
  name: TextName;
  /** AMI header, lower case (main/cdr.c and cdr/cdr_manager.c name them differently). */
  ami: string;
  max: number;
}

/** Asterisk's own limits are 80 to 256 (include/asterisk/channel.h); a hand-made table may hold more. */
const short = 255;
const long = 4096;

export const texts: readonly Text[] = [
  { name: 'clid', ami: 'callerid', max: long },
  { name: 'src', ami: 'source', max: short },
  { name: 'dst', ami: 'destination', max: short },
  { name: 'dcontext', ami: 'destinationcontext', max: short },
  { name: 'channel', ami: 'channel', max: short },
  { name: 'dstchannel', ami: 'destinationchannel', max: short },
  { name: 'lastapp', ami: 'lastapplication', max: short },
  { name: 'lastdata', ami: 'lastdata', max: long },
  { name: 'accountcode', ami: 'accountcode', max: short },
  { name: 'peeraccount', ami: 'peeraccount', max: short },
  { name: 'userfield', ami: 'userfield', max: long },
];

/** include/asterisk/channel.h: AST_MAX_UNIQUEID is 150 with its final zero. */
export const uniqueidMax = 150;

/** Longest custom value and the most custom values of one record. */
export const customMax = { value: long, name: 64, count: 64 };

/** AMI headers, lower case, that are not text fields of a record. */
export const amiNames = {
  uniqueid: 'uniqueid',
  linkedid: 'linkedid',
  sequence: 'sequence',
  duration: 'duration',
  billsec: 'billableseconds',
  disposition: 'disposition',
  amaflags: 'amaflags',
  start: 'starttime',
  answer: 'answertime',
  end: 'endtime',
  startEpoch: 'startepoch',
  answerEpoch: 'answerepoch',
  endEpoch: 'endepoch',
} as const;

/** Columns of the flavours met in the field, lower case; the first one that says something is taken. */
export const columnNames: Record<
  Exclude<keyof typeof amiNames, 'startEpoch' | 'answerEpoch' | 'endEpoch'>,
  string[]
> = {
  uniqueid: ['uniqueid'],
  linkedid: ['linkedid'],
  sequence: ['sequence'],
  duration: ['duration'],
  billsec: ['billsec'],
  disposition: ['disposition'],
  amaflags: ['amaflags'],
  start: ['calldate', 'start'],
  answer: ['answer', 'answerdate', 'answertime'],
  end: ['end', 'enddate', 'endtime'],
};

/**
 * Names that never become custom values: what has a place of its own in a record, and what tells nothing about it
 * (ids of the table's rows; headers of every AMI event, manager.conf `timestampevents` and `debug`).
 */
export const reservedNames: Record<'ami' | 'table', ReadonlySet<string>> = {
  ami: new Set([
    ...Object.values(amiNames),
    ...texts.map(({ ami }) => ami),
    ...['event', 'privilege', 'systemname', 'timestamp', 'sequencenumber', 'file', 'line', 'func', 'billsecf'],
  ]),
  table: new Set([
    ...Object.values(columnNames).flat(),
    ...texts.map(({ name }) => name),
    ...['acctid', 'id', 'recid', 'systemname', 'billsecf'],
  ]),
};
