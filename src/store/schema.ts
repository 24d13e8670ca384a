// The numbered migrations: from which schema to which, refusing a store that a newer cdrd has written.
import { readdirSync } from 'node:fs';
import { fileURLToPath, pathToFileURL } from 'node:url';
import type { Knex } from 'knex';
import { ConfigError, Unavailable } from '../errors.ts';
import { failpoint } from '../failpoint.ts';
import type { Database } from './sql.ts';

const folder = fileURLToPath(new URL('../../migrations/', import.meta.url));

class Folder implements Knex.MigrationSource<string> {
  getMigrations(): Promise<string[]> {
    return Promise.resolve(knownMigrations());
  }
  getMigrationName(file: string): string {
    return file;
  }
  async getMigration(file: string): Promise<Knex.Migration> {
    const migration = (await import(pathToFileURL(folder + file).href)) as Knex.Migration;
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

/** Names of the migrations the store has, oldest first; empty for a new one. */
export async function appliedMigrations(knex: Knex): Promise<string[]> {
  if (!(await knex.schema.hasTable('knex_migrations'))) return [];
  const rows = await knex('knex_migrations').orderBy('id').select<{ name: string }[]>('name');
  return rows.map((row) => row.name);
}

/** How long another daemon on the same MariaDB may take to migrate, in seconds. */
const lockSeconds = 600;

/** Brings the store to this program's schema. @throws ConfigError when a newer cdrd has written it. */
export async function migrate(database: Database): Promise<{ from: string; to: string; applied: string[] }> {
  const { knex } = database;
  if (database.dialect === 'sqlite') return migrateAlone(knex);
  // Held by the connection, so a killed daemon leaves no lock behind.
  return database.read(async (sql) => {
    const [lock] = await sql.all<{ held: number | null }>(
      `SELECT GET_LOCK(CONCAT(DATABASE(), '.cdrd'), ${lockSeconds}) AS held`,
    );
    if (lock?.held !== 1) throw new Unavailable(`another cdrd has been migrating the store for ${lockSeconds} s`);
    try {
      return await migrateAlone(knex);
    } finally {
      await sql.all("SELECT RELEASE_LOCK(CONCAT(DATABASE(), '.cdrd'))");
    }
  });
}

async function migrateAlone(knex: Knex): Promise<{ from: string; to: string; applied: string[] }> {
  const known = knownMigrations();
  const before = await appliedMigrations(knex);
  const newer = before.filter((name) => !known.includes(name));
  if (newer.length > 0) {
    throw new ConfigError(
      `the store has the schema ${before.at(-1)}, this cdrd knows ${known.at(-1)} at most: ` +
        `install the newer cdrd again, or restore a backup made before the upgrade`,
    );
  }
  if (before.length === known.length)
    return { from: before.at(-1) ?? 'empty', to: known.at(-1) ?? 'empty', applied: [] };
  const options = { migrationSource: new Folder() };
  // knex's own lock is a row that a killed migration leaves behind; ours is held by now.
  if (before.length > 0 || (await knex.schema.hasTable('knex_migrations_lock'))) {
    await knex.migrate.forceFreeMigrationsLock(options);
  }
  const [, applied] = (await knex.migrate.latest(options)) as [number, string[]];
  return { from: before.at(-1) ?? 'empty', to: known.at(-1) ?? 'empty', applied };
}
