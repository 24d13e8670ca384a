// beside: what AMI → WebSocket takes while somebody reads everything: a search without a find, an export and statistics at once, each kept up.
import { setTimeout as delay } from 'node:timers/promises';
import { Broken } from '../../src/errors.ts';
import { adminToken } from '../support/daemon.ts';
import { openDaemonSide, play } from './amitows.ts';
import { eventsIn, storeOf } from './filled.ts';
import { figureOf, type Pair, type Part } from './pairs.ts';

const headers = { authorization: `Bearer ${adminToken}`, 'content-type': 'application/json' };

export const beside: Part = {
  name: 'beside',
  about: 'AMI event → WebSocket message beside three heavy reads of a large store, against the same daemon when quiet',
  async run(options) {
    const { isShort, pairs } = options;
    const { file } = await storeOf(options);
    // The long read is the load; the pace is what a busy PBX tells.
    const rate = isShort ? 50 : options.rate;
    const count = rate * (isShort ? 1 : 10);
    const side = await openDaemonSide(10, { file });
    let next = eventsIn(file);
    const once = async () => play(side, (next += count) - count, count, rate);
    try {
      await once();
      const runs: Pair<Awaited<ReturnType<typeof once>>>[] = [];
      for (let pair = 0; pair < pairs; pair++) {
        const reference = await once();
        const stop = new AbortController();
        const reading = heavyReads(side.url, stop.signal);
        await delay(100);
        const measured = await once();
        stop.abort();
        await reading;
        runs.push({ measured, reference });
      }
      return (['p50', 'p99'] as const).map((quantile) =>
        figureOf(
          { part: beside.name, case: `10 clients, ${rate}/s, ${quantile}`, unit: 'ms' },
          runs.map(({ measured, reference }) => ({ measured: measured[quantile], reference: reference[quantile] })),
        ),
      );
    } finally {
      await side.end();
    }
  },
};

/** Each again and again until the signal; what is cut then is no fault. */
async function heavyReads(url: string, signal: AbortSignal): Promise<void> {
  const reads = [
    `${url}/api/v1/cdrs?min_duration=900000&limit=50`,
    `${url}/api/v1/cdrs.csv`,
    `${url}/api/v1/stats?from=2026-11-01&to=2027-01-01&by=company&min_duration=1`,
  ];
  await Promise.all(
    reads.map(async (read) => {
      while (!signal.aborted) {
        const answer = await fetch(read, { headers, signal }).catch(() => null);
        // Who asks too often is told so, and asks again.
        if (answer?.ok === false && answer.status !== 429)
          throw new Broken(`${read} was answered with ${answer.status}`);
        await answer?.body?.pipeTo(new WritableStream(), { signal }).catch(() => undefined);
        await delay(10);
      }
    }),
  );
}
