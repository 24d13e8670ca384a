// The reference of export: a bare SELECT of every column that is shown, row by row, each made text and written to a socket; nothing else.
// Usage: select.ts FILE; prints its URL. Paths: /csv (csv-stringify, 500 rows at a time) and /ndjson; ?limit=N.
import { once } from 'node:events';
import { createServer } from 'node:http';
import type { AddressInfo } from 'node:net';
import Database from 'better-sqlite3';
import { stringify } from 'csv-stringify/sync';
import { shownColumns } from './shown.ts';

const database = new Database(process.argv[2], { readonly: true });
const rowsAtOnce = 500;

const server = createServer((request, response) => {
  const { pathname, searchParams } = new URL(request.url!, 'http://localhost');
  const statement = database.prepare(`SELECT ${shownColumns(database)} FROM cdr ORDER BY id LIMIT ?`);
  const textOf = (rows: unknown[]) =>
    pathname === '/csv'
      ? stringify(rows, { record_delimiter: '\r\n', eof: true })
      : rows.map((row) => `${JSON.stringify(row)}\n`).join('');
  const run = async () => {
    let rows: unknown[] = [];
    for (const row of statement.iterate(searchParams.get('limit'))) {
      rows.push(row);
      if (rows.length < rowsAtOnce) continue;
      if (!response.write(textOf(rows))) await once(response, 'drain');
      rows = [];
    }
    response.end(textOf(rows));
  };
  void run();
});
server.listen(0, '127.0.0.1', () => {
  process.stdout.write(`http://127.0.0.1:${(server.address() as AddressInfo).port}\n`);
});
process.on('disconnect', () => process.exit());
