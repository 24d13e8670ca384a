// A filter by single columns of a record, for lists that vendors let their clients filter by nearly anything. Only lists have it: no feed, so no facts.
// Pure; its twin in SQL is store/columnwhere.ts.
import type { StoredCdr } from './cdr.ts';

export const numberColumns = ['id', 'start', 'duration', 'billsec'] as const;
export const textColumns = [
  ...(['src', 'dst', 'clid', 'userfield', 'dstchannel', 'lastapp', 'lastdata', 'extension', 'peerExtension'] as const),
  ...(['disposition', 'direction'] as const),
];
type NumberColumn = (typeof numberColumns)[number];
type TextColumn = (typeof textColumns)[number];

/** What a column does not know holds for no test. */
export type ColumnTest =
  | { column: NumberColumn; is: '=' | '<' | '<=' | '>' | '>='; value: number }
  /** One of these; a list may be empty. */
  | { column: NumberColumn; is: 'in'; value: readonly number[] }
  /** `has`: contains, whatever the case of its letters A to Z. `filled`: is known and not empty; its value means nothing. */
  | { column: TextColumn; is: '=' | 'has' | 'filled'; value: string }
  /** Of a custom field, exactly. */
  | { custom: string; is: '='; value: string };

/** A tree of tests. */
export type ColumnFilter =
  ColumnTest | { all: readonly ColumnFilter[] } | { any: readonly ColumnFilter[] } | { no: ColumnFilter };

export function holdsColumns(cdr: StoredCdr, filter: ColumnFilter): boolean {
  if ('all' in filter) return filter.all.every((part) => holdsColumns(cdr, part));
  if ('any' in filter) return filter.any.some((part) => holdsColumns(cdr, part));
  if ('no' in filter) return !holdsColumns(cdr, filter.no);
  if ('custom' in filter) return cdr.custom[filter.custom] === filter.value;
  const found = cdr[filter.column];
  if (found === null) return false;
  switch (filter.is) {
    case '=':
      return found === filter.value;
    case '<':
      return (found as number) < filter.value;
    case '<=':
      return (found as number) <= filter.value;
    case '>':
      return (found as number) > filter.value;
    case '>=':
      return (found as number) >= filter.value;
    case 'in':
      return filter.value.includes(found as number);
    case 'filled':
      return found !== '';
    case 'has':
      return lower(found as string).includes(lower(filter.value));
  }
}

/** Both databases agree on these letters; MariaDB takes others for equal too. */
function lower(text: string): string {
  return text.replace(/[A-Z]/g, (letter) => letter.toLowerCase());
}
