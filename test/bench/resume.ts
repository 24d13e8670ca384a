// resume: all changes of a store to one client that was away, against a bare SELECT and ws; and what it costs the daemon in memory.
import { once } from 'node:events';
import { fileURLToPath } from 'node:url';
import { WebSocket } from 'ws';
import { Broken } from '../../src/errors.ts';
import { adminToken } from '../support/daemon.ts';
import { startChild } from './cleanup.ts';
import { startBenchDaemon } from './daemon.ts';
import { rssOf } from './export.ts';
import { storeOf } from './filled.ts';
import { alternate, figureAlone, figureOf, type Part } from './pairs.ts';

const replayer = fileURLToPath(new URL('bare/replay.ts', import.meta.url));

const warmUps = 12;

export const resume: Part = {
  name: 'resume',
  about: '100,000 changes to one client of /live that resumes from the beginning; against a bare SELECT and ws',
  async run(options) {
    const { file, rows } = await storeOf({ ...options, rows: options.isShort ? 10_000 : 100_000 });
    const daemon = await startBenchDaemon({ file });
    const bare = await startChild([replayer, file], (line) => line || undefined);
    const headers = { authorization: `Bearer ${adminToken}` };
    const rate = async (url: string, wish: string | null) => {
      const client = new WebSocket(url, { headers, perMessageDeflate: false });
      let changes = 0;
      const isOver = new Promise<void>((resolve, reject) => {
        client.on('close', () => reject(new Broken(`the socket closed after ${changes} changes`)));
        client.on('message', (data: Buffer) => {
          if (data.indexOf('{"type":"cdr"') === 0) changes += 1;
          else if (data.indexOf('{"type":"live"') === 0) resolve();
        });
      });
      await once(client, 'open');
      const began = performance.now();
      if (wish !== null) client.send(wish);
      await isOver;
      const seconds = (performance.now() - began) / 1000;
      client.terminate();
      if (changes < rows) throw new Broken(`${changes} of ${rows} changes were told`);
      return changes / seconds;
    };
    const ours = () => rate(`${daemon.url.replace(/^http/, 'ws')}/live`, '{"type":"subscribe","after":0,"filter":{}}');
    try {
      // Garbage of the first ones stays until the heap is as large as V8 lets it be; what grows after that would never end.
      for (let run = 0; run < (options.isShort ? 1 : warmUps); run++) await ours();
      await rate(bare.ready, null);
      const before = rssOf(daemon.pid);
      let peak = before;
      const watch = setInterval(() => (peak = Math.max(peak, rssOf(daemon.pid))), 20);
      const runs = await alternate(options.pairs, ours, () => rate(bare.ready, null));
      clearInterval(watch);
      return [
        figureOf({ part: resume.name, case: `${rows} changes`, unit: 'messages/s' }, runs),
        figureAlone({ part: resume.name, case: `growth of RSS in ${options.pairs} more of them`, unit: 'MiB' }, [
          peak - before,
        ]),
      ];
    } finally {
      await bare.end();
      await daemon.end();
    }
  },
};
