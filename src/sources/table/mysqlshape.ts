// What SHOW COLUMNS and SHOW INDEX of MariaDB and MySQL say, as the shape of a table. Pure.
import type { FieldPacket } from 'mysql2';
import type { Column, TableShape } from './reader.ts';

export interface ShownColumn {
  Field: string;
  Type: string;
  Null: string;
  /** A constant, without quotes in MariaDB; null: none, or NULL. */
  Default: string | null;
  Extra: string;
}

/** Of these types a column that is NOT NULL without a DEFAULT has 0 in rows from before it was added. */
const numeric = /^(tiny|small|medium|big)?int|^(decimal|float|double)/i;

export function columnOf({ Field, Type, Null, Default, Extra }: ShownColumn): Column {
  const width = /^(?:var)?(?:char|binary)\((\d+)\)/i.exec(Type)?.[1];
  const isAutoId = Extra.toLowerCase().includes('auto_increment');
  return {
    name: Field.toLowerCase(),
    type: Type.toLowerCase(),
    ...(width && { width: Number(width) }),
    isNullable: Null === 'YES',
    unfilled: isAutoId ? null : numberIn(Default ?? (Null === 'NO' && numeric.test(Type) ? '0' : null)),
    isAutoId,
  };
}

/** A constant of SQL as a number; null for what is none. */
export function numberIn(constant: string | null): number | null {
  const found = /^[('"\s]*([-+]?\d+(?:\.\d*)?)[)'"\s]*$/.exec(constant ?? '');
  return found === null ? null : Number(found[1]);
}

export interface ShownIndex {
  Key_name: string;
  Non_unique: number | string;
  Seq_in_index: number | string;
  Column_name: string | null;
}

export function indexesOf(rows: ShownIndex[]): TableShape['indexes'] {
  const indexes = new Map<string, TableShape['indexes'][number]>();
  for (const { Key_name, Non_unique, Seq_in_index, Column_name } of rows) {
    const index = indexes.get(Key_name) ?? { columns: [], isUnique: Number(Non_unique) === 0 };
    index.columns[Number(Seq_in_index) - 1] = Column_name?.toLowerCase() ?? '';
    indexes.set(Key_name, index);
  }
  return [...indexes.values()];
}

/** Names, types, widths and flags (NOT NULL) of an answer, which the server tells with every one: when it is new, the columns may be others. */
export function formOf(fields: readonly FieldPacket[]): string {
  return JSON.stringify(
    fields.map(({ name, columnType, columnLength, decimals, flags }) => [
      ...[name, columnType, columnLength, decimals, flags],
    ]),
  );
}
