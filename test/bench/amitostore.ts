// ami-to-store: how many records per second the whole way from the AMI socket into the store takes, saturated.
import { fileURLToPath } from 'node:url';
import { startChild } from './cleanup.ts';
import { account, openPeer, startBenchDaemon } from './daemon.ts';
import { cdrOf } from './events.ts';
import { alternate, figureAlone, figureOf, type Part } from './pairs.ts';
import { growthOf, useOf, type Use } from './processes.ts';
import { saturate, windowBytes } from './saturate.ts';
import { bare, rowsAsStored } from './storesqlite.ts';

const parser = fileURLToPath(new URL('bare/parse.ts', import.meta.url));
/** A look at the daemon is a request that it answers. */
const [askMs, parsedMs, useMs] = [50, 10, 500];

export const amiToStore: Part = {
  name: 'ami-to-store',
  about: 'AMI socket → stored in SQLite, saturated; against asterisk-manager alone parsing the same bytes',
  async run({ isShort, pairs }) {
    const seconds = isShort ? 1.5 : 60;
    const cdrs = Array.from({ length: isShort ? 5000 : 40_000 }, (_, index) => cdrOf(index));
    const stored = await rowsAsStored(cdrs);
    const grown: number[] = [];
    const bareRows: number[] = [];
    const runs = await alternate(
      pairs,
      async () => {
        const { rate, rss } = await throughDaemon(seconds);
        grown.push(rss);
        return rate;
      },
      async (pair) => {
        bareRows[pair] = await bare(stored);
        return throughParser(seconds / 2);
      },
    );
    // Both one after the other, and nothing else: no look-up, no record, no call.
    const atMost = runs.map(({ measured, reference }, pair) => {
      return { measured, reference: 1 / (1 / reference + 1 / bareRows[pair]!) };
    });
    const part = { part: amiToStore.name, unit: 'records/s' } as const;
    return [
      figureOf({ ...part, case: 'saturated' }, runs),
      figureOf({ ...part, case: 'parsing and bare rows in one thread' }, atMost),
      figureAlone({ ...part, case: `growth of RSS in ${seconds} s`, unit: 'MiB' }, grown),
    ];
  },
};

/** A new daemon with an empty store each time: a store that grows from pair to pair would be a drift. */
async function throughDaemon(seconds: number): Promise<{ rate: number; rss: number }> {
  const daemon = await startBenchDaemon({ maxUnread: windowBytes });
  const uses: Use[] = [];
  const look = setInterval(() => uses.push(useOf(daemon.pid)), useMs);
  try {
    const rate = await saturate((bytes) => daemon.peer.broadcast(bytes), daemon.stored, { seconds, lookMs: askMs });
    return { rate, rss: growthOf(uses).rss };
  } finally {
    clearInterval(look);
    await daemon.end();
  }
}

async function throughParser(seconds: number): Promise<number> {
  const peer = await openPeer(windowBytes);
  let count = 0;
  const isUp = (line: string) => line === 'up' || undefined;
  const child = await startChild([parser, String(peer.port), account.username, account.secret], isUp);
  child.process.on('message', (told) => (count = told as number));
  try {
    await peer.whenListening();
    return await saturate(
      (bytes) => peer.broadcast(bytes),
      () => count,
      { seconds, lookMs: parsedMs },
    );
  } finally {
    await child.end();
    await peer.close();
  }
}
