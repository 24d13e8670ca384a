// Rejects, jobs, companies and extensions from the command line, without a daemon and through one, in the same words.
import { afterEach, beforeEach, describe, expect, it } from 'vitest';
import { writeFileSync } from 'node:fs';
import { join } from 'node:path';
import { cdrd, startDaemon, writeConfig, type Daemon } from '../support/daemon.ts';
import { tempFolder } from '../support/store.ts';

let folder: string;
let remove: () => void;
let daemon: Daemon | undefined;
let config: string;

const systems = (...names: string[]) =>
  names.map((name) => ({ name, table: { url: `sqlite:${folder}/none.db` }, timezone: 'Europe/Berlin' }));
const call = (number: number, more: object = {}) => ({
  ...{ uniqueid: `1795314479.${number}`, start: '2026-11-22T03:15:29Z', duration: 5, disposition: 'BUSY', ...more },
});

beforeEach(() => {
  ({ folder, remove } = tempFolder());
  config = writeConfig(folder, { systems: systems('pbx1') });
});
afterEach(async () => {
  await daemon?.end('SIGKILL');
  daemon = undefined;
  remove();
});

const run = (...args: string[]) => cdrd(['--config', config, ...args]);
const start = async (...names: string[]) => {
  await daemon?.end();
  daemon = await startDaemon(folder, { systems: systems(...names) });
};
const stop = async () => {
  await daemon?.end();
  daemon = undefined;
};

describe.each(['through a daemon', 'without one'])('cdrd rejects, %s', (how) => {
  const isRunning = how === 'through a daemon';
  beforeEach(async () => {
    await start('pbx1');
    await daemon!.post('/api/v1/cdrs', [
      ...[1, 2, 3].map((number) => call(number, { system: 'pbx9' })),
      call(4, { system: 'pbx1', oops: 'x'.repeat(400) }),
    ]);
    if (!isRunning) await stop();
  });

  it('lists and shows them', async () => {
    const listed = JSON.parse((await run('rejects', '--json')).stdout) as { id: number; source: string }[];
    expect(listed.map(({ id, source }) => [id, source])).toEqual([
      [4, 'pbx1/api'],
      [3, 'api'],
      [2, 'api'],
      [1, 'api'],
    ]);
    expect((await run('rejects', 'show', '1')).stdout).toContain('{"uniqueid":"1795314479.1",');
    expect((await run('rejects', 'list', '--source', 'pbx1/api')).stdout).toMatch(/^4 {2}pbx1\/api .*\n {4}oops: /);
    expect((await run('rejects', '--source', 'api', '--to', '2001-01-01T00:00:00Z')).stdout).toBe(
      'no rejects are kept\n',
    );
    expect((await run('rejects', 'show', 'x')).stderr).toBe(
      'cdrd: "x" is not the number of a reject, see "cdrd rejects"\n',
    );
  });

  it('tries them again with the configuration of now', async () => {
    const again = await run('rejects', 'retry', '1');
    expect(again).toMatchObject({ code: 0, stdout: '0 stored, 0 known already, 1 rejected again\n' });
    expect(again.stderr).toBe(
      'reject 1 stays: system: "pbx9" is not configured, expected one of pbx1 (uniqueid 1795314479.1)\n',
    );
    config = writeConfig(folder, { systems: systems('pbx1', 'pbx9') });
    if (isRunning) await start('pbx1', 'pbx9');
    expect((await run('rejects', 'retry')).stdout).toBe('3 stored, 0 known already, 1 rejected again\n');
    expect((await run('rejects', 'retry', '77')).stderr).toBe('cdrd: there is no reject 77, see "cdrd rejects"\n');
  });

  it('names the systems there are when one is asked for that never was, not when it has left rejects', async () => {
    for (const args of [[], ['retry'], ['discard']]) {
      expect(await run('rejects', ...args, '--system', 'zz')).toMatchObject({
        ...{ code: 64, stdout: '' },
        stderr: 'cdrd: --system: "zz" is not configured, expected one of pbx1\n',
      });
    }
    config = writeConfig(folder, { systems: systems('pbx2') });
    if (isRunning) await start('pbx2');
    expect(await run('rejects', 'discard', '--system', 'pbx1')).toMatchObject({ code: 0, stdout: '1 discarded\n' });
    expect(await run('rejects', 'retry', '--system', 'pbx2')).toMatchObject({ code: 0 });
  });

  it('discards them, and never all by an oversight', async () => {
    expect((await run('rejects', 'discard')).stderr).toContain('say which: numbers, --source, --system,');
    expect((await run('rejects', 'discard', '1', '--system', 'pbx1')).code).toBe(64);
    expect((await run('rejects', 'discard', '1', '--all')).code).toBe(64);
    expect(await run('rejects', 'discard', '--source', 'pbx1/api')).toMatchObject({ stdout: '1 discarded\n' });
    expect(await run('rejects', 'discard', '2')).toMatchObject({ code: 0, stdout: '1 discarded\n' });
    expect(await run('rejects', 'discard', '--all')).toMatchObject({ code: 0, stdout: '2 discarded\n' });
    expect((await run('rejects')).stdout).toBe('no rejects are kept\n');
  });
});

describe('cdrd jobs', () => {
  it('lists them and runs one to its end', async () => {
    await run('migrate');
    for (const isRunning of [true, false]) {
      if (isRunning) await start('pbx1');
      else await stop();
      expect(await run('jobs', 'run', 'sessions')).toMatchObject({ code: 0 });
      expect((await run('jobs')).stdout).toMatch(/sessions +17 \* \* \* \* UTC .* done, removed 0, \d\.\d s/);
      const list = JSON.parse((await run('jobs', 'list', '--json')).stdout) as Record<string, unknown>[];
      // What a daemon alone can do stands in its list alone.
      const names = [
        'optimize',
        ...(isRunning ? ['reconcile-pbx1'] : []),
        'recounts',
        'rejects',
        'reports',
        'retention',
        'sessions',
      ];
      expect(list.map(({ name }) => name)).toEqual(names);
      expect(list.at(-1)).toMatchObject({ runs: isRunning ? 1 : 2, outcome: 'done', schedule: '17 * * * *' });
      expect(await run('jobs', 'run', 'nap')).toMatchObject({
        ...{ code: 64, stderr: `cdrd: there is no job nap, expected one of ${names.join(', ')}\n` },
      });
    }
  });

  it('with a schedule that is none is a fault of the configuration, told with the others', async () => {
    config = writeConfig(folder, { systems: [], jobs: { timezone: 'Mars', sessions: '61 * * * *', optimize: 'off' } });
    const { code, stderr } = await run('check');
    expect(code).toBe(78);
    expect(stderr).toContain('jobs.timezone: found "Mars", expected a zone like Europe/London or UTC');
    expect(stderr).toMatch(
      /cdrd\.yaml:\d+:\d+: jobs\.sessions: found "61 \* \* \* \*", expected five fields of cron like "17 3 \* \* \*", or off: 61 is/,
    );
    expect(stderr).not.toContain('optimize');
    expect((await run('jobs')).code).toBe(78);
    expect((await run('token', 'create', 'x')).code).toBe(0);
  });

  it('catches up at the start what fell due while the daemon was away, and drains at its end', async () => {
    config = writeConfig(folder, { systems: [] });
    await start('pbx1');
    await stop();
    const { default: Database } = await import('better-sqlite3');
    const store = new Database(join(folder, 'cdrd.db'));
    store.prepare("UPDATE job SET due = 1 WHERE name IN ('sessions', 'rejects')").run();
    store.close();
    await start('pbx1');
    for (const job of ['sessions', 'rejects']) {
      await daemon!.said('a job is done');
      const { jobs } = await daemon!.get<{ jobs: { name: string; runs: number }[] }>('/api/v1/jobs');
      expect(jobs.find(({ name }) => name === job)!.runs).toBe(1);
    }
    const metrics = await (await fetch(`${daemon!.url}/metrics`)).text();
    expect(metrics).toMatch(/^cdrd_job_last_success_timestamp_seconds\{name="sessions"\} 1\d{9}/m);
    expect(metrics).toMatch(/^cdrd_job_runs_total\{name="optimize"\} 0$/m);
    expect(await daemon!.end()).toBe(0);
    daemon = undefined;
  });
});

describe.each(['without a daemon', 'through one'])('cdrd company and cdrd extension, %s', (how) => {
  let companies: string;
  let extensions: string;
  beforeEach(async () => {
    companies = join(folder, 'companies.csv');
    extensions = join(folder, 'extensions.csv');
    writeFileSync(companies, '\uFEFFhandle;name\r\nacme;Acme\r\nbeta;\r\n');
    writeFileSync(extensions, 'company,number,name\nacme,101,Ann\n,200,\n');
    if (how === 'through one') await start('pbx1');
  });

  it('import files, which may be done again', async () => {
    expect(await run('company', 'import', companies, '--dry-run')).toMatchObject({
      ...{ code: 0, stdout: '2 rows: 2 would be added, 0 would be changed, 0 as they were\n' },
    });
    expect((await run('company', 'import', companies)).stdout).toBe('2 rows: 2 added, 0 changed, 0 as they were\n');
    expect((await run('company', 'import', companies)).stdout).toBe('2 rows: 0 added, 0 changed, 2 as they were\n');
    expect((await run('extension', 'import', extensions)).stdout).toBe('2 rows: 2 added, 0 changed, 0 as they were\n');
    expect((await run('extension', 'list', '--json')).stdout).toContain('"number": "200"');
    writeFileSync(extensions, 'company,number\nacme,1\nzeta,2\neta,3\n');
    const wrong = await run('extension', 'import', extensions);
    expect([wrong.code, wrong.stderr]).toEqual([
      64,
      'line 3, company: there is no company "zeta", import the companies first\n' +
        'line 4, company: there is no company "eta", import the companies first\n' +
        'cdrd: nothing was imported: line 3, company: there is no company "zeta", import the companies first (the first of 2 faults)\n',
    ]);
    expect((await run('extension', 'import', join(folder, 'none.csv'))).code).toBe(69);
  });

  it('list and add', async () => {
    expect((await run('company', 'add', 'gamma', '--name', 'Gamma Ltd')).stdout).toBe(
      'company gamma is added, it has the id 1\n',
    );
    expect((await run('company', 'add', 'GAMMA')).stderr).toBe(
      'cdrd: there is a company gamma already, it has the id 1\n',
    );
    expect((await run('company', 'list')).stdout).toMatch(
      /^ID {2}HANDLE {2}NAME {7}LISTED\n1 {3}gamma {3}Gamma Ltd {2}yes\n/,
    );
    expect((await run('extension', 'add', '7', '--company', 'gamma')).stdout).toBe(
      'extension 7 of gamma is added, it has the id 1\n',
    );
    expect((await run('extension', 'list')).stdout).toMatch(/\n1 {3}gamma {4}7 {7}- {5}yes\n$/);
  });
});
