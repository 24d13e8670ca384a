// What the table has shown and shows no more: of records that no row of a pass was, those that are not there indeed.
import type { Seen } from '../../store/reconciles.ts';
import type { RowName } from '../../cdr/rowname.ts';
import { sightOf } from '../../cdr/sight.ts';
import type { Batch } from '../../ingest/source.ts';
import type { Flavour } from './flavour.ts';
import type { TableReader, TableRow } from './reader.ts';
import { cellAt, onClock, secondsOf } from './walltime.ts';

export interface Search {
  reader: TableReader;
  flavour: Flavour;
  epoch: number;
  /** The table's own name as a source. */
  table: string;
  /** A value of the time column, for its form. */
  like: string | number;
  /** Records of the same span that rows of the pass were: those rows are no others' any more. */
  met: readonly Seen[];
  /** Rows of the pass, in seconds on the column's clock; `to` is excluded. */
  from: number;
  to: number;
}

/** Zones differ by so much: no source that told another start is further off. */
const aroundSeconds = 26 * 3600;
/** Rows of one uniqueid that are told apart; the channels of a large conference have one each. */
const rowsPerRecord = 20;

/**
 * By their ids the rows themselves are looked for. A record whose row has no id, or was in a table that is no more (an
 * older epoch), is looked for by its uniqueid around its start, where others have told of it too: its start, and so its
 * day and its window, may be theirs. One that only the table has told would have been met, unless it was read in another zone
 * and its row is beyond an edge of the pass.
 */
export async function goneOf(records: readonly Seen[], search: Search): Promise<Seen[]> {
  // Without that column nobody can say which row was whose.
  if (!search.flavour.columns.includes('uniqueid')) return [];
  const keyed = search.flavour.idColumn === null ? [] : records.filter((record) => isNamed(record, search));
  const nameless = records.filter((record) => !keyed.includes(record));
  const alone = nameless.filter(({ sights }) => sights.length === 1);
  const told = nameless.filter(({ sights }) => sights.length > 1);
  return [
    ...(await goneById(keyed, search)),
    ...(await goneBeyond(alone, search)),
    ...(await goneByName(told, search)),
  ];
}

function keyOf(record: Seen, { table }: Search): string | null {
  return sightOf(record, table)?.key ?? null;
}

/** Whether an id of the table as it is now names its row. */
function isNamed(record: Seen, search: Search): boolean {
  return keyOf(record, search)?.startsWith(`${search.epoch}:`) ?? false;
}

async function goneById(records: readonly Seen[], search: Search): Promise<Seen[]> {
  if (records.length === 0) return [];
  const { reader, flavour } = search;
  const column = flavour.idColumn!;
  const here = records.map((record) => ({ record, id: keyOf(record, search)!.slice(`${search.epoch}:`.length) }));
  const there = await rowsById(
    reader,
    column,
    here.map(({ id }) => id),
  );
  const isThere = (row: TableRow | undefined, record: Seen): boolean =>
    row !== undefined && String(row['uniqueid']) === record.uniqueid && isRowOf(row, record);
  return here.filter(({ id, record }) => !isThere(there.get(id), record)).map(({ record }) => record);
}

/** The rows that are there, by their ids in decimal. */
export async function rowsById(
  reader: TableReader,
  column: string,
  ids: readonly string[],
): Promise<Map<string, TableRow>> {
  const cells = ids.map((id) => (Number.isSafeInteger(Number(id)) ? Number(id) : id));
  const rows = await reader.select((query) => query.whereIn(column, cells).limit(cells.length));
  return new Map(rows.map((row) => [String(row[column]), row]));
}

/** Rows asked for in one SELECT. */
const askedRows = 500;

/**
 * Tells which of these rows the table has no more: no row has the id, or one of another uniqueid. A row that has lost its uniqueid
 * may still be the one. Without an id column nobody can tell.
 */
export function goneIn(reader: TableReader, { idColumn }: Flavour): Pick<Batch, 'gone'> {
  if (idColumn === null) return {};
  const idOf = ({ key }: RowName): string => key.slice(key.indexOf(':') + 1);
  const gone = async (rows: readonly RowName[]): Promise<ReadonlySet<string>> => {
    const keys = new Set<string>();
    for (let from = 0; from < rows.length; from += askedRows) {
      const some = rows.slice(from, from + askedRows);
      const there = await rowsById(reader, idColumn, some.map(idOf));
      const isThere = (row: RowName): boolean => {
        const found = there.get(idOf(row));
        const name = String(found?.['uniqueid'] ?? '').trim();
        return found !== undefined && (name === '' || name === row.uniqueid);
      };
      for (const row of some) if (!isThere(row)) keys.add(row.key);
    }
    return keys;
  };
  return { gone };
}

async function goneByName(records: readonly Seen[], { reader, flavour, like, met }: Search): Promise<Seen[]> {
  if (records.length === 0) return [];
  const column = flavour.timeColumn!;
  const starts = records.map(({ start }) => onClock(like, flavour.timezone, start / 1000));
  const [from, to] = [Math.min(...starts) - aroundSeconds, Math.max(...starts) + aroundSeconds];
  const names = [...new Set(records.map(({ uniqueid }) => uniqueid))];
  const rows = await reader.select((query) =>
    query
      .whereIn('uniqueid', names)
      .where(column, '>=', cellAt(from, like))
      .where(column, '<=', cellAt(to, like))
      .limit(names.length * rowsPerRecord),
  );
  const left = Map.groupBy(rows, (row) => String(row['uniqueid']));
  for (const record of met) takeRow(left.get(record.uniqueid), record);
  return records.filter((record) => !takeRow(left.get(record.uniqueid), record));
}

/** Zones differ by whole quarters of an hour. */
const quarterSeconds = 15 * 60;

/** Of records that only the table has told: those without a row beyond an edge of the pass that another zone may explain. */
async function goneBeyond(records: readonly Seen[], search: Search): Promise<Seen[]> {
  const { reader, flavour, like, from, to } = search;
  const column = flavour.timeColumn!;
  const startOf = ({ start }: Seen): number => Math.floor(onClock(like, flavour.timezone, start / 1000));
  const near = records.filter(
    (record) => startOf(record) - from < aroundSeconds || to - startOf(record) < aroundSeconds,
  );
  if (near.length === 0) return [...records];
  const names = [...new Set(near.map(({ uniqueid }) => uniqueid))];
  const beyond = async (least: number, most: number): Promise<TableRow[]> =>
    reader.select((query) =>
      query
        .whereIn('uniqueid', names)
        .where(column, '>=', cellAt(least, like))
        .where(column, '<', cellAt(most, like))
        .limit(names.length * rowsPerRecord),
    );
  const rows = [...(await beyond(from - aroundSeconds, from)), ...(await beyond(to, to + aroundSeconds))];
  const isRow = (row: TableRow, record: Seen): boolean =>
    String(row['uniqueid']) === record.uniqueid &&
    Math.floor((secondsOf(row[column]) ?? NaN) - startOf(record)) % quarterSeconds === 0 &&
    isRowOf(row, record);
  return records.filter((record) => {
    const at = rows.findIndex((row) => isRow(row, record));
    if (at >= 0) rows.splice(at, 1);
    return at < 0;
  });
}

/** Each row is of one record only: of two records of a fork whose one row was removed, one is gone. */
function takeRow(rows: TableRow[] | undefined, record: Seen): boolean {
  if (!rows) return false;
  const named = rows.findIndex((row) => record.sequence !== null && Number(row['sequence']) === record.sequence);
  const at = named >= 0 ? named : rows.findIndex((row) => isRowOf(row, record));
  if (at >= 0) rows.splice(at, 1);
  return at >= 0;
}

/** Where either has no sequence, the uniqueid has to do: `gone` is said only where nothing speaks against it. */
function isRowOf(row: TableRow, { sequence }: Seen): boolean {
  const found = row['sequence'];
  if (sequence === null || found === undefined || found === null || found === '') return true;
  return Number(found) === sequence;
}
