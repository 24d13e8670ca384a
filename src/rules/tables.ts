// Look-up tables of rules: a key to a row of texts. Those of the store change while the daemon runs; those of files do not.
export type LookupRow = Readonly<Record<string, string>>;

export interface Lookup {
  /** What a row may tell, beside its key. */
  columns: readonly string[];
  /** The row of a key; of a key that stands for several rows, only that in which they agree. null: not in the table. */
  find(key: string): LookupRow | null;
}

/** The store's own tables, and what their rows tell. */
export const storeColumns = {
  extensions: ['number', 'company', 'name'],
  companies: ['handle', 'name'],
  dids: ['number', 'company', 'extension', 'name'],
  trunks: ['peer', 'company', 'name'],
  endpoints: ['peer', 'kind', 'company', 'extension', 'name'],
} as const;
export type StoreTable = keyof typeof storeColumns;
export const storeTables = Object.keys(storeColumns) as StoreTable[];
export type Tables = Readonly<Record<StoreTable, Lookup>>;

/** Keys are compared without case and spaces around them, numbers without their `+`. */
export function keyIn(table: string, text: string): string {
  const key = text.trim().toLowerCase();
  return table === 'dids' || table === 'extensions' ? key.replace(/^\+/, '') : key;
}

/** Rows by one of their columns; empty cells are not told. Peers are found by their whole name (`PJSIP/telco`) or without the technology. */
export function lookupOf(
  table: string,
  keyColumn: string,
  columns: readonly string[],
  rows: Iterable<Readonly<Record<string, string | null>>>,
): Lookup {
  const byKey = new Map<string, Record<string, string>>();
  for (const row of rows) {
    const told = Object.fromEntries(columns.flatMap((column) => (row[column] ? [[column, row[column]]] : [])));
    const key = keyIn(table, row[keyColumn] ?? '');
    const before = byKey.get(key);
    if (!before) byKey.set(key, told);
    else for (const column of columns) if (before[column] !== told[column]) delete before[column];
  }
  const isOfPeers = keyColumn === 'peer';
  const find = (text: string): LookupRow | null => {
    if (byKey.size === 0) return null;
    const key = keyIn(table, text);
    const found = byKey.get(key);
    if (found || !isOfPeers) return found ?? null;
    const slash = key.indexOf('/');
    return (slash < 0 ? undefined : byKey.get(key.slice(slash + 1))) ?? null;
  };
  return { columns, find };
}

/** A store in which nobody has written anything. */
export const noTables: Tables = Object.fromEntries(
  storeTables.map((table) => [table, lookupOf(table, storeColumns[table][0], storeColumns[table], [])]),
) as unknown as Tables;
