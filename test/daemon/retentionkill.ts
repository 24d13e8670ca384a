// Retention that is killed in the middle of a slice, on any store: the slice is whole or not done, and the next run goes on.
import { afterEach, beforeEach, describe, expect, it } from 'vitest';
import { StatsClock } from '../../src/cdr/statsclock.ts';
import { openStore } from '../../src/store/store.ts';
import { someCdr } from '../support/rows.ts';
import { appendTo, everything, recountAll, silent, tempFolder } from '../support/store.ts';
import { cdrd, startDaemon, writeConfig, type Daemon } from '../support/daemon.ts';

export const number = '447700900123';
const old = Date.UTC(2025, 0, 1) * 1000;
export const count = 250;

/** Old records, two a call, with one fresh one at the end. */
export async function fill(url: string): Promise<void> {
  const store = await openStore({ url }, silent);
  const rows = Array.from({ length: count }, (_, at) =>
    someCdr(at, {
      src: number,
      channel: 'PJSIP/telco-0000000a',
      start: old + at * 1e6,
      end: null,
      linkedid: `c.${at >> 1}`,
    }),
  );
  await appendTo(store, 'pbx1/table', [...rows, someCdr(9999, { start: Date.now() * 1000, end: null })]);
  await store.close();
}

export async function look(url: string) {
  const store = await openStore({ url }, silent);
  const span = { from: old, until: old + 86_400e6 };
  const stats = async () =>
    store.stats({ ...span, by: ['outcome'], zone: 'UTC', within: null }, new StatsClock(span.from, span.until, 'UTC'));
  const kept = await stats();
  await recountAll(store);
  const seen = {
    records: await store.list(everything),
    calls: await store.listCalls({ within: null, limit: 1000 }),
    isRight: JSON.stringify(kept) === JSON.stringify(await stats()),
    seqs: (await store.changes(0, 1e9, 10_000)).map(({ seq }) => seq),
  };
  await store.close();
  return seen;
}

/** `freshUrl` gives the URL of an empty store; `folder` is there for its file. */
export function retentionKills(name: string, freshUrl: (folder: string) => Promise<string>): void {
  describe(`retention on ${name}`, () => {
    let folder: string;
    let remove: () => void;
    let daemon: Daemon | undefined;
    beforeEach(() => ({ folder, remove } = tempFolder()));
    afterEach(async () => {
      await daemon?.end('SIGKILL');
      daemon = undefined;
      remove();
    });

    it.each([
      ['records removed:5', { retention_days: 30 }, { removed: count, anonymised: 0 }],
      ['records written:2', { anonymise_days: 30 }, { removed: 0, anonymised: count }],
    ] as const)('is whole or not done when it is killed at "%s", and goes on', async (point, retention, sum) => {
      const url = await freshUrl(folder);
      await fill(url);
      const config = { systems: [], retention, store: { url, data_dir: folder } };
      daemon = await startDaemon(folder, config, { env: { CDRD_FAILPOINT: point } });
      await daemon.post('/api/v1/jobs/retention/run', {}).catch(() => undefined);
      await expect.poll(() => daemon!.child.exitCode ?? daemon!.child.signalCode, { timeout: 20_000 }).not.toBe(null);
      daemon = undefined;
      const half = await look(url);
      const left = half.records.filter(({ src }) => src === number).length;
      expect([half.isRight, left > 0 && left < count, half.records.length + half.calls.length > 0]).toEqual([
        true,
        true,
        true,
      ]);

      daemon = await startDaemon(folder, config);
      const dry = JSON.parse(
        (await cdrd(['--config', writeConfig(folder, config), 'purge', '--dry-run', '--json'])).stdout,
      ) as object;
      expect(dry).toMatchObject(Object.fromEntries(Object.entries(sum).map(([what, most]) => [what, most && left])));
      const run = await cdrd(['--config', writeConfig(folder, config), 'purge', '--json', '--quiet']);
      const [done, told] = [JSON.parse(run.stdout) as object, dry];
      expect({ ...done, dry_run: true }).toEqual({ ...told, looked: expect.any(Number) as number });
      await daemon.end();
      daemon = undefined;
      const whole = await look(url);
      expect(whole.records.filter(({ src }) => src === number)).toEqual([]);
      expect([whole.isRight, whole.records.length]).toEqual([true, count + 1 - sum.removed]);
      expect(whole.seqs).toEqual(whole.seqs.map((_, at) => at + 1));
    });
  });
}
