// A database of the store that tells each statement it reads by, and whether it was a piece of a long search.
import type { Database, Sql, Value } from '../../src/store/sql.ts';

export interface Heard {
  sql: string;
  values: readonly Value[];
  isSearch: boolean;
}

export function heard(database: Database, hear: (said: Heard) => void): Database {
  const on = (sql: Sql, isSearch: boolean): Sql => ({
    ...sql,
    all: (text, values = []) => {
      hear({ sql: text, values, isSearch });
      return sql.all(text, values);
    },
  });
  return {
    ...database,
    read: (work) => database.read((sql) => work(on(sql, false))),
    search: (work) => database.search((sql) => work(on(sql, true))),
  };
}
