// kill -9 of the daemon on SQLite, at named places and at any moment, under load.
import Database from 'better-sqlite3';
import { it } from 'vitest';
import { nameOf } from './verdict.ts';
import { runKills } from './kills.ts';
import { many, randomFor } from './seed.ts';

const title = 'SQLite: survives kill -9 at every named place and any moment, under load, with readers that resume';

it(title, async () => {
  await runKills({
    kills: many(200, 1000),
    random: randomFor(title),
    ...{ storeUrl: null, tableUrl: null, tableReadUrl: null },
    tableRows: (file) => {
      const table = new Database(file, { readonly: true });
      const rows = table.prepare('SELECT uniqueid, sequence FROM cdr').all() as { uniqueid: string }[];
      table.close();
      return rows.map(nameOf);
    },
  });
});
