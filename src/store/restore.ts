// A store from a backup: a new history of it, with a generation of its own, so that whoever reads on from a cursor of the old one is
// told to begin anew. The file is read to its end before anything is touched.
//
//   SQLite   filled beside the old file, which it replaces when it is whole: a cut leaves the old one
//   MariaDB  has no such step: a table `restoring` stands there from the first drop to the end, and nobody opens such a store
import { randomBytes } from 'node:crypto';
import type { Log } from '../log.ts';
import { ClientError, ConfigError, Unavailable } from '../errors.ts';
import { byCommand, writeAudit } from './audit.ts';
import { readBackup, type Header, type Trailer } from './backupfile.ts';
import { connect } from './connect.ts';
import { migrate, pendingAfter, restoringTable } from './schema.ts';
import { openSnapshot, type Snapshot, type Table } from './snapshot.ts';
import { inserting, type Database, type Value } from './sql.ts';
import { beside, clearBeside, isFileThere, putInPlace, realPath } from './swap.ts';
import { optimize } from './upkeep.ts';
import { publicUrl, sqliteFile } from './url.ts';

export interface RestoreAsk {
  url: string;
  file: string;
  /** Whether a store that has records may be replaced. */
  isForced: boolean;
  /** Milliseconds. */
  now: number;
  log: Log;
  signal: AbortSignal;
  seen: (share: number, what: string) => void;
}

export interface Restored {
  header: Header;
  rows: number;
  records: number;
  generation: string;
  /** Migrations that were done on top, oldest first. */
  upgraded: string[];
}

/** Rows of one transaction. */
const batchRows = 5000;
/** Of the whole work, the look at the file. */
const checkShare = 0.2;

/** Reads all of the file. @throws ClientError for one that is damaged, ConfigError for one of a newer cdrd */
export async function checkBackup(
  file: string,
  seen: (share: number) => void = () => undefined,
): Promise<{ header: Header; trailer: Trailer }> {
  let [header, trailer]: [Header | null, Trailer | null] = [null, null];
  for await (const part of readBackup(file, seen)) {
    if ('header' in part) {
      ({ header } = part);
      demandKnown(file, header);
    }
    if ('trailer' in part) ({ trailer } = part);
  }
  return { header: header!, trailer: trailer! };
}

function demandKnown(file: string, { schema, cdrd }: Header): void {
  try {
    pendingAfter(schema);
  } catch (error) {
    const message = `${file}: was made by a newer cdrd (${cdrd}, schema ${schema.at(-1)}): restore it with that one`;
    throw new ConfigError(message, { cause: error });
  }
}

/** The caller holds the locks of the store. @throws ClientError, ConfigError, Unavailable; AbortError when it was stopped */
export async function restoreStore(ask: RestoreAsk): Promise<Restored> {
  const { url, file, seen, log, signal } = ask;
  const { header, trailer } = await checkBackup(file, (share) => {
    signal.throwIfAborted();
    seen(share * checkShare, 'checking the file');
  });
  await demandReplaceable(ask);
  const named = sqliteFile(url);
  if (named !== undefined) {
    const target = realPath(named);
    const aside = beside(target);
    clearBeside(aside);
    try {
      const filled = await filledAt(`sqlite:${aside}`, ask, header, trailer);
      putInPlace(aside, target);
      return filled;
    } catch (error) {
      clearBeside(aside);
      throw error;
    }
  }
  const database = await connect(url, log);
  await emptied(database, url).finally(() => database.close());
  return filledAt(url, ask, header, trailer);
}

/** @throws ClientError 409 for a store with records when nobody forces it, ConfigError for a database that is not ours */
async function demandReplaceable({ url, isForced }: RestoreAsk): Promise<void> {
  const file = sqliteFile(url);
  if (file !== undefined && !isFileThere(file)) return;
  const snapshot = await openSnapshot(url).catch((error: unknown) => {
    // A store that cannot be read may be the reason for the restore.
    if (file !== undefined && isForced) return null;
    throw new Unavailable(`the store ${publicUrl(url)} cannot be read; --force replaces it`, { cause: error });
  });
  if (snapshot === null) return;
  const { tables, schema } = snapshot;
  snapshot.close();
  if (tables.length > 0 && schema.length === 0)
    throw new ConfigError(
      `store.url: ${publicUrl(url)} has tables that are not cdrd's: give cdrd a database of its own`,
    );
  const records = tables.find(({ name }) => name === 'cdr')?.rows ?? 0;
  if (records > 0 && !isForced)
    throw new ClientError(409, `the store ${publicUrl(url)} has ${records} records: --force replaces all of it`);
}

/** All tables of the database go, and it is marked as not whole. */
async function emptied({ knex }: Database, url: string): Promise<void> {
  if (!(await knex.schema.hasTable(restoringTable)))
    await knex.schema.createTable(restoringTable, (t) => t.integer('since'));
  const snapshot = await openSnapshot(url);
  const names = snapshot.tables.map(({ name }) => name);
  snapshot.close();
  for (const name of [...names, 'session', 'knex_migrations', 'knex_migrations_lock'])
    await knex.schema.dropTableIfExists(name);
}

async function filledAt(url: string, ask: RestoreAsk, header: Header, trailer: Trailer): Promise<Restored> {
  const { log, file, now } = ask;
  const database = await connect(url, log);
  try {
    await migrate(database, { only: header.schema, isRestoring: true });
    const snapshot = await openSnapshot(url);
    await fill(database, snapshot, ask, header).finally(() => snapshot.close());
    const { applied } = await migrate(database, { isRestoring: true });
    const generation = randomBytes(8).toString('hex');
    const [rows, records] = [header.rows, trailer.tables['cdr'] ?? 0];
    await database.write(async (sql) => {
      await sql.run("DELETE FROM `meta` WHERE `name` = 'generation'");
      await sql.run("INSERT INTO `meta` (`name`, `value`) VALUES ('generation', ?)", [generation]);
      // Whoever ran a job then does not run it now.
      await sql.run('UPDATE `job` SET `runner` = NULL, `alive` = NULL');
      const detail = { file, made: header.made, cdrd: header.cdrd, records };
      await writeAudit(sql, { at: now * 1000, by: byCommand, action: 'store.restored', object: 'store', detail });
    });
    await optimize(database);
    await database.knex.schema.dropTableIfExists(restoringTable);
    return { header, rows, records, generation, upgraded: applied };
  } finally {
    await database.close();
  }
}

async function fill(database: Database, { tables }: Snapshot, ask: RestoreAsk, { rows: total }: Header): Promise<void> {
  const { file, seen, signal } = ask;
  // What the migrations themselves put there is in the backup too; of the audit there is nothing yet, and it lets nothing be deleted.
  for (const { name } of tables.filter(({ rows }) => rows > 0)) await database.knex(name).delete();
  let insert: ReturnType<typeof inserting> | null = null;
  let [waiting, done]: [Value[][], number] = [[], 0];
  const flush = async () => {
    signal.throwIfAborted();
    const some = waiting;
    waiting = [];
    if (some.length > 0) await database.write((sql) => insert!(sql, some));
    done += some.length;
    seen(checkShare + (1 - checkShare) * (done / Math.max(1, total)), `${done} of ${total} rows`);
  };
  for await (const part of readBackup(file)) {
    if ('row' in part) {
      waiting.push(part.row);
      if (waiting.length === batchRows) await flush();
    } else {
      await flush();
      if ('table' in part) insert = inserting(part.table, demandTable(file, part, tables).columns);
    }
  }
}

/** Names come from a file: only those that the schema has go into a statement. */
function demandTable(
  file: string,
  { table, columns }: Pick<Table, 'columns'> & { table: string },
  tables: readonly Table[],
) {
  const known = tables.find(({ name }) => name === table);
  const strange = columns.filter((name) => !known?.columns.includes(name));
  if (known && strange.length === 0) return { columns };
  const what = known ? `columns ${strange.join(', ')} of the table ${table}` : `a table ${table}`;
  throw new ClientError(422, `${file}: has ${what}, which its schema does not have`);
}
