// The numbered migrations: from which schema to which, refusing a store that a newer cdrd has written.
import { readdirSync } from 'node:fs';
import { fileURLToPath, pathToFileURL } from 'node:url';
import type { Knex } from 'knex';
import { ConfigError, Unavailable } from '../errors.ts';
import { failpoint } from '../failpoint.ts';
import type { Database } from './sql.ts';

const folder = fileURLToPath(new URL('../../migrations/', import.meta.url));

/** The migrations that are there, or only those that are named. */
class Folder implements Knex.MigrationSource<string> {
  readonly #names: readonly string[];
  constructor(names: readonly string[]) {
    this.#names = names;
  }
  getMigrations(): Promise<string[]> {
    return Promise.resolve([...this.#names]);
  }
  getMigrationName(file: string): string {
    return file;
  }
  async getMigration(file: string): Promise<Knex.Migration> {
    const migration = (await import(pathToFileURL(migrationFile(file)).href)) as Knex.Migration;
    const up = async (knex: Knex): Promise<void> => {
      await migration.up(knex);
      // Its name is not written yet.
      failpoint('migration done');
    };
    return { ...migration, up };
  }
}

export function knownMigrations(): string[] {
  return readdirSync(folder)
    .filter((file) => /^\d{4}_.+\.js$/.test(file))
    .sort();
}

export function migrationFile(name: string): string {
  return folder + name;
}

/** Names of the migrations the store has, oldest first; empty for a new one. */
export async function appliedMigrations(knex: Knex): Promise<string[]> {
  if (!(await knex.schema.hasTable('knex_migrations'))) return [];
  const rows = await knex('knex_migrations').orderBy('id').select<{ name: string }[]>('name');
  return rows.map((row) => row.name);
}

/** How long another daemon on the same MariaDB may take to migrate, in seconds. */
const lockSeconds = 600;

export interface Migrated {
  from: string;
  to: string;
  applied: string[];
}

export interface MigrateOptions {
  /** Only these, of those that there are: for a backup of an older store. */
  only?: readonly string[];
  /** The caller fills the store (restore.ts): the mark that it is not whole is no obstacle. */
  isRestoring?: boolean;
  /** Hears each migration before it is done: its place among those to do, from 0, and how many these are. */
  told?: (name: string, at: number, of: number) => void;
  /** Ends it between two migrations; what was done stays. */
  signal?: AbortSignal;
}

/** The table that a store has while it is filled from a backup. */
export const restoringTable = 'restoring';

/** Brings the store to this program's schema. @throws ConfigError when a newer cdrd has written it, or a restore was cut off */
export async function migrate(database: Database, options: MigrateOptions = {}): Promise<Migrated> {
  const { knex } = database;
  if (database.dialect === 'sqlite') return migrateAlone(knex, options);
  // Held by the connection, so a killed daemon leaves no lock behind.
  return database.read(async (sql) => {
    const [lock] = await sql.all<{ held: number | null }>(
      `SELECT GET_LOCK(CONCAT(DATABASE(), '.cdrd'), ${lockSeconds}) AS held`,
    );
    if (lock?.held !== 1) throw new Unavailable(`another cdrd has been migrating the store for ${lockSeconds} s`);
    try {
      return await migrateAlone(knex, options);
    } finally {
      await sql.all("SELECT RELEASE_LOCK(CONCAT(DATABASE(), '.cdrd'))");
    }
  });
}

/** Those a store of these migrations still needs. @throws ConfigError when a newer cdrd has written it */
export function pendingAfter(applied: readonly string[], known: readonly string[] = knownMigrations()): string[] {
  const newer = applied.filter((name) => !known.includes(name));
  if (newer.length > 0) {
    throw new ConfigError(
      `the store has the schema ${applied.at(-1)}, this cdrd knows ${known.at(-1)} at most: ` +
        'install the newer cdrd again, or restore a backup made before the upgrade ("cdrd restore FILE --force")',
    );
  }
  return known.filter((name) => !applied.includes(name));
}

async function migrateAlone(knex: Knex, { only, isRestoring, told, signal }: MigrateOptions): Promise<Migrated> {
  if (!isRestoring && (await knex.schema.hasTable(restoringTable))) {
    throw new ConfigError(
      'store.url: a restore into this database was cut off, so it is not whole: do it again ("cdrd restore FILE --force")',
    );
  }
  const known = only ?? knownMigrations();
  const before = await appliedMigrations(knex);
  const pending = pendingAfter(before, known);
  const [from, to] = [before.at(-1) ?? 'empty', known.at(-1) ?? 'empty'];
  const options = { migrationSource: new Folder(known) };
  // knex's own lock is a row that a killed migration leaves behind; ours is held by now.
  if (pending.length > 0 && (before.length > 0 || (await knex.schema.hasTable('knex_migrations_lock')))) {
    await knex.migrate.forceFreeMigrationsLock(options);
  }
  const applied: string[] = [];
  for (const name of pending) {
    if (signal?.aborted) return { from, to: applied.at(-1) ?? from, applied };
    told?.(name, applied.length, pending.length);
    const [, done] = (await knex.migrate.up(options)) as [number, string[]];
    applied.push(...done);
  }
  return { from, to, applied };
}
