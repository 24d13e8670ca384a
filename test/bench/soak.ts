// soak: a daemon under a steady pace for half an hour, clients coming and going, started anew twice on its store: what it holds must not
// grow, and every record it was told is stored once.
import { setTimeout as delay } from 'node:timers/promises';
import Database from 'better-sqlite3';
import { WebSocket } from 'ws';
import { Broken } from '../../src/errors.ts';
import { adminToken } from '../support/daemon.ts';
import { until } from '../support/until.ts';
import { makeFolder } from './cleanup.ts';
import { startBenchDaemon, type BenchDaemon } from './daemon.ts';
import { blockOf } from './events.ts';
import { figureAlone, type Part } from './pairs.ts';
import { growthOf, useOf, type Use } from './processes.ts';

const lives = 3;
const pace = 100;
const headers = { authorization: `Bearer ${adminToken}` };

export const soak: Part = {
  name: 'soak',
  about: `${pace} records a second for half an hour, clients come and go, the daemon starts anew twice; growth of memory and files`,
  async run({ isShort }) {
    const seconds = isShort ? 6 : 1800;
    const file = `${makeFolder()}/cdrd.db`;
    let sent = 0;
    const grown: Use[] = [];
    for (let life = 0; life < lives; life++) {
      const daemon = await startBenchDaemon({ file });
      const before = sent;
      try {
        const uses = await live(daemon, seconds / lives, () => blockOf((sent += pace / 10) - pace / 10, pace / 10));
        // The counts of a source are the store's: they go on from life to life. @throws Broken when one was lost
        await until(
          async () => (await daemon.stored()) === sent,
          `${sent} records to be stored, ${before} of an earlier life`,
        );
        grown.push(growthOf(uses));
      } finally {
        await daemon.end();
      }
    }
    demandOnce(file, sent);
    const minutes = seconds / lives / 60;
    return [
      figureAlone(
        { part: soak.name, case: `growth of RSS in ${minutes.toFixed(1)} minutes`, unit: 'MiB' },
        grown.map(({ rss }) => rss),
      ),
      figureAlone(
        { part: soak.name, case: `growth of open files`, unit: 'files' },
        grown.map(({ files }) => files),
      ),
    ];
  },
};

/** @throws Broken when the store has not each record once */
function demandOnce(file: string, sent: number): void {
  const database = new Database(file, { readonly: true });
  const [rows, different] = database
    .prepare('SELECT COUNT(*), COUNT(DISTINCT `sequence`) FROM `cdr`')
    .raw()
    .get() as number[];
  database.close();
  if (rows !== sent || different !== sent)
    throw new Broken(`of ${sent} records ${different} are stored, in ${rows} rows`);
}

async function live(daemon: BenchDaemon, seconds: number, next: () => string): Promise<Use[]> {
  const uses: Use[] = [];
  const clients: WebSocket[] = [];
  const told = new Set<WebSocket>();
  let joined = 0;
  const began = performance.now();
  for (let tenth = 0; performance.now() - began < seconds * 1000; tenth++) {
    daemon.peer.broadcast(next());
    if (tenth % 5 === 0) {
      const client = join(daemon.url, () => told.add(client));
      clients.push(client);
      joined += 1;
    }
    if (clients.length > 20) clients.shift()!.terminate();
    if (tenth % 10 === 0) uses.push(useOf(daemon.pid));
    await delay(Math.max(0, began + tenth * 100 - performance.now()));
  }
  for (const client of clients) client.terminate();
  // The last ones had no time to.
  if (told.size < joined - 10) throw new Broken(`of ${joined} clients ${told.size} were told a record`);
  if (uses.length < 2) throw new Broken('the daemon was looked at less than twice');
  return uses;
}

/** `hear` is called with each record that it is told. */
function join(url: string, hear: () => void): WebSocket {
  const client = new WebSocket(`${url.replace(/^http/, 'ws')}/live`, { headers });
  client.on('open', () => client.send('{"type":"subscribe","after":null,"filter":{}}'));
  client.on('message', (data: Buffer) => data.indexOf('{"type":"cdr"') === 0 && hear());
  client.on('error', () => undefined);
  return client;
}
