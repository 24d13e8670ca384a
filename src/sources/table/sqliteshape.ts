// What SQLite's pragmas say of columns and indexes, as the shape of a table. Pure.
import { numberIn } from './mysqlshape.ts';
import type { Column, TableShape } from './reader.ts';

export interface TableInfo {
  name: string;
  type: string;
  notnull: bigint;
  /** As it was written. */
  dflt_value: string | null;
  pk: bigint;
}

/** Only a sole `INTEGER PRIMARY KEY` is the rowid and rises by itself (sqlite.org/lang_createtable.html, ROWIDs). */
export function columnOf({ name, type, notnull, dflt_value, pk }: TableInfo, all: TableInfo[]): Column {
  const isOnlyKey = Number(pk) === 1 && all.filter((other) => Number(other.pk) > 0).length === 1;
  const isAutoId = isOnlyKey && type.toUpperCase() === 'INTEGER';
  return {
    name: name.toLowerCase(),
    // It gives a time back as it was written, in no zone: a TIMESTAMP is one of MariaDB's, which gives UTC.
    type: type.toLowerCase().replace(/^timestamp/, 'datetime'),
    isNullable: Number(notnull) === 0 && !isAutoId,
    unfilled: numberIn(dflt_value),
    isAutoId,
  };
}

export interface IndexRow {
  index: string;
  unique: bigint;
  column: string | null;
}

export function indexesOf(rows: IndexRow[]): TableShape['indexes'] {
  const indexes = new Map<string, TableShape['indexes'][number]>();
  for (const { index, unique, column } of rows) {
    const known = indexes.get(index) ?? { columns: [], isUnique: Number(unique) === 1 };
    known.columns.push(column?.toLowerCase() ?? '');
    indexes.set(index, known);
  }
  return [...indexes.values()];
}
