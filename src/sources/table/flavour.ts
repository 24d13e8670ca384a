// Which flavour of cdr table this is: by which column it is read, in which zone its times are, what is missing. Pure.
import { comparedTexts } from '../../cdr/content.ts';
import { narrowestColumn, numbersOnly, type Widths } from '../../cdr/cut.ts';
import { columnNames, customMax, texts, uniqueidMax } from '../../cdr/fields.ts';
import { Unavailable } from '../../errors.ts';
import type { TableConfig } from './config.ts';
import type { Column, TableReader, TableShape } from './reader.ts';
import { viewAdvice, type View } from './view.ts';

export interface Flavour {
  /** In lower case and in the table's order. */
  columns: string[];
  /** Unique and rising; null = the table is read by time. */
  idColumn: string | null;
  /** Where there is no id column now: the one there was, still among the columns. It is no value of a record. */
  formerId: string | null;
  /** null only when there is an id column. */
  timeColumn: string | null;
  isIdIndexed: boolean;
  isTimeIndexed: boolean;
  hasSequence: boolean;
  /** The numbers that a row has, or had in the table as it was, as its sequence when nobody tells it one, the newest last; empty: it has none then. */
  unfilled: readonly number[];
  /** Zone of the rows' times: UTC whatever is configured when the time column is a TIMESTAMP. */
  timezone: string;
  /** null: it is a table. */
  view: View | null;
  /** Time columns of the other kind (DATETIME beside TIMESTAMP): their zone cannot be told apart in a row. */
  mixedTimes: string[];
  /** Of the columns that are so narrow that only their width tells a cut text (cdr/cut.ts). */
  widths: Widths;
  /** Characters that the column uniqueid keeps; null: as many as Asterisk has. */
  nameWidth: number | null;
}

/** Ids by name, in order of trust, when no column numbers itself. */
const idNames = ['acctid', 'id', 'recid'];
const timeNames = ['calldate', 'start'];
const recordTimes = ['calldate', 'start', 'answer', 'end'];

/** What was known of the table last: a view in its place or a copy has neither keys nor defaults to know it by. */
export interface Former {
  idColumn: string | null;
  unfilled: readonly number[];
}

/** So many numbers are remembered, the newest; each needs somebody who alters the table. */
const unfilledMax = 10;

/**
 * @throws Unavailable when a configured column is not there or unfit, or when there is nothing to read by.
 */
export function flavourOf(
  shape: TableShape,
  config: TableConfig,
  timezone: string,
  former: Former = { idColumn: null, unfilled: [] },
): Flavour {
  const idColumn = idColumnOf(shape, config);
  const timeColumn = timeColumnOf(shape, config);
  if (idColumn === null && timeColumn === null) {
    throw new Unavailable(
      `the table "${config.name}" has neither an id column nor a time column; its columns are ${listOf(shape)}; name one with table.id_column or table.time_column`,
    );
  }
  const times = shape.columns.filter(({ name, type }) => isTime(type) && [timeColumn, ...recordTimes].includes(name));
  const sequence = find(shape, 'sequence');
  const unfilled = sequence?.unfilled == null ? [] : [sequence.unfilled];
  const isStamp = isTimestamp(shape.columns.find(({ name }) => name === timeColumn) ?? times[0]);
  return {
    columns: shape.columns.map(({ name }) => name),
    idColumn,
    formerId: idColumn === null && former.idColumn !== null && find(shape, former.idColumn) ? former.idColumn : null,
    timeColumn,
    isIdIndexed: idColumn !== null && (isIndexed(shape, idColumn) || find(shape, idColumn)?.isAutoId === true),
    isTimeIndexed: timeColumn !== null && isIndexed(shape, timeColumn),
    hasSequence: sequence !== undefined,
    unfilled: sequence === undefined ? [] : [...new Set([...former.unfilled, ...unfilled])].slice(-unfilledMax),
    view: shape.view,
    timezone: isStamp ? 'UTC' : timezone,
    mixedTimes: times.filter((column) => isTimestamp(column) !== isStamp).map(({ name }) => name),
    widths: widthsOf(shape),
    nameWidth: (find(shape, 'uniqueid')?.width ?? uniqueidMax) < uniqueidMax ? find(shape, 'uniqueid')!.width! : null,
  };
}

function idColumnOf(shape: TableShape, { id_column, name }: TableConfig): string | null {
  if (id_column === 'none') return null;
  if (id_column === 'auto') {
    const own = shape.columns.find(({ isAutoId }) => isAutoId);
    const known = idNames.find((candidate) => isFitAsId(shape, find(shape, candidate)));
    return own?.name ?? known ?? null;
  }
  const column = configured(shape, 'id_column', id_column, name);
  if (column.isAutoId || (isInteger(column.type) && isUnique(shape, column.name))) return column.name;
  throw new Unavailable(
    `table.id_column: "${id_column}" of "${name}" is ${column.type || 'of no type'}${isUnique(shape, column.name) ? '' : ' and not unique'}, expected a unique integer; use none to read by time`,
  );
}

function timeColumnOf(shape: TableShape, { time_column, name }: TableConfig): string | null {
  if (time_column !== 'auto') return configured(shape, 'time_column', time_column, name).name;
  const byName = timeNames.find((candidate) => find(shape, candidate));
  // `answer` and `end` say when something else happened, and may be empty.
  const byType = shape.columns.find((column) => isTime(column.type) && !recordTimes.includes(column.name));
  return byName ?? byType?.name ?? null;
}

function configured(shape: TableShape, key: string, wanted: string, table: string): Column {
  const column = find(shape, wanted.toLowerCase());
  if (column) return column;
  throw new Unavailable(`table.${key}: "${table}" has no column "${wanted}", it has ${listOf(shape)}`);
}

function find(shape: TableShape, name: string): Column | undefined {
  return shape.columns.find((column) => column.name === name);
}

function isFitAsId(shape: TableShape, column: Column | undefined): boolean {
  return column !== undefined && isInteger(column.type) && !column.isNullable && isUnique(shape, column.name);
}

function isInteger(type: string): boolean {
  return /^(tiny|small|medium|big)?int(eger)?\b/.test(type);
}

function isTime(type: string): boolean {
  return /^(datetime|timestamp)\b/.test(type);
}

function isTimestamp(column: Column | undefined): boolean {
  return column?.type.startsWith('timestamp') ?? false;
}

const textNames: ReadonlySet<string> = new Set(texts.map(({ name }) => name));
const fieldNames: ReadonlySet<string> = new Set([...textNames, ...Object.keys(columnNames)]);

/** Of a very wide table the first columns, as of its values (cdr/normalise.ts). */
function widthsOf(shape: TableShape): Widths {
  const narrow = shape.columns.flatMap((column) => {
    const { name, type } = column;
    const width = textNames.has(name) && isInteger(type) ? numbersOnly : column.width;
    return width !== undefined && width < narrowestColumn
      ? [[fieldNames.has(name) ? name : `custom.${name}`, width]]
      : [];
  });
  return Object.fromEntries(narrow.slice(0, fieldNames.size + customMax.count)) as Widths;
}

function isUnique(shape: TableShape, name: string): boolean {
  return shape.indexes.some(({ columns, isUnique }) => isUnique && columns.length === 1 && columns[0] === name);
}

function isIndexed(shape: TableShape, name: string): boolean {
  return shape.indexes.some(({ columns }) => columns[0] === name);
}

function listOf(shape: TableShape): string {
  const names = shape.columns.map(({ name }) => name);
  return names.length > 40 ? `${names.slice(0, 40).join(', ')} and ${names.length - 40} more` : names.join(', ');
}

/** Fields without which no row is a record (cdr/normalise.ts). */
const needed = ['uniqueid', 'start', 'duration', 'disposition'] as const;

/** Why no row of this table can be understood, for a person; null: nothing is in the way. */
export function lackOf({ columns }: Pick<Flavour, 'columns'>, table: string): string | null {
  const lacking = needed.filter((field) => !columnNames[field].some((name) => columns.includes(name)));
  if (lacking.length === 0) return null;
  const names = lacking.map((field) => columnNames[field].join(' or ')).join(', ');
  return `the table "${table}" has no column ${names}: none of its rows can be understood, each becomes a reject; add what is missing and let Asterisk fill it`;
}

/** What is made of a column that has a number by itself; nothing is to be done about it. */
export function unfilledText(unfilled: readonly number[]): string {
  const numbers = unfilled.join(' or ');
  return `a row has the sequence ${numbers} when nobody fills it, or had: rows with ${numbers} are taken for rows without one; a new column is better INT NULL`;
}

/** Fields whose texts are often longer than that. */
const longTexts: readonly string[] = ['clid', 'linkedid', ...comparedTexts];

/** What an operator should do so that this table can be read well; the SQL is theirs to run. */
export interface Advice {
  about: 'sequence' | 'index' | 'times' | 'narrow';
  /** One sentence without an end. */
  text: string;
  /** null: no line would do. */
  sql: string | null;
}

/** The sentences alone, with their SQL. */
export function adviceOn(flavour: Flavour, table: string, kind: TableReader['kind']): string[] {
  return advicesOn(flavour, table, kind).map(({ text }) => text);
}

export function advicesOn(flavour: Flavour, table: string, kind: TableReader['kind']): Advice[] {
  const quote = (name: string): string => (kind === 'mysql' ? `\`${name}\`` : `"${name}"`);
  const advice: Advice[] = [];
  const { idColumn, timeColumn, timezone } = flavour;
  if (!flavour.hasSequence) {
    const sql =
      kind === 'mysql' && !flavour.view
        ? `ALTER TABLE ${quote(table)} ADD COLUMN ${quote('sequence')} INT NULL;`
        : null;
    const where = flavour.view
      ? 'add it to the table behind the view and to the view'
      : kind === 'mysql'
        ? `run: ${sql} and in Asterisk: module reload cdr_adaptive_odbc.so`
        : 'add it to columns and ${CDR(sequence)} to values in cdr_sqlite3_custom.conf';
    const text = `no column sequence: records of one channel are told apart by their content only; ${where}`;
    advice.push({ about: 'sequence', text, sql });
  }
  const readBy = idColumn ?? timeColumn;
  const isIndexed = idColumn === null ? flavour.isTimeIndexed : flavour.isIdIndexed;
  if (readBy !== null && !isIndexed && flavour.view) {
    const text = viewAdvice(flavour.view, table, readBy, quote);
    advice.push({ about: 'index', text, sql: /CREATE INDEX .*;$/.exec(text)?.[0] ?? null });
  } else if (readBy !== null && !isIndexed) {
    const sql = `CREATE INDEX ${quote(`${table}_${readBy}`)} ON ${quote(table)} (${quote(readBy)});`;
    advice.push({ about: 'index', text: `no index on ${readBy}: every look scans the whole table; run: ${sql}`, sql });
  }
  if (flavour.mixedTimes.length > 0) {
    const text = `${flavour.mixedTimes.join(', ')} and ${timeColumn} mix TIMESTAMP and DATETIME: all are read in the zone ${timezone}; make them of one type`;
    advice.push({ about: 'times', text, sql: null });
  }
  const wholes = Object.entries(flavour.widths).filter(([, width]) => width === numbersOnly);
  if (wholes.length > 0) {
    const list = wholes.map(([field]) => field).join(', ');
    const text = `columns of whole numbers: ${list}; of texts like +44… and 0301… they keep what follows, of all others nothing; make them VARCHAR(80)`;
    advice.push({ about: 'narrow', text, sql: null });
  }
  const narrow = Object.entries(flavour.widths).filter(
    ([field, width]) => width !== numbersOnly && longTexts.includes(field),
  );
  if (narrow.length > 0) {
    const list = narrow.map(([field, width]) => `${field} (${width})`).join(', ');
    const text = `columns narrower than ${narrowestColumn} characters: ${list}; texts that Asterisk cut to fit are known for cut, but stay cut unless AMI or a file tells them whole; make them wider`;
    advice.push({ about: 'narrow', text, sql: null });
  }
  return advice;
}
