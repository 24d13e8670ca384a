// The schema of a store that nobody opens: brought up to date, or only looked at. `cdrd migrate`.
import type { Static } from 'typebox';
import type { Log } from '../log.ts';
import { connect } from './connect.ts';
import { appliedMigrations, migrate } from './schema.ts';
import type { Database } from './sql.ts';
import type { StoreConfig } from './store.ts';

type Where = Pick<Static<typeof StoreConfig>, 'url'>;

/** @throws ConfigError when a newer cdrd has written it. */
export function migrateStore(config: Where, log: Log): ReturnType<typeof migrate> {
  return at(config, log, migrate);
}

/** The last migration that the store has, `empty` where it has none; changes nothing. */
export async function schemaOf(config: Where, log: Log): Promise<string> {
  return at(config, log, async ({ knex }) => (await appliedMigrations(knex)).at(-1) ?? 'empty');
}

async function at<T>({ url }: Where, log: Log, work: (database: Database) => Promise<T>): Promise<T> {
  const database = await connect(url, log);
  return work(database).finally(() => database.close());
}
