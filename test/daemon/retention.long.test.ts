// Retention and backups as an operator meets them: the commands, beside a running daemon, killed in the middle, and done again.
import { afterEach, beforeEach, expect, it } from 'vitest';
import { existsSync, rmSync } from 'node:fs';
import { join } from 'node:path';
import { cdrd, startDaemon, writeConfig, type Daemon } from '../support/daemon.ts';
import { tempFolder } from '../support/store.ts';
import { count, fill, look, number, retentionKills } from './retentionkill.ts';

let folder: string;
let remove: () => void;
let daemon: Daemon | undefined;

beforeEach(() => ({ folder, remove } = tempFolder()));
afterEach(async () => {
  await daemon?.end('SIGKILL');
  daemon = undefined;
  remove();
});

const url = () => `sqlite:${join(folder, 'cdrd.db')}`;

retentionKills('SQLite', async (at) => `sqlite:${join(at, 'cdrd.db')}`);

it('backs up beside the daemon, restores without it, and sends clients of before to the beginning', async () => {
  await fill(url());
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
  await fill(url());
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
  expect((await look(url())).records.filter(({ src }) => src === number)).toEqual([]);
  expect((await run('migrate', '--dry-run')).stdout).toMatch(
    /^the store has the schema \d{4}_\w+\.js already: there is nothing to do\n$/,
  );
});
