// From `store.url` to an open database with the settings our promises need.
import { closeSync, openSync } from 'node:fs';
import { dirname } from 'node:path';
import type BetterSqlite3 from 'better-sqlite3';
import knexModule, { type Knex } from 'knex';
import type { Connection } from 'mysql2';
import { Broken, ConfigError, messageOf, Unavailable } from '../errors.ts';
import type { Log } from '../log.ts';
import { makeFolder, makeForOwner } from './folder.ts';
import { inodeOf } from './readonly.ts';
import { SearchThread } from './searchthread.ts';
import { openMysql, openSqlite, type Database } from './sql.ts';
import { publicUrl, serverOf, sqliteFile, storeUrlFault } from './url.ts';

const acquireMs = 20_000;
const mysqlConnections = 6;

/** @throws ConfigError for a URL we cannot use, Unavailable when the database does not let us in. */
export async function connect(url: string, log: Log): Promise<Database> {
  const file = sqliteFile(url);
  const fault = storeUrlFault(url);
  if (fault !== null) throw new ConfigError(`store.url: ${fault}`);
  const database =
    file === undefined
      ? openMysql(mysqlKnex(url, log))
      : openSqlite(...sqliteKnexes(file, log), new SearchThread(file), guard(file));
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
    // Records and token hashes are nobody else's; SQLite gives the files beside it the same mode.
    makeForOwner(file);
    closeSync(openSync(file, 'a', 0o600));
  } catch (error) {
    throw new Unavailable(`the store ${file} cannot be made: ${messageOf(error)}`, { cause: error });
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
            // Of moved and deleted rows nothing stays in pages that are written anyway: what is anonymised must be gone.
            connection.pragma('secure_delete = FAST');
            connection.pragma('cache_size = -32768');
            // Copied from the WAL into the file by the writer itself: 16 MB at a time, so that a page that many commits write is copied once.
            connection.pragma('wal_autocheckpoint = 4000');
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

/** A file that was removed or replaced takes every further record with it: better to stop, loudly, than to go on. */
function guard(file: string): () => void {
  const inode = inodeOf(file);
  return () => {
    if (inodeOf(file) !== inode)
      throw new Broken(`the store's file ${file} was removed or replaced while cdrd was running`);
  };
}

function mysqlKnex(url: string, log: Log): Knex {
  const server = serverOf(url);
  const setup = [
    `SET SESSION sql_mode = 'STRICT_ALL_TABLES,NO_ENGINE_SUBSTITUTION', time_zone = '+00:00'`,
    'SET SESSION TRANSACTION ISOLATION LEVEL READ COMMITTED',
    'SET SESSION innodb_lock_wait_timeout = 10',
  ];
  return knexModule.knex({
    client: 'mysql2',
    connection: {
      ...server,
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
