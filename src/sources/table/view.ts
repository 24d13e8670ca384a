// What stands behind a view, as far as its definition shows it: an index belongs there. Reads SQL only to give advice. Pure.
import type { TableShape } from './reader.ts';

/** What of a view matters to who reads it like a table. */
export interface View {
  /** The one table behind it, as its definition names it; null: it shows none, or several, or groups them. */
  base: string | null;
  /** Column of the view → column of the base that it is, both in lower case; others are worked out. */
  origins: ReadonlyMap<string, string>;
  /** Whether the indexes of the base could be seen. */
  isOpen: boolean;
}

const ident = '(?:`(?:[^`]|``)+`|"(?:[^"]|"")+"|\\[[^\\]]+\\]|[\\w$]+)';
const path = `${ident}(?:\\s*\\.\\s*${ident}){0,2}`;
const tables = new RegExp(`\\b(?:from|join)[\\s(]+(${path})(\\s+(?:as\\s+)?${ident}\\s*,|\\s*,)?`, 'gi');
const named = new RegExp(`(?:\\bselect|,)\\s*(${path})\\s+as\\s+(${ident})\\s*(?=,|\\bfrom\\b)`, 'gi');
const plain = new RegExp(`(?:\\bselect|,)\\s*(${path})\\s*(?=,|\\bfrom\\b)`, 'gi');
const star = new RegExp(`(?:\\bselect|,)\\s*(?:${ident}\\s*\\.\\s*)*\\*`, 'i');
/** Such a view is made anew for each SELECT: no index behind it helps. */
const made = /\b(?:union|intersect|except|group\s+by|distinct|having|limit|over)\b/i;
const renamed = new RegExp(`^\\s*create\\s.*?\\bview\\b.*?${ident}\\s*\\(`, 'is');

/** `definition`: the SELECT, with or without CREATE VIEW before it; '' where it may not be seen. */
export function viewOf(definition: string, columns: readonly string[]): View {
  const head = /\bas\s+(?=select\b)/i.exec(definition);
  const isRenamed = head !== null && renamed.test(definition.slice(0, head.index));
  const select = head === null ? definition : definition.slice(head.index);
  const found = [...select.matchAll(tables)];
  const bases = new Set(found.map(([, base]) => base!));
  const [base = null] = bases;
  const isOne = bases.size === 1 && found.every(([, , comma]) => comma === undefined) && !made.test(select);
  if (!isOne || base === null || /^select$/i.test(base)) return { base: null, origins: new Map(), isOpen: false };
  return { base, origins: isRenamed ? new Map() : originsIn(select, columns), isOpen: false };
}

function originsIn(select: string, columns: readonly string[]): Map<string, string> {
  const origins = new Map<string, string>();
  if (star.test(select)) for (const column of columns) origins.set(column, column);
  for (const [, name] of select.matchAll(plain)) origins.set(nameOf(name!), nameOf(name!));
  for (const [, name, alias] of select.matchAll(named)) origins.set(nameOf(alias!), nameOf(name!));
  return new Map([...origins].filter(([column]) => columns.includes(column)));
}

/** The last part of a path, bare and in lower case. */
export function nameOf(path: string): string {
  const last = new RegExp(`${ident}$`).exec(path)?.[0] ?? path;
  const bare = /^[`"[]/.test(last) ? last.slice(1, -1).replaceAll('``', '`').replaceAll('""', '"') : last;
  return bare.toLowerCase();
}

/** Indexes of the base as those of the view. None counts as unique: a view may show a row often. */
export function throughView({ origins }: View, indexes: TableShape['indexes']): TableShape['indexes'] {
  const shownAs = (column: string) => [...origins].find(([, origin]) => origin === column)?.[0] ?? '';
  return indexes.map(({ columns }) => ({ columns: columns.map(shownAs), isUnique: false }));
}

/** What to do where a view has no index on the column it is read by; `quote` as its database quotes names. */
export function viewAdvice(
  { base, origins, isOpen }: View,
  view: string,
  readBy: string,
  quote: (name: string) => string,
): string {
  if (base === null) {
    return `no index on ${readBy} is known: "${view}" is a view, and its definition shows no single table to index, or cdrd may not read it (grant SHOW VIEW); every look may scan all behind it`;
  }
  const origin = origins.get(readBy);
  if (origin === undefined) {
    return `no index can serve ${readBy}: the view "${view}" works it out from ${base}; let it show the column as it is, and index that`;
  }
  const index = `CREATE INDEX ${quote(`${nameOf(base)}_${origin}`)} ON ${base} (${quote(origin)});`;
  return isOpen
    ? `no index on ${readBy}: every look scans the whole table behind the view "${view}"; run: ${index}`
    : `no index on ${readBy} is known: "${view}" is a view, and cdrd may not see the indexes of ${base}; if it has none on ${origin}, run: ${index}`;
}
