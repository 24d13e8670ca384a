// store-mariadb: store.append into MariaDB, against the same rows into the same tables by prepared statements of bare mysql2.
import { createConnection, type Connection } from 'mysql2/promise';
import { openStore } from '../../src/store/store.ts';
import { silent } from '../support/store.ts';
import { cdrOf } from './events.ts';
import { openMariaDb } from './mariadb.ts';
import { alternate, figureOf, type Part } from './pairs.ts';
import { appendAll, batchRows, cellKey, cellSums, rowsAsStored, type Table } from './storesqlite.ts';

/** Rows of one statement; larger ones are no faster. */
const rowsAtOnce = 64;
const sums = cellSums.map((name) => `${name} = ${name} + VALUES(${name})`).join(', ');

export const storeMariadb: Part = {
  name: 'store-mariadb',
  about:
    'store.append to MariaDB, batches of 500; against bare mysql2 with prepared statements, same rows, tables, indexes',
  async run({ isShort, pairs }) {
    const cdrs = Array.from({ length: isShort ? 1500 : 20_000 }, (_, index) => cdrOf(index));
    const { tables } = await rowsAsStored(cdrs);
    const server = await openMariaDb();
    try {
      const runs = await alternate(
        pairs,
        async () => appendAll(await server.fresh(), cdrs),
        async () => bare(await server.fresh(), tables),
      );
      return [figureOf({ part: storeMariadb.name, case: `batches of ${batchRows}`, unit: 'records/s' }, runs)];
    } finally {
      await server.end();
    }
  },
};

async function bare(url: string, tables: readonly Table[]): Promise<number> {
  await (await openStore({ url }, silent)).close();
  const connection = await createConnection({ uri: url });
  try {
    await connection.query('SET SESSION TRANSACTION ISOLATION LEVEL READ COMMITTED');
    const [first] = tables as [Table, ...Table[]];
    const began = performance.now();
    for (let batch = 0; batch < first.batches.length; batch++) {
      await connection.beginTransaction();
      for (const table of tables) await insert(connection, table, table.batches[batch]!);
      await connection.commit();
    }
    return first.batches.reduce((count, { length }) => count + length, 0) / ((performance.now() - began) / 1000);
  } finally {
    connection.destroy();
  }
}

async function insert(connection: Connection, { name, columns }: Table, rows: Table['batches'][number]): Promise<void> {
  const row = `(${columns.map(() => '?').join(', ')})`;
  const names = columns.map((column) => `\`${column}\``).join(', ');
  const tail = columns.includes(cellKey[0]!) && name === 'rollup' ? ` ON DUPLICATE KEY UPDATE ${sums}` : '';
  for (let from = 0; from < rows.length; from += rowsAtOnce) {
    const some = rows.slice(from, from + rowsAtOnce);
    const values = new Array(some.length).fill(row).join(', ');
    await connection.execute(`INSERT INTO \`${name}\` (${names}) VALUES ${values}${tail}`, some.flat());
  }
}
