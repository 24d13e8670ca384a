// What SHOW COLUMNS and SHOW INDEX of MariaDB and MySQL say, as the shape of a table. Pure.
import type { FieldPacket } from 'mysql2';
import type { Column, TableShape } from './reader.ts';

export interface ShownColumn {
  Field: string;
  Type: string;
  Null: string;
  Extra: string;
}

export function columnOf({ Field, Type, Null, Extra }: ShownColumn): Column {
  const width = /^(?:var)?(?:char|binary)\((\d+)\)/i.exec(Type)?.[1];
  return {
    name: Field.toLowerCase(),
    type: Type.toLowerCase(),
    ...(width && { width: Number(width) }),
    isNullable: Null === 'YES',
    isAutoId: Extra.toLowerCase().includes('auto_increment'),
  };
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

/** Names, types and widths of an answer, which the server tells with every one: when it is new, the columns may be others. */
export function formOf(fields: readonly FieldPacket[]): string {
  return JSON.stringify(
    fields.map(({ name, columnType, columnLength, decimals }) => [name, columnType, columnLength, decimals]),
  );
}
