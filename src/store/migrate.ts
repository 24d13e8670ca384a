// The schema of a store that nobody opens: brought up to date, or only looked at. `cdrd migrate`.
import { existsSync, readFileSync } from 'node:fs';
import type { Static } from 'typebox';
import type { Log } from '../log.ts';
import { connect } from './connect.ts';
import {
  appliedMigrations,
  knownMigrations,
  migrate,
  migrationFile,
  pendingAfter,
  type Migrated,
  type MigrateOptions,
} from './schema.ts';
import type { Database } from './sql.ts';
import type { StoreConfig } from './config.ts';
import { sqliteFile } from './url.ts';

type Where = Pick<Static<typeof StoreConfig>, 'url'>;

export interface MigrationPlan {
  from: string;
  to: string;
  /** In the order in which they are done; `about` is the migration's own first sentence. */
  pending: { name: string; about: string; seconds: number }[];
  /** How many records there are about, by the highest number. */
  records: number;
}

/** @throws ConfigError when a newer cdrd has written it. */
export function migrateStore(config: Where, log: Log, options: MigrateOptions = {}): Promise<Migrated> {
  return at(config, log, (database) => migrate(database, options));
}

/** The last migration that the store has, `empty` where it has none; changes nothing. */
export async function schemaOf(config: Where, log: Log): Promise<string> {
  return at(config, log, async ({ knex }) => (await appliedMigrations(knex)).at(-1) ?? 'empty');
}

/** What `migrateStore` would do; changes nothing, and makes no store. @throws ConfigError when a newer cdrd has written it */
export async function planMigration(config: Where, log: Log): Promise<MigrationPlan> {
  const file = sqliteFile(config.url);
  const to = knownMigrations().at(-1) ?? 'empty';
  if (file !== undefined && !existsSync(file))
    return { from: 'empty', to, pending: pendingOf([], 0, 'sqlite'), records: 0 };
  return at(config, log, async (database) => {
    const applied = await appliedMigrations(database.knex);
    const records = applied.length === 0 ? 0 : await highestRecord(database);
    return { from: applied.at(-1) ?? 'empty', to, pending: pendingOf(applied, records, database.dialect), records };
  });
}

/**
 * Microseconds a record: what each step took on a million records as 0001 wrote them, on two busy cores (Debian 12, SQLite and MariaDB
 * 10.11), twice over, so that it is at most about that. What is not here, or is nothing, only makes tables and triggers. 0016, 0024 and 0025 are guesses: they count statistics.
 */
const costs: Readonly<Record<Database['dialect'], Readonly<Record<string, number>>>> = {
  sqlite: {
    '0007': 1,
    '0009': 3,
    '0011': 1,
    '0012': 1,
    '0016': 15,
    '0018': 1,
    '0020': 15,
    '0024': 15,
    '0025': 5,
    ...{ '0026': 0, '0027': 0, '0028': 0 },
  },
  mysql: {
    ...{ '0003': 2, '0005': 1, '0007': 3, '0009': 17, '0011': 12, '0012': 75, '0016': 15, '0017': 1, '0018': 85 },
    '0020': 95,
    ...{ '0024': 30, '0025': 10, '0026': 0, '0027': 0, '0028': 0 },
  },
};
/** The last step that was measured; one after it is taken for as slow as the slowest. */
const measured = '0022';

function pendingOf(
  applied: readonly string[],
  records: number,
  dialect: Database['dialect'],
): MigrationPlan['pending'] {
  const known = costs[dialect];
  const costOf = (number: string) => known[number] ?? (number > measured ? Math.max(...Object.values(known)) : 0);
  return pendingAfter(applied).map((name) => ({
    name,
    about: aboutOf(name),
    seconds: Math.ceil((records * costOf(name.slice(0, 4))) / 1e6),
  }));
}

/** The first sentence of the comment at its top. */
function aboutOf(name: string): string {
  const lines = readFileSync(migrationFile(name), 'utf8').split('\n');
  const comment = lines.slice(
    0,
    Math.max(
      1,
      lines.findIndex((line) => !line.startsWith('//')),
    ),
  );
  const text = comment.map((line) => line.replace(/^\/\/ ?/, '')).join(' ');
  return /^.*?[.:](?=\s|$)/.exec(text)?.[0].replace(/:$/, '.') ?? text;
}

async function highestRecord(database: Database): Promise<number> {
  const rows = await database.read((sql) => sql.all<{ last: number | null }>('SELECT MAX(`id`) AS `last` FROM `cdr`'));
  return rows[0]?.last ?? 0;
}

async function at<T>({ url }: Where, log: Log, work: (database: Database) => Promise<T>): Promise<T> {
  const database = await connect(url, log);
  return work(database).finally(() => database.close());
}
