// Retention and backups as an operator meets them: the commands, beside a running daemon, killed in the middle, and done again.
import { afterEach, beforeEach, expect, it } from 'vitest';
import { existsSync, rmSync } from 'node:fs';
import { join } from 'node:path';
import { StatsClock } from '../../src/cdr/statsclock.ts';
import { openStore } from '../../src/store/store.ts';
import { someCdr } from '../support/rows.ts';
import { appendTo, everything, recountAll, silent, tempFolder } from '../support/store.ts';
import { cdrd, startDaemon, writeConfig, type Daemon } from '../support/daemon.ts';

let folder: string;
let remove: () => void;
let daemon: Daemon | undefined;

beforeEach(() => ({ folder, remove } = tempFolder()));
afterEach(async () => {
  await daemon?.end('SIGKILL');
  daemon = undefined;
  remove();
});

const number = '447700900123';
const old = Date.UTC(2025, 0, 1) * 1000;
const count = 250;
const url = () => `sqlite:${join(folder, 'cdrd.db')}`;

/** Old records, two a call, with one fresh one at the end. */
async function fill(): Promise<void> {
  const store = await openStore({ url: url() }, silent);
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

async function look() {
  const store = await openStore({ url: url() }, silent);
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

it.each([
  ['records removed:5', { retention_days: 30 }, { removed: count, anonymised: 0 }],
  ['records written:2', { anonymise_days: 30 }, { removed: 0, anonymised: count }],
] as const)('is whole or not done when it is killed at "%s", and goes on', async (point, retention, sum) => {
  await fill();
  const config = { systems: [], retention };
  daemon = await startDaemon(folder, config, { env: { CDRD_FAILPOINT: point } });
  await daemon.post('/api/v1/jobs/retention/run', {}).catch(() => undefined);
  await expect.poll(() => daemon!.child.exitCode ?? daemon!.child.signalCode, { timeout: 20_000 }).not.toBe(null);
  daemon = undefined;
  const half = await look();
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
  const whole = await look();
  expect(whole.records.filter(({ src }) => src === number)).toEqual([]);
  expect([whole.isRight, whole.records.length]).toEqual([true, count + 1 - sum.removed]);
  expect(whole.seqs).toEqual(whole.seqs.map((_, at) => at + 1));
});

it('backs up beside the daemon, restores without it, and sends clients of before to the beginning', async () => {
  await fill();
  const config = writeConfig(folder, { systems: [] });
  const run = (...args: string[]) => cdrd(['--config', config, ...args]);
  daemon = await startDaemon(folder, { systems: [] });
  const file = join(folder, 'b.gz');
  expect((await run('backup', file)).stdout).toContain(`${file}: ${count + 1} records`);
  expect((await run('backup', file)).stderr).toContain('is there already: another name, or --force');
  expect(await run('restore', file)).toMatchObject({
    code: 69,
    stderr: expect.stringContaining('stop it first') as string,
  });
  const { generation } = await daemon.get<{ generation: string }>('/api/v1/changes?after=0&limit=1');
  await daemon.end();
  expect(await run('restore', file)).toMatchObject({ code: 64, stderr: expect.stringContaining('--force') as string });
  expect((await run('restore', file, '--force')).stdout).toContain(`has ${count + 1} records`);
  expect(existsSync(join(folder, 'cdrd.db.restoring'))).toBe(false);
  daemon = await startDaemon(folder, { systems: [] });
  const told = await daemon.get<{ status: number; reason: string }>(`/api/v1/changes?after=3&generation=${generation}`);
  expect(told).toMatchObject({ status: 409, reason: expect.any(String) as string });
  expect(await daemon.records()).toHaveLength(count + 1);
  const { stdout } = await run('audit', '--json');
  expect(stdout).toContain('store.restored');
  rmSync(file);
});

it('says what it lacks: retention that is off, a number that is none, a way back that is not there', async () => {
  await fill();
  const config = writeConfig(folder, { systems: [] });
  const run = (...args: string[]) => cdrd(['--config', config, ...args]);
  expect(await run('purge')).toMatchObject({ code: 64, stderr: expect.stringContaining('retention is off') as string });
  expect((await run('anonymise', '--number', number)).stderr).toContain(
    'there is no way back: look with --dry-run first',
  );
  expect((await run('anonymise', '--number', 'bob', '--yes')).stderr).toContain(
    '"bob" is not a number of at least 3 digits',
  );
  expect((await run('hold', 'add')).stderr).toContain('expected --company or --number, one of them');
  await run('hold', 'add', '--number', number, '--reason', 'case 7');
  expect((await run('hold')).stdout).toContain(`${number}  case 7`);
  expect((await run('anonymise', '--number', number, '--dry-run')).stdout).toContain(`${count} records are held`);
  expect((await run('hold', 'remove', '1')).stdout).toBe('hold 1 is removed\n');
  expect((await run('anonymise', '--number', number, '--yes', '--quiet')).stdout).toContain(`${count} were anonymised`);
  expect((await look()).records.filter(({ src }) => src === number)).toEqual([]);
  expect((await run('migrate', '--dry-run')).stdout).toMatch(
    /^the store has the schema \d{4}_\w+\.js already: there is nothing to do\n$/,
  );
});
