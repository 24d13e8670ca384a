// beside: what AMI → WebSocket takes while somebody reads everything: a search without a find, an export and statistics at once, each kept up.
import { setTimeout as delay } from 'node:timers/promises';
import { fileURLToPath } from 'node:url';
import { Broken } from '../../src/errors.ts';
import { adminToken } from '../support/daemon.ts';
import { openDaemonSide, play } from './amitows.ts';
import { startChild, type Child } from './cleanup.ts';
import { eventsIn, storeOf } from './filled.ts';
import { figureOf, type Pair, type Part } from './pairs.ts';

const drain = fileURLToPath(new URL('bare/drain.ts', import.meta.url));

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
        const reading = await heavyReads(side.url);
        await delay(500);
        const measured = await once();
        if (reading.process.exitCode !== null) throw new Broken('the heavy reads ended before the run');
        await reading.end();
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

/** In a process of their own: what they take must not keep the clients waiting whose messages are timed. */
function heavyReads(url: string): Promise<Child<string>> {
  const reads = [
    `${url}/api/v1/cdrs?min_duration=900000&limit=50`,
    `${url}/api/v1/cdrs.csv`,
    `${url}/api/v1/stats?from=2026-11-01&to=2027-01-01&by=company&min_duration=1`,
  ];
  return startChild([drain, adminToken, ...reads], (line) => (line === 'reading' ? line : undefined));
}
