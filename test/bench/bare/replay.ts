// The reference of resume: a bare SELECT of changes with their records, JSON, and ws; each page waits for the one before.
// Usage: replay.ts FILE; prints its URL. It tells a client all changes, then {"type":"live"}.
import type { AddressInfo } from 'node:net';
import { setTimeout as delay } from 'node:timers/promises';
import Database from 'better-sqlite3';
import { WebSocketServer } from 'ws';
import { shownColumns } from './shown.ts';

const database = new Database(process.argv[2], { readonly: true });
const page = database.prepare(
  `SELECT change.seq, op, ${shownColumns(database)} FROM change JOIN cdr ON cdr.id = cdr_id WHERE seq > ? ORDER BY seq LIMIT 100`,
);
const waitingMax = 512 * 1024;

const server = new WebSocketServer({ host: '127.0.0.1', port: 0, perMessageDeflate: false });
server.on('connection', (client) => {
  const run = async () => {
    for (let after = 0; ;) {
      const rows = page.all(after) as { seq: number; op: string }[];
      for (const { seq, op, ...cdr } of rows) client.send(JSON.stringify({ type: 'cdr', op, seq, cdr }));
      if (rows.length < 100) break;
      after = rows.at(-1)!.seq;
      while (client.bufferedAmount > waitingMax) await delay(1);
    }
    client.send('{"type":"live"}');
  };
  void run();
});
server.on('listening', () => {
  process.stdout.write(`ws://127.0.0.1:${(server.address() as AddressInfo).port}\n`);
});
process.on('disconnect', () => process.exit());
