// cdrd import as a person meets it: with and without a daemon, killed, interrupted, repeated.
import { spawn } from 'node:child_process';
import { once } from 'node:events';
import { existsSync, mkdtempSync, readFileSync, rmSync, statSync, writeFileSync } from 'node:fs';
import { tmpdir } from 'node:os';
import { join } from 'node:path';
import { gzipSync } from 'node:zlib';
import Database from 'better-sqlite3';
import { afterEach, beforeEach, describe, expect, it } from 'vitest';
import { captureRecords } from '../simulator/capture.ts';
import { allColumns, masterLine, masterText } from '../sources/import/files.ts';
import { cdrd, launcher, startDaemon, writeConfig, type Daemon, type Run } from '../support/daemon.ts';
import { until } from '../support/until.ts';

const systems = [
  { name: 'pbx1', timezone: 'UTC', ami: { username: 'cdrd', secret: '${NOT_SET}' } },
  { name: 'pbx2', timezone: 'UTC', ami: { username: 'cdrd', secret: '${NOT_SET}' } },
];
/** Port 9 answers nobody: the daemon runs with AMI down. */
const heard = systems.map((system) => ({
  ...system,
  ami: { username: 'cdrd', secret: 'x', host: '127.0.0.1', port: 9 },
}));

let folder: string;
let config: string;
let daemon: Daemon | undefined;

beforeEach(() => {
  folder = mkdtempSync(join(tmpdir(), 'cdrd-import-'));
  config = writeConfig(folder, { systems });
});
afterEach(async () => {
  await daemon?.end('SIGKILL');
  daemon = undefined;
  rmSync(folder, { recursive: true, force: true });
});

const run = (...args: string[]): Promise<Run> => cdrd(['--config', config, 'import', ...args]);
const file = (name: string, content: string | Buffer): string => {
  writeFileSync(join(folder, name), content);
  return join(folder, name);
};
interface Told {
  received: number;
  stored: number;
  duplicate: number;
  enriched: number;
  rejected: number;
  expired: number;
}
const counts = async (...args: string[]): Promise<Told> => {
  const told = await run('--json', ...args);
  if (told.stdout === '') throw new Error(`told nothing, code ${told.code}: ${told.stderr}`);
  return JSON.parse(told.stdout) as Told;
};

/** So many answered records of channels of their own. */
function manyText(count: number): string {
  const [record] = captureRecords;
  const lines = Array.from({ length: count }, (_, at) => {
    const uniqueid = `${Math.floor(record!.start / 1e6)}.${1000 + at}`;
    return masterLine({ ...record!, uniqueid, linkedid: uniqueid, sequence: record!.sequence }, allColumns);
  });
  return `${lines.join('\n')}\n`;
}

describe('cdrd import', () => {
  it('counts equal rows over the files of a rotation, oldest first, and none twice when it is given again', async () => {
    const lines = masterText({ loguniqueid: true }).split(/(?<=\n)/);
    const twin = lines.findIndex((line, at) => lines.indexOf(line) !== at);
    const now = file('Master.csv', lines.slice(twin).join(''));
    const before = file('Master.csv.1.gz', gzipSync(lines.slice(0, twin).join('')));
    expect(await counts('--system', 'pbx1', now, before)).toMatchObject({ received: 40, stored: 40, rejected: 0 });
    expect(await counts('--system', 'pbx1', before, now)).toMatchObject({ received: 40, stored: 0, duplicate: 40 });
    expect(await counts('--system', 'pbx1', now)).toMatchObject({ stored: 0 });
  });

  it('is in the audit with its files and counts, with and without a daemon, also when it fails; a dry run is not', async () => {
    const path = file('Master.csv', masterText(allColumns));
    const torn = file('torn.csv.gz', gzipSync(manyText(50)).subarray(0, 100));
    await run('--system', 'pbx1', '--dry-run', path);
    await run('--system', 'pbx1', path);
    daemon = await startDaemon(folder, { systems: heard });
    await run('--system', 'pbx1', path, path);
    expect((await run('--system', 'pbx1', torn)).code).toBe(64);
    type Entry = { action: string; by: object; object: string; detail: Record<string, unknown> };
    const { audit } = await daemon.get<{ audit: Entry[] }>('/api/v1/audit?after=0');
    const entries = audit.filter(({ action }) => action === 'import');
    expect(
      entries.map(({ object, detail }) => [object, detail['state'], detail['received'], detail['stored']]),
    ).toEqual([
      [path, 'begun', undefined, undefined],
      [path, 'finished', 40, 40],
      [`${path} and 1 more`, 'begun', undefined, undefined],
      [`${path} and 1 more`, 'finished', 80, 0],
      [torn, 'begun', undefined, undefined],
      [torn, 'failed', 0, 0],
    ]);
    expect(entries[1]!.by).toEqual({ kind: 'command', id: null, name: 'cdrd', address: null });
    expect(entries[1]!.detail).toMatchObject({
      import: entries[0]!.detail['import'],
      system: 'pbx1',
      files: [path],
      others: 0,
    });
    expect((await cdrd(['--config', config, 'audit'])).stdout).toContain(`import ${path} {`);
  });

  it('stores the records of a file without a daemon, asks for no secrets, and finds nothing new a second time', async () => {
    const path = file('Master.csv', masterText(allColumns));
    const first = await run('--system', 'pbx1', path);
    expect(first).toMatchObject({ code: 0, stderr: '' });
    expect(first.stdout).toContain(
      `${path}: master, 40 rows\n40 rows: 40 new, 0 known (0 of them enriched), 0 rejected\n`,
    );
    const packed = file('Master.csv.gz', gzipSync(masterText(allColumns)));
    const again = await counts('--system', 'pbx1', path, packed);
    expect(again).toMatchObject({ received: 80, stored: 0, duplicate: 80, enriched: 0, rejected: 0, expired: 0 });
  });

  it('goes through the running daemon, whose readers see the records at once', async () => {
    config = writeConfig(folder, { systems: heard });
    daemon = await startDaemon(folder, { systems: heard });
    const path = file('Master.csv', `${masterText(allColumns)}short,line\n`);
    const { code, stdout, stderr } = await run('--system', 'pbx1', '--batch', '7', path);
    expect(code).toBe(1);
    expect(stdout).toContain('41 rows: 40 new, 0 known (0 of them enriched), 1 rejected');
    expect(stderr).toContain(`rejected: ${path} line 41: has 2 columns, expected 16 to 21 columns`);
    const { cdrs } = await daemon.get<{ cdrs: { id: number; system: string }[] }>('/api/v1/cdrs?limit=100');
    expect(cdrs.map(({ id }) => id)).toEqual(Array.from({ length: 40 }, (_, at) => at + 1));
    const metrics = await (await fetch(`${daemon.url}/metrics`)).text();
    expect(metrics).toContain('cdrd_source_rejected_total{source="pbx1/import"} 1');
    const rejects = JSON.parse((await cdrd(['--config', config, 'rejects', '--json'])).stdout) as object[];
    expect(rejects).toMatchObject([{ source: 'pbx1/import', raw: '{"line":"short,line"}' }]);
  });

  it('takes an export of ours by the systems that it names', async () => {
    config = writeConfig(folder, { systems: heard });
    daemon = await startDaemon(folder, { systems: heard });
    await run('--system', 'pbx1', file('a.csv', masterText(allColumns)));
    await run('--system', 'pbx2', file('b.csv', masterText({ loguniqueid: true })));
    const { cdrs } = await daemon.get<{ cdrs: object[] }>('/api/v1/cdrs?limit=100');
    const strange = { ...cdrs[0], system: 'pbx3' };
    const path = file('export.ndjson', [...cdrs, strange].map((cdr) => `${JSON.stringify(cdr)}\n`).join(''));
    expect(await counts(path)).toMatchObject({ received: 81, stored: 0, duplicate: 80, enriched: 0, rejected: 1 });
    expect(await counts(path, '--system', 'pbx2')).toMatchObject({ received: 81, duplicate: 40, rejected: 41 });
  });

  it('a row of another system is none of this one when it is tried again, and goes where it belongs once that is known', async () => {
    config = writeConfig(folder, { systems: heard });
    daemon = await startDaemon(folder, { systems: heard });
    await run('--system', 'pbx1', file('a.csv', masterText(allColumns)));
    const { cdrs } = await daemon.get<{ cdrs: { dst: string }[] }>('/api/v1/cdrs?limit=100');
    const line = (cdr: object) => `${JSON.stringify(cdr)}\n`;
    const strange = (system: string) => line({ ...cdrs[0], system, dst: `of ${system}` });
    const mixed = file('mixed.ndjson', line(cdrs[1]!) + strange('pbx2'));
    expect(await counts(mixed, '--system', 'pbx1')).toMatchObject({ duplicate: 1, rejected: 1 });
    expect(await counts(file('strange.ndjson', strange('pbx3')))).toMatchObject({ rejected: 1 });
    const retried = async () => (await cdrd(['--config', config, 'rejects', 'retry'])).stdout;
    expect(await retried()).toContain('0 stored, 0 known already, 2 rejected again');
    const dsts = async () =>
      (await daemon!.get<{ cdrs: { system: string; dst: string }[] }>('/api/v1/cdrs?limit=100')).cdrs
        .filter(({ dst }) => dst.startsWith('of '))
        .map(({ system, dst }) => `${system} ${dst}`);
    expect(await dsts()).toEqual([]);
    await daemon.end('SIGTERM');
    const more = [...heard, { ...heard[0]!, name: 'pbx3' }];
    config = writeConfig(folder, { systems: more });
    daemon = await startDaemon(folder, { systems: more });
    expect(await retried()).toContain('1 stored, 0 known already, 1 rejected again');
    expect(await dsts()).toEqual(['pbx3 of pbx3']);
  });

  it('writes rejects to a file that can be mended and imported again', async () => {
    const bad = masterLine({ ...captureRecords[1]!, uniqueid: '' }, allColumns);
    const path = file('Master.csv', `${masterLine(captureRecords[0]!, allColumns)}\n${bad}\ntorn,"\n`);
    const rejects = join(folder, 'rejects.csv');
    expect(await run('--system', 'pbx1', '--rejects', rejects, path)).toMatchObject({ code: 1, stderr: '' });
    const text = readFileSync(rejects, 'utf8');
    expect(text.split('\n')).toEqual([
      expect.stringContaining(`#cdrd ${path} line 2: uniqueid: is`),
      bad,
      `#cdrd ${path} line 3: opens a quote that is not closed: the line was torn`,
      'torn,"',
      '',
    ]);
    expect(statSync(rejects).mode & 0o777).toBe(0o600);
    const mended = text.replace(bad, masterLine(captureRecords[1]!, allColumns)).replace('torn,"\n', '');
    const other = file('mended.csv', mended);
    expect(await counts('--system', 'pbx1', other)).toMatchObject({ received: 1, stored: 1, rejected: 0 });
    const same = await run('--system', 'pbx1', '--rejects', path, path);
    expect(same).toMatchObject({
      code: 64,
      stderr: expect.stringContaining('is a file that is to be imported') as string,
    });
    expect(readFileSync(path, 'utf8')).toContain(bad);
  });

  it('takes the rejects of lines away that are taken later as they stand, and says how those of mended lines go', async () => {
    const bare = masterText({ loguniqueid: false });
    const path = file('Master.csv', `${bare}short,line\n`);
    const first = await run('--system', 'pbx1', path);
    expect(first.stdout).toContain(
      '41 rejected\nrejected rows are kept, with those of all sources at most 10,000 (rejects.keep): "cdrd rejects --source pbx1/import" lists them',
    );
    expect(first.stdout).toContain('mended in the file stay: "cdrd rejects discard --source pbx1/import"');
    const kept = async () => JSON.parse((await cdrd(['--config', config, 'rejects', '--json'])).stdout) as object[];
    expect(await kept()).toHaveLength(new Set(`${bare}short,line`.split('\n')).size);
    daemon = await startDaemon(folder, { systems: heard });
    config = writeConfig(folder, { systems: heard });
    expect(await counts('--system', 'pbx1', '--derive-uniqueid', path)).toMatchObject({ stored: 40, rejected: 1 });
    expect(await kept()).toMatchObject([{ raw: '{"line":"short,line"}', count: 2 }]);
  });

  it('tells with --dry-run what would be rejected, and makes no store', async () => {
    const path = file('Master.csv', `${masterText(allColumns)}a,b\n`);
    const { code, stdout } = await run('--system', 'pbx1', '--dry-run', path);
    expect(code).toBe(1);
    expect(stdout).toContain('41 rows: 40 can be read, 1 rejected\nnothing was stored: --dry-run');
    expect(existsSync(join(folder, 'cdrd.db'))).toBe(false);
  });

  it('is complete after a kill -9 of the daemon or of itself in the middle, and a repetition', async () => {
    config = writeConfig(folder, { systems: heard });
    const path = file('many.csv', manyText(3000));
    for (const killed of ['daemon', 'command'] as const) {
      daemon = await startDaemon(folder, { systems: heard });
      const before = await total();
      const child = spawn(process.execPath, [
        launcher,
        '--config',
        config,
        'import',
        '--system',
        'pbx1',
        '--batch',
        '20',
        path,
      ]);
      const gone = once(child, 'close') as Promise<[number | null]>;
      let said = '';
      child.stderr.on('data', (data: Buffer) => (said += data.toString()));
      await until(async () => (await total()) >= before + 200, 'some records');
      if (killed === 'daemon') {
        await daemon.end('SIGKILL');
        expect((await gone)[0]).toBe(69);
        // Cut off in the middle of an answer, or between two.
        expect(said).toMatch(/went away|its socket/);
      } else {
        child.kill('SIGKILL');
        await gone;
        await daemon.end();
      }
    }
    daemon = await startDaemon(folder, { systems: heard });
    const had = await total();
    expect(had).toBeLessThan(3000);
    expect(await counts('--system', 'pbx1', path)).toMatchObject({
      received: 3000,
      stored: 3000 - had,
      duplicate: had,
    });
    expect(await total()).toBe(3000);
  });

  it('stops after the batch in hand at Ctrl-C, says how to go on, and goes on', async () => {
    const path = file('many.csv', manyText(5000));
    const args = ['--config', config, 'import', '--system', 'pbx1', '--batch', '5', path];
    const child = spawn(process.execPath, [launcher, ...args]);
    let said = '';
    child.stdout.on('data', (data: Buffer) => (said += data.toString()));
    const gone = once(child, 'close') as Promise<[number | null]>;
    await until(() => committed() > 0, 'a commit');
    child.kill('SIGINT');
    expect((await gone)[0]).toBe(130);
    expect(said).toContain('interrupted; to go on, give the same command again');
    const had = Number(/ ([\d,]+) new/.exec(said)![1]!.replace(',', ''));
    expect(had % 5).toBe(0);
    expect(had).toBeGreaterThan(0);
    expect(await counts('--system', 'pbx1', path)).toMatchObject({
      received: 5000,
      stored: 5000 - had,
      duplicate: had,
    });
  });

  it('reads the standard input, and can be interrupted while it waits there', async () => {
    const child = spawn(process.execPath, [launcher, '--config', config, 'import', '--system', 'pbx1', '--json', '-']);
    let said = '';
    child.stdout.on('data', (data: Buffer) => (said += data.toString()));
    child.stdin.end(masterText(allColumns));
    await once(child, 'close');
    expect(JSON.parse(said)).toMatchObject({ received: 40, stored: 40 });
    const args = ['--system', 'pbx1', '--timezone', 'UTC', '--batch', '5', '-'];
    const waiting = spawn(process.execPath, [launcher, '--config', config, 'import', ...args]);
    const gone = once(waiting, 'close') as Promise<[number | null]>;
    waiting.stdin.write(masterText(allColumns));
    waiting.stdin.on('error', () => undefined);
    const wal = join(folder, 'cdrd.db-wal');
    await until(() => existsSync(wal) && statSync(wal).size > 0, 'some batches to be committed');
    waiting.kill('SIGINT');
    expect((await gone)[0]).toBe(130);
  });

  it('needs bounded memory for a file of 200,000 rows', async () => {
    const path = file('many.csv', manyText(200_000));
    const args = [
      '--max-old-space-size=96',
      launcher,
      '--config',
      config,
      'import',
      '--system',
      'pbx1',
      '--json',
      path,
    ];
    const child = spawn(process.execPath, args, { env: { ...process.env, NODE_OPTIONS: '--max-old-space-size=96' } });
    let said = '';
    let most = 0;
    child.stdout.on('data', (data: Buffer) => (said += data.toString()));
    const timer = setInterval(() => (most = Math.max(most, residentOf(child.pid!))), 100);
    const [code] = (await once(child, 'close')) as [number | null];
    clearInterval(timer);
    expect(code).toBe(0);
    expect(JSON.parse(said)).toMatchObject({ received: 200_000, stored: 200_000 });
    expect(most).toBeLessThan(400e6);
  }, 400_000);

  it.each([
    [['--system', 'pbx9'], '--system: "pbx9" is not configured, expected one of pbx1, pbx2'],
    [[], '--system is missing: the file does not name it; configured are pbx1, pbx2'],
    [['--system', 'pbx1', '--batch', '0'], '--batch: "0" is not a whole number from 1 to 5000'],
    [['--system', 'pbx1', '--timezone', 'Mars'], '--timezone: "Mars" is not a zone like Europe/London'],
    [['--system', 'pbx1', '--columns', 'src'], '--columns: there is no uniqueid among src'],
    [['--system', 'pbx1', '--separator', 'ab'], '--separator: "ab" is not one character, or tab'],
    [['--system', 'pbx1', 'nowhere.csv'], 'nowhere.csv cannot be read: ENOENT'],
  ])('with %j ends with 64 and says: %s', async (args, message) => {
    const { code, stderr } = await run(...args, file('Master.csv', masterText(allColumns)));
    expect(code).toBe(64);
    expect(stderr).toContain(message);
  });
});

/** Ids have no holes. */
/** Records that are in the store while a command writes it. */
function committed(): number {
  if (!existsSync(join(folder, 'cdrd.db'))) return 0;
  const db = new Database(join(folder, 'cdrd.db'), { readonly: true });
  try {
    return (db.prepare('SELECT count(*) AS n FROM cdr').get() as { n: number }).n;
  } catch {
    return 0; // The schema is on its way.
  } finally {
    db.close();
  }
}

async function total(): Promise<number> {
  const { cdrs } = await daemon!.get<{ cdrs: { id: number }[] }>('/api/v1/cdrs?order=-id&limit=1');
  return cdrs[0]?.id ?? 0;
}

function residentOf(pid: number): number {
  try {
    return Number(/VmRSS:\s+(\d+) kB/.exec(readFileSync(`/proc/${pid}/status`, 'utf8'))?.[1] ?? 0) * 1024;
  } catch {
    return 0;
  }
}
