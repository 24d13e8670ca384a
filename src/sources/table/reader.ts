// What the poller needs from a database: the table's shape and bounded SELECTs. Nothing that writes can be said here.
import type { Knex } from 'knex';
import { Unavailable } from '../../errors.ts';
import type { Log } from '../../log.ts';
import type { Place, TableConfig } from './config.ts';
import { openMysqlReader } from './mysql.ts';
import { openSqliteReader } from './sqlite.ts';
import type { View } from './view.ts';

/** Lower-cased column to value; null-prototype, since column names come from outside. */
export type TableRow = Record<string, string | number | null>;

export interface Column {
  /** In lower case: neither MySQL nor SQLite tell columns apart by case. */
  name: string;
  /** As the database spells it, in lower case: `bigint(20)`, `timestamp`, `text`. */
  type: string;
  /** Characters of a text that it keeps; absent: it cuts nothing. */
  width?: number;
  isNullable: boolean;
  /** The number that a row has in it when nobody tells one; null: it is no number, or there is none. */
  unfilled: number | null;
  /** The database itself gives it rising numbers: auto_increment, INTEGER PRIMARY KEY. */
  isAutoId: boolean;
}

export interface TableShape {
  columns: Column[];
  /** Of a view those of the table behind it, where they can be seen. */
  indexes: { columns: string[]; isUnique: boolean }[];
  /** null: it is a table. */
  view: View | null;
}

/** Rows came whose columns are not those of the shape; none of them was handed over. */
export class ColumnsChanged extends Unavailable {}

export interface Plan {
  /** It reads or sorts the whole table for each page. */
  isScan: boolean;
  /** Rows it expects to touch; null when it does not tell. */
  rows: number | null;
}

export interface ServerFacts {
  /** `SHOW GRANTS`, a line each, without what they say of the password. */
  grants: string[];
  /** Its clock, as Unix seconds. */
  now: number;
  /** Whether ours was before or after that, while it was asked: both as Unix seconds. */
  asked: { from: number; to: number };
}

/**
 * One connection to the table, from opening to the first fault: after any rejection it is closed and a new one opened.
 * Everything rejects with Unavailable and a sentence for a person.
 */
export interface TableReader {
  kind: Place['kind'];
  shape(): Promise<TableShape>;
  /** The rows that `narrow` leaves of the whole table; `narrow` must set a limit. */
  select(narrow: (query: Knex.QueryBuilder) => Knex.QueryBuilder): Promise<TableRow[]>;
  /** How many rows `narrow` leaves; it must set a limit. */
  count(narrow: (query: Knex.QueryBuilder) => Knex.QueryBuilder): Promise<number>;
  /** How the database would find the rows that `narrow` leaves (EXPLAIN); null when it does not tell. */
  plan(narrow: (query: Knex.QueryBuilder) => Knex.QueryBuilder): Promise<Plan | null>;
  /** About how many rows the table has, without counting them; null when nobody knows. */
  estimate(): Promise<number | null>;
  /** What the server says of the user and of itself; absent where there is no server. */
  server?(): Promise<ServerFacts>;
  /** Whether this reader looks at something that is no longer there (a replaced file). */
  isStale(): boolean;
  /** Cuts off what is under way and frees the connection; never rejects. */
  close(): Promise<void>;
}

/** Opens nothing yet: the first question connects. */
export function openReader(place: Place, config: TableConfig, log: Log): TableReader {
  return place.kind === 'mysql' ? openMysqlReader(place, config, log) : openSqliteReader(place, config, log);
}
