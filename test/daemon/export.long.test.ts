// A long export beside ingest: the daemon as a process, its memory and the time a record takes to be stored.
import { afterEach, beforeEach, expect, it } from 'vitest';
import { download, ingestDuring } from '../bench/export.ts';
import { fillStore } from '../bench/filled.ts';
import { startDaemon, type Daemon } from '../support/daemon.ts';
import { tempFolder } from '../support/store.ts';

const rows = 200_000;
let folder: string;
let remove: () => void;
let daemon: Daemon | undefined;

beforeEach(async () => {
  ({ folder, remove } = tempFolder());
  await fillStore(folder, rows);
  const ami = { port: 9, username: 'cdrd', secret: 'nobody listens there' };
  daemon = await startDaemon(folder, { systems: [{ name: 'pbx1', timezone: 'UTC', ami }] });
});
afterEach(async () => {
  await daemon?.end('SIGKILL');
  remove();
});

it.each(['csv', 'ndjson'])(
  'as %s, 200,000 records take bounded memory, and ingest goes on as before',
  async (format) => {
    const { url, child } = daemon!;
    const one = { url, pid: child.pid! };
    // Warm: the heap of the daemon has its size, statements are prepared.
    await ingestDuring(one, download(`${url}/api/v1/companies.${format}`));
    const alone = await ingestDuring(one, new Promise((resolve) => setTimeout(resolve, 3000)));
    const beside = await ingestDuring(one, download(`${url}/api/v1/cdrs.${format}`));
    expect(beside.peak - alone.peak).toBeLessThan(64);
    // The middle one: on a busy machine the slowest are those that waited for a core. `npm run bench -- export` tells the p99.
    expect(beside.p50).toBeLessThan(2 * alone.p50 + 10);
  },
  120_000,
);
