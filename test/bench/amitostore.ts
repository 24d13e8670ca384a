// ami-to-store: how many records per second the whole way from the AMI socket into the store takes, saturated.
import { fileURLToPath } from 'node:url';
import { startChild } from './cleanup.ts';
import { account, openPeer, startBenchDaemon } from './daemon.ts';
import { alternate, figureOf, type Part } from './pairs.ts';
import { saturate, windowBytes } from './saturate.ts';

const parser = fileURLToPath(new URL('bare/parse.ts', import.meta.url));

export const amiToStore: Part = {
  name: 'ami-to-store',
  about: 'AMI socket → stored in SQLite, saturated; against asterisk-manager alone parsing the same bytes',
  async run({ isShort, pairs }) {
    const seconds = isShort ? 1.5 : 10;
    const runs = await alternate(
      pairs,
      () => throughDaemon(seconds),
      () => throughParser(seconds / 2),
    );
    return [figureOf({ part: amiToStore.name, case: 'saturated', unit: 'records/s' }, runs)];
  },
};

/** A new daemon with an empty store each time: a store that grows from pair to pair would be a drift. */
async function throughDaemon(seconds: number): Promise<number> {
  const daemon = await startBenchDaemon({ maxUnread: windowBytes });
  try {
    return await saturate((bytes) => daemon.peer.broadcast(bytes), daemon.stored, seconds);
  } finally {
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
      seconds,
    );
  } finally {
    await child.end();
    await peer.close();
  }
}
