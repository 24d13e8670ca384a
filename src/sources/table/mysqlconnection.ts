// How a connection to MariaDB or MySQL is opened, and what each session is told first: read-only, in UTC, with a deadline.
import type { Knex } from 'knex';
import type { Connection, ConnectionOptions } from 'mysql2';
import type { Place, TableConfig } from './config.ts';

type MysqlPlace = Extract<Place, { kind: 'mysql' }>;

/** The server's own deadline comes this much after ours, so that one cut is seen as ours. */
export const serverGraceMs = 1000;

/** Times as text and in UTC (TIMESTAMP), big numbers as text, JSON as text: nothing is rounded or moved. */
export function connectionOf(place: MysqlPlace, config: TableConfig): Knex.MySql2ConnectionConfig & ConnectionOptions {
  return {
    ...(place.socket ? { socketPath: place.socket } : { host: place.host, port: place.port }),
    user: place.user,
    password: place.password,
    database: place.database,
    connectTimeout: config.connect_seconds * 1000,
    dateStrings: true,
    supportBigNumbers: true,
    bigNumberStrings: true,
    jsonStrings: true,
  };
}

/** `autocommit`: with an `init_connect` that clears it our first SELECT would open a transaction that never ends. */
export async function setUp(connection: Connection, config: TableConfig): Promise<void> {
  const ask = (sql: string): Promise<unknown> =>
    new Promise((resolve, reject) => {
      connection.query(sql, (error, rows) => (error ? reject(error) : resolve(rows)));
    });
  const [first] = (await ask('SELECT VERSION() AS version')) as { version: string }[];
  const limitMs = Math.round(config.query_seconds * 1000 + serverGraceMs);
  const limit = /mariadb/i.test(first?.version ?? '')
    ? `max_statement_time = ${limitMs / 1000}`
    : `max_execution_time = ${limitMs}`;
  await ask(`SET SESSION time_zone = '+00:00', autocommit = 1, sql_mode = '', ${limit}`);
  await ask('SET SESSION TRANSACTION READ ONLY');
}
