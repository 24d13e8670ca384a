// kill -9 of the daemon on MariaDB, at named places and at any moment, under load.
import { inject, it } from 'vitest';
import { query } from '../services/mariadb.ts';
import { databaseOn } from './databases.ts';
import { nameOf } from './verdict.ts';
import { runKills } from './kills.ts';
import { many, randomFor } from './seed.ts';

const title = 'MariaDB: survives kill -9 at every named place and any moment, under load, with readers that resume';

it(title, async () => {
  const { rootUrl } = inject('mariadb');
  const tableUrl = await databaseOn(rootUrl);
  await runKills({
    kills: many(200, 1000),
    random: randomFor(title),
    storeUrl: await databaseOn(rootUrl),
    tableUrl,
    tableReadUrl: tableUrl,
    tableRows: async () => (await query(tableUrl, 'SELECT uniqueid, sequence FROM cdr')).map(nameOf),
  });
});
