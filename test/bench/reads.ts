// reads: a page of 500 records of a large store, by our own API and by IPCortex's, at the beginning, in the middle and at the end.
import { isDeepStrictEqual } from 'node:util';
import { Agent } from 'node:http';
import { fileURLToPath } from 'node:url';
import { Broken } from '../../src/errors.ts';
import { adminToken } from '../support/daemon.ts';
import { startChild } from './cleanup.ts';
import { startBenchDaemon } from './daemon.ts';
import { storeOf } from './filled.ts';
import { alternate, figureOf, median, type Figure, type Part } from './pairs.ts';
import { ask, times } from './requests.ts';

const lister = fileURLToPath(new URL('bare/list.ts', import.meta.url));
const limit = 500;

export const reads: Part = {
  name: 'reads',
  about:
    'a page of 500 as GET cdrs and /rest/call/read, against a bare Fastify with a prepared SELECT, same objects out',
  async run(options) {
    const { file, rows } = await storeOf(options);
    const daemon = await startBenchDaemon({ file });
    const bare = await startChild([lister, file], (line) => line || undefined);
    const figures: Figure[] = [];
    try {
      for (const [place, after] of Object.entries({ first: 0, middle: rows / 2, last: rows - limit - 1 })) {
        const scope = { minID: after + 1, maxRows: limit };
        const body = { type: 'cdr', scope, auth: { type: 'auth', key: adminToken } };
        const pages = {
          'GET cdrs': { url: `${daemon.url}/api/v1/cdrs?after=${after}&limit=${limit}`, bare: 'cdrs', key: 'cdrs' },
          'call/read': { url: `${daemon.url}/rest/call/read`, body, bare: 'calls', key: 'values' },
        };
        for (const [name, { url, key, bare: path, ...sent }] of Object.entries(pages)) {
          const theirs = `${bare.ready}/${path}?after=${after}&limit=${limit}`;
          const given = 'body' in sent ? sent.body : undefined;
          await demandEqual(key, [url, given], [theirs]);
          const count = options.isShort ? 5 : 100;
          const rate = async (page: string, asked?: object) => 1000 / median(await times(count, page, asked));
          await rate(url, given);
          await rate(theirs);
          const runs = await alternate(
            options.pairs,
            () => rate(url, given),
            () => rate(theirs),
          );
          figures.push(
            figureOf({ part: reads.name, case: `${name}, ${rows} records, ${place} page`, unit: 'pages/s' }, runs),
          );
        }
      }
      return figures;
    } finally {
      await bare.end();
      await daemon.end();
    }
  },
};

/** Else the two sides would not do the same work. */
async function demandEqual(key: string, ...asked: [url: string, body?: object | undefined][]): Promise<void> {
  const agent = new Agent();
  const [ours, theirs] = (await Promise.all(
    asked.map(
      async ([url, body]) => (JSON.parse((await ask(agent, url, body)).toString()) as Record<string, unknown[]>)[key]!,
    ),
  )) as [unknown[], unknown[]];
  for (const [at, one] of ours.entries()) {
    if (!isDeepStrictEqual(one, theirs[at]))
      throw new Broken(
        `the reference shows another record: ${JSON.stringify(theirs[at])} in place of ${JSON.stringify(one)}`,
      );
  }
  if (ours.length !== limit || theirs.length !== limit)
    throw new Broken(`pages of ${ours.length} and ${theirs.length} records`);
}
