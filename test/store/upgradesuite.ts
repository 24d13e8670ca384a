// Stores of every schema there ever was, with records in them, opened by the cdrd of today.
import { describe, expect, it } from 'vitest';
import { connect } from '../../src/store/connect.ts';
import { planMigration } from '../../src/store/migrate.ts';
import { knownMigrations, migrate } from '../../src/store/schema.ts';
import { openSnapshot } from '../../src/store/snapshot.ts';
import { inserting, type Value } from '../../src/store/sql.ts';
import { openStore } from '../../src/store/store.ts';
import { cdrs, someCdr, tableRows } from '../support/rows.ts';
import { appendTo, everything, silent } from '../support/store.ts';
import { fillStore } from './keepsuite.ts';

type Row = Record<string, Value>;
type Tables = Map<string, { columns: readonly string[]; rows: Row[] }>;

async function tablesOf(url: string): Promise<Tables> {
  const snapshot = await openSnapshot(url);
  const tables: Tables = new Map();
  for (const table of snapshot.tables) {
    const rows: Row[] = [];
    for await (const row of snapshot.rows(table))
      rows.push(Object.fromEntries(table.columns.map((name, at) => [name, row[at]!])));
    tables.set(table.name, { columns: table.columns, rows });
  }
  snapshot.close();
  return tables;
}

/** A store as the cdrd of these migrations would have left it: all that it had columns for. */
async function storeOf(url: string, migrations: readonly string[], all: Tables): Promise<Tables> {
  const database = await connect(url, silent);
  await migrate(database, { only: migrations });
  const old = await tablesOf(url);
  for (const [name, { columns, rows }] of old) {
    const { columns: now, rows: wanted } = all.get(name)!;
    const known = columns.filter((column) => now.includes(column));
    // A table keeps nothing of later ones: no marks of what they had done.
    const some = name === 'meta' && !old.has('call') ? wanted.filter((row) => row['name'] === 'generation') : wanted;
    if (rows.length > 0) await database.knex(name).delete();
    const places = (row: Row) => name !== 'place' || rows.some((one) => one['name'] === row['name']);
    const values = some.filter(places).map((row) => known.map((column) => row[column]!));
    await database.write((sql) => inserting(name, known)(sql, values));
  }
  await database.close();
  return tablesOf(url);
}

const byText = (rows: readonly Row[], columns: readonly string[]) =>
  rows.map((row) => JSON.stringify(columns.map((column) => row[column]))).sort();

/** `freshUrl` gives the URL of an empty database. */
export function upgradeSuite(name: string, freshUrl: () => Promise<string>): void {
  describe(`a store on ${name} of`, () => {
    let full: Promise<{ all: Tables; calls: unknown[] }> | undefined;
    const facts = ({ id, caller, called, outcome, talk, records, extensions }: Record<string, unknown>) => ({
      ...{ id, caller, called, outcome, talk, records, extensions },
    });
    const make = async () => {
      const url = await freshUrl();
      const store = await openStore({ url }, silent);
      await fillStore(store);
      const calls = (await store.listCalls({ within: null, limit: 1000 })).map((call) => facts({ ...call }));
      await store.close();
      return { all: await tablesOf(url), calls };
    };

    const known = knownMigrations();
    it.each(known.map((migration, at) => [migration, at + 1] as const))(
      'the schema %s keeps all it had, and is one of today',
      async (migration, count) => {
        const { all, calls } = await (full ??= make());
        const url = await freshUrl();
        const old = await storeOf(url, known.slice(0, count), all);
        const plan = await planMigration({ url }, silent);
        expect([plan.from, plan.pending.map((step) => step.name)]).toEqual([migration, known.slice(count)]);

        const store = await openStore({ url }, silent);
        while ((await store.fillCalls()) > 0);
        const now = await tablesOf(url);
        for (const [table, { columns, rows }] of old) {
          // Calls of that schema are looked at anew: what they say is compared below.
          if (['meta', 'place', 'knex_migrations'].includes(table) || table.startsWith('call')) continue;
          // What records are in their calls is worked out anew, too.
          const kept = columns.filter((column) => !['call_id', 'in_call', 'updated'].includes(column));
          // The cells of statistics came with the schema after that of calls, in one release.
          if (table === 'rollup') continue;
          expect([table, byText(now.get(table)!.rows, kept)]).toEqual([table, byText(rows, kept)]);
        }
        expect(await store.list(everything)).toHaveLength(migration < '0003' ? 40 : 39);
        // Before 0003 nothing was hidden and nothing edited.
        if (migration >= '0003') {
          const listed = (await store.listCalls({ within: null, limit: 1000 })).map((call) => facts({ ...call }));
          const bare = (list: unknown[]) =>
            (list as { id: number }[]).map(({ id: _, ...call }) => JSON.stringify(call)).sort();
          expect(bare(listed)).toEqual(bare(calls));
        }
        expect(await appendTo(store, 'pbx1/table', [someCdr(100), someCdr(300), cdrs(tableRows())[5]!])).toMatchObject([
          { outcome: 'duplicate', id: 41 },
          { outcome: 'created', id: 42 },
          { outcome: 'duplicate', id: 6 },
        ]);
        await store.close();
        expect((await planMigration({ url }, silent)).pending).toEqual([]);
      },
    );

    it('a newer cdrd is refused with the way back, and nothing in it is touched', async () => {
      const url = await freshUrl();
      await (await openStore({ url }, silent)).close();
      const database = await connect(url, silent);
      await database
        .knex('knex_migrations')
        .insert({ name: '9999_later.js', batch: 9, migration_time: new Date(1e12) });
      await database.close();
      const before = await tablesOf(url);
      for (const open of [openStore, planMigration])
        await expect(open({ url }, silent)).rejects.toThrow(
          `the store has the schema 9999_later.js, this cdrd knows ${known.at(-1)} at most: install the newer cdrd again, ` +
            'or restore a backup made before the upgrade ("cdrd restore FILE --force")',
        );
      expect(await tablesOf(url)).toEqual(before);
    });

    it('no schema at all is told what would be made, and nothing is made', async () => {
      const url = name === 'SQLite' ? (await freshUrl()).replace(/\.db$/, '-none.db') : await freshUrl();
      expect(await planMigration({ url }, silent)).toMatchObject({ from: 'empty', records: 0, to: known.at(-1) });
    });

    it('an upgrade that is stopped between two steps has done whole ones, and goes on', async () => {
      const url = await freshUrl();
      const database = await connect(url, silent);
      const stop = new AbortController();
      const told = (_: string, at: number) => at === 3 && stop.abort();
      const { applied } = await migrate(database, { signal: stop.signal, told });
      expect(applied).toEqual(known.slice(0, 4));
      expect((await migrate(database)).applied).toEqual(known.slice(4));
      await database.close();
    });
  });
}
