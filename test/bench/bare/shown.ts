// What a bare reader selects of `cdr`, so that it sends as many bytes as the daemon, within 1 % as NDJSON: all columns but those of the
// store's own that no reader is shown.
import type Database from 'better-sqlite3';

const own = ['sources', 'words', 'contradictions', 'hidden'];

/** `cdr.id, cdr.start, …` */
export function shownColumns(database: Database.Database): string {
  const columns = database.pragma('table_info(cdr)') as { name: string }[];
  const shown = columns.filter(({ name }) => !own.includes(name));
  return shown.map(({ name }) => `cdr.\`${name}\``).join(', ');
}
