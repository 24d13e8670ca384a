// Killed at any moment of a retry, the daemon neither loses a reject nor doubles a record.
import { afterEach, beforeEach, expect, it } from 'vitest';
import { join } from 'node:path';
import Database from 'better-sqlite3';
import { startDaemon, type Daemon } from '../support/daemon.ts';
import { tempFolder } from '../support/store.ts';

let folder: string;
let remove: () => void;
let daemon: Daemon | undefined;

beforeEach(() => {
  ({ folder, remove } = tempFolder());
});
afterEach(async () => {
  await daemon?.end('SIGKILL');
  daemon = undefined;
  remove();
});

const start = async (...names: string[]) => {
  const systems = names.map((name) => ({ name, table: { url: `sqlite:${folder}/none.db` } }));
  daemon = await startDaemon(folder, { systems });
  return daemon;
};

const total = 2000;

/** What the store holds when nobody has it open. */
function look(): { records: number; rejects: number } {
  const store = new Database(join(folder, 'cdrd.db'));
  const count = (sql: string) => (store.prepare(sql).get() as { n: number }).n;
  const records = count('SELECT COUNT(*) AS n FROM cdr');
  const rejects = count('SELECT COUNT(*) AS n FROM reject');
  const unequal = count('SELECT COUNT(*) AS n FROM source WHERE received <> stored + duplicate + rejected + expired');
  const retried = count("SELECT COALESCE(SUM(stored), 0) AS n FROM source WHERE name = 'pbx9/api'");
  const twice = count('SELECT COUNT(*) - COUNT(DISTINCT uniqueid) AS n FROM cdr');
  store.close();
  expect([unequal, twice, retried]).toEqual([0, 0, records]);
  return { records, rejects };
}

it('leaves each reject either there or stored, whenever it is killed', async () => {
  const first = await start('pbx1');
  for (let from = 0; from < total; from += 1000) {
    const records = Array.from({ length: 1000 }, (_, at) => ({
      ...{ system: 'pbx9', uniqueid: `1795314479.${from + at}`, start: '2026-11-22T03:15:29Z' },
      ...{ duration: 1, disposition: 'BUSY' },
    }));
    await first.post('/api/v1/cdrs', records);
  }
  await first.end();
  expect(look()).toEqual({ records: 0, rejects: total });
  let hasBegun = false;
  for (const waitMs of [5, 40, 90, 200, 1500]) {
    const killed = await start('pbx1', 'pbx9');
    const retry = killed.post('/api/v1/rejects/retry', {}).catch(() => undefined);
    await Promise.race([retry, new Promise((resolve) => setTimeout(resolve, waitMs))]);
    await killed.end('SIGKILL');
    await retry;
    const { records, rejects } = look();
    expect([waitMs, records + rejects]).toEqual([waitMs, total]);
    hasBegun ||= records > 0;
  }
  expect(hasBegun).toBe(true);
  const last = await start('pbx1', 'pbx9');
  for (let more = true; more;) ({ more } = await last.post<{ more: boolean }>('/api/v1/rejects/retry', {}));
  await last.end();
  expect(look()).toEqual({ records: total, rejects: 0 });
});
