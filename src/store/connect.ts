// From `store.url` to an open database with the settings our promises need.
import { dirname, resolve } from 'node:path';
import type BetterSqlite3 from 'better-sqlite3';
import knexModule, { type Knex } from 'knex';
import type { Connection } from 'mysql2';
import { ConfigError, messageOf, Unavailable } from '../errors.ts';
import type { Log } from '../log.ts';
import { makeFolder } from './folder.ts';
import { openMysql, openSqlite, type Database } from './sql.ts';

const acquireMs = 20_000;
const mysqlConnections = 6;

/** The file of an `sqlite:` URL, relative to the working folder; undefined for a server. */
export function sqliteFile(url: string): string | undefined {
  return url.startsWith('sqlite:') ? resolve(url.slice('sqlite:'.length)) : undefined;
}

/** The URL without its password, for messages. */
export function publicUrl(url: string): string {
  return url.replace(/^([a-z]+:\/\/[^:/@]*):[^@]*@/, '$1:***@');
}

/** @throws ConfigError for a URL we cannot use, Unavailable when the database does not let us in. */
export async function connect(url: string, log: Log): Promise<Database> {
  const file = sqliteFile(url);
  if (file === undefined && !/^(mysql|mariadb):\/\//.test(url)) {
    throw new ConfigError(`store.url: "${publicUrl(url)}" begins with neither sqlite: nor mysql://`);
  }
  const database = file === undefined ? openMysql(mysqlKnex(url, log)) : openSqlite(...sqliteKnexes(file, log));
  try {
    await database.read((sql) => sql.all('SELECT 1'));
    return database;
  } catch (error) {
    await database.close();
    throw new Unavailable(`the store ${publicUrl(url)} cannot be opened: ${messageOf(error)}`, { cause: error });
  }
}

function sqliteKnexes(file: string, log: Log): [Knex, Knex] {
  try {
    makeFolder(dirname(file), 0o750);
  } catch (error) {
    throw new Unavailable(`the store's folder ${dirname(file)} cannot be made: ${messageOf(error)}`, { cause: error });
  }
  const open = (isReader: boolean): Knex =>
    knexModule.knex({
      client: 'better-sqlite3',
      connection: { filename: file },
      useNullAsDefault: true,
      log: quiet(log),
      acquireConnectionTimeout: acquireMs,
      pool: {
        min: 1,
        max: 1,
        afterCreate: (connection: BetterSqlite3.Database, done: (error: unknown, connection: unknown) => void) => {
          try {
            connection.pragma('journal_mode = WAL');
            connection.pragma('synchronous = FULL');
            connection.pragma('busy_timeout = 5000');
            connection.pragma('cache_size = -32768');
            connection.pragma(`query_only = ${isReader ? 'ON' : 'OFF'}`);
            done(null, connection);
          } catch (error) {
            done(error, connection);
          }
        },
      },
    });
  return [open(false), open(true)];
}

function mysqlKnex(url: string, log: Log): Knex {
  const { hostname, port, username, password, pathname } = new URL(url.replace(/^mariadb:/, 'mysql:'));
  const setup = [
    `SET SESSION sql_mode = 'STRICT_ALL_TABLES,NO_ENGINE_SUBSTITUTION', time_zone = '+00:00'`,
    'SET SESSION TRANSACTION ISOLATION LEVEL READ COMMITTED',
    'SET SESSION innodb_lock_wait_timeout = 10',
  ];
  return knexModule.knex({
    client: 'mysql2',
    connection: {
      host: hostname.replace(/^\[|\]$/g, ''),
      port: Number(port || 3306),
      user: decodeURIComponent(username),
      password: decodeURIComponent(password),
      database: decodeURIComponent(pathname.slice(1)),
      charset: 'utf8mb4',
      timezone: 'Z',
      dateStrings: true,
      supportBigNumbers: true,
      connectTimeout: 5000,
    },
    log: quiet(log),
    acquireConnectionTimeout: acquireMs,
    pool: {
      min: 0,
      max: mysqlConnections,
      afterCreate: (connection: Connection, done: (error: unknown, connection: unknown) => void) => {
        connection.on('error', (error) => log.debug({ err: error }, 'a connection to the store was lost'));
        const next = (statements: string[]): void => {
          const [statement, ...rest] = statements;
          if (statement === undefined) done(null, connection);
          else connection.query(statement, (error) => (error ? done(error, connection) : next(rest)));
        };
        next(setup);
      },
    },
  });
}

/** knex prints to the console by itself, with SQL and values; here it may say only that something happened. */
function quiet(log: Log): Knex.Logger {
  const say = () => log.debug('the database layer reported a fault; the failing call says which');
  return { warn: say, error: say, deprecate: say, debug: say };
}
