import { execFile } from 'node:child_process';
import { chmodSync, mkdirSync, renameSync, statSync, unlinkSync, writeFileSync } from 'node:fs';
import { dirname, join } from 'node:path';
import { fileURLToPath } from 'node:url';
import { promisify } from 'node:util';
import Database from 'better-sqlite3';
import { describe, expect, it, onTestFinished } from 'vitest';
import type { SourceStatus } from '../../../src/ingest/source.ts';
import { asteriskSchema, at, bareSchema, customSchema, freepbxSchema, pbxFile, temporaryFolder } from './files.ts';
import { warnings, watchTable, type Watch, type WatchOptions } from './watch.ts';

async function watching(options: WatchOptions): Promise<Watch> {
  const watch = watchTable(options);
  onTestFinished(() => watch.stop());
  await watch.clock.idle();
  return watch;
}

function found(watch: Watch): object | undefined {
  return watch.log.find(({ msg }) => msg.includes('columns, read by'));
}

describe('an SQLite file', () => {
  it.each([
    [
      'cdr_sqlite3_custom',
      customSchema,
      { idColumn: 'acctid', timeColumn: 'calldate', isIdIndexed: true, hasSequence: true },
    ],
    ['the same without sequence', bareSchema, { idColumn: 'acctid', hasSequence: false }],
    ['FreePBX', freepbxSchema, { idColumn: null, timeColumn: 'calldate', isTimeIndexed: false, hasSequence: true }],
    ['Asterisk itself', asteriskSchema, { idColumn: null, timeColumn: 'start', isTimeIndexed: false }],
    ['a view', `${customSchema}; ALTER TABLE cdr RENAME TO t; CREATE VIEW cdr AS SELECT * FROM t`, { idColumn: null }],
  ])('of the flavour of %s is recognised', async (_name, schema, expected) => {
    const watch = await watching({ url: pbxFile(schema).url });
    expect(found(watch)).toMatchObject(expected);
    expect(watch.state()).toEqual({ state: 'up' });
  });

  it.each(['TIMESTAMP', 'DATETIME', 'TEXT'])('gives a %s as it was written, in the zone of the table', async (type) => {
    const pbx = pbxFile(customSchema.replace('calldate TEXT', `calldate ${type}`));
    pbx.add({ calldate: at(0), uniqueid: '1.1' });
    const watch = await watching({ url: pbx.url, timezone: 'Europe/Berlin' });
    const [row] = watch.batches.flatMap(({ rows }) => rows);
    expect([row?.timezone, row?.fields['calldate'], watch.take()]).toEqual(['Europe/Berlin', at(0), [row?.fields]]);
    expect(watch.log.filter(({ msg }) => msg.includes('TIMESTAMP'))).toEqual([]);
  });

  it('of an unusual flavour is recognised, and what its rows lack is said', async () => {
    const watch = await watching({ url: pbxFile('CREATE TABLE cdr (Nr INTEGER PRIMARY KEY, began DATETIME)').url });
    expect(found(watch)).toMatchObject({ idColumn: 'nr', timeColumn: 'began' });
    expect(watch.state()).toMatchObject({
      state: 'up',
      detail: expect.stringContaining('has no column uniqueid, calldate or start, duration, disposition') as string,
    });
  });

  it('gives plain cells: NULL as null, text and numbers as they are, the zone as configured', async () => {
    const pbx = pbxFile(
      'CREATE TABLE cdr (AcctId INTEGER PRIMARY KEY, calldate TEXT, sequence INT, Big INT, cost REAL, blob BLOB)',
    );
    pbx.add({ calldate: at(0), sequence: null, Big: 2n ** 62n, cost: 0.25, blob: Buffer.from('Zoë') });
    const watch = await watching({ url: pbx.url, config: { timezone: 'America/New_York' } });
    const [row] = watch.batches[0]!.rows;
    expect(row).toMatchObject({ kind: 'table', timezone: 'America/New_York' });
    expect({ ...row!.fields }).toEqual({
      acctid: 1,
      calldate: at(0),
      sequence: null,
      big: '4611686018427387904',
      cost: 0.25,
      blob: 'Zoë',
    });
    expect(Object.getPrototypeOf(row!.fields)).toBeNull();
  });

  it('that another has locked is tried again, and what Asterisk writes meanwhile is not hindered', async () => {
    const pbx = pbxFile(customSchema);
    pbx.add({ calldate: at(1) });
    const watch = await watching({ url: pbx.url });
    pbx.db.exec('BEGIN EXCLUSIVE');
    pbx.add({ calldate: at(2) });
    expect(await watch.poll()).toEqual([]);
    expect(watch.state()).toEqual({
      state: 'down',
      detail: `the file ${pbx.file} is locked by its writer, trying again`,
    });
    pbx.db.exec('COMMIT');
    expect(await watch.poll()).toMatchObject([{ calldate: at(2) }]);
    // While the source rests it holds no lock at all.
    pbx.db.pragma('busy_timeout = 0');
    pbx.db.exec('BEGIN EXCLUSIVE; COMMIT');
  });

  it('is never written to', async () => {
    const pbx = pbxFile(customSchema);
    pbx.add({ calldate: at(1) });
    const before = pbx.db.pragma('data_version', { simple: true });
    const { mtimeMs } = statSync(pbx.file);
    const watch = await watching({ url: pbx.url });
    await watch.poll();
    expect(pbx.db.pragma('data_version', { simple: true })).toBe(before);
    expect(statSync(pbx.file).mtimeMs).toBe(mtimeMs);
  });

  it('that was replaced is opened anew and read from its lowest id', async () => {
    const pbx = pbxFile(customSchema);
    pbx.add({ uniqueid: 'old.1' }, { uniqueid: 'old.2' });
    const watch = await watching({ url: pbx.url });
    renameSync(pbx.file, `${pbx.file}.1`);
    expect(await watch.poll()).toEqual([]);
    expect(watch.state()?.detail).toBe(
      `the file ${pbx.file} is not there; check table.url, or wait for Asterisk to make it`,
    );
    pbxFile(customSchema, pbx.file).add({ uniqueid: 'new.1' }, { uniqueid: 'new.2' }, { uniqueid: 'new.3' });
    expect((await watch.poll()).map(({ uniqueid }) => uniqueid)).toEqual(['new.1', 'new.2', 'new.3']);
    expect(watch.state()).toEqual({ state: 'up' });
  });
});

describe('what is wrong with an SQLite file is said so that a person can mend it, and waited for', () => {
  const file = (): string => join(temporaryFolder(), 'master.db');

  async function complaint(path: string, config: WatchOptions['config'] = {}): Promise<Watch> {
    const watch = await watching({ url: `sqlite:${path}`, config });
    expect(watch.state()?.state).toBe('down');
    expect(warnings(watch)).toEqual([watch.state()?.detail]);
    return watch;
  }

  it('not there; read as soon as it comes, and the waits grow up to a minute', async () => {
    const path = file();
    const watch = await complaint(path);
    for (let failures = 1; failures < 8; failures += 1) await watch.clock.turn();
    expect(watch.clock.slept).toEqual([1, 2, 4, 8, 16, 32, 60, 60].map((seconds) => seconds * 1000));
    expect(warnings(watch)).toHaveLength(1);
    const pbx = pbxFile(customSchema, path);
    pbx.add({ calldate: at(1) });
    expect(await watch.poll()).toHaveLength(1);
    expect(watch.log.map(({ msg }) => msg)).toContain('the table can be read again');
    expect(watch.statuses.filter(({ state }) => state === 'connecting')).toHaveLength(1);
  });

  it('its folder is not there', async () => {
    expect((await complaint('/nowhere/at/all/master.db')).state()?.detail).toContain('/master.db is not there');
  });

  it('a folder', async () => {
    const path = file();
    mkdirSync(path);
    expect((await complaint(path)).state()?.detail).toBe(`${path} is a folder, expected an SQLite file`);
  });

  it('not a database', async () => {
    const path = file();
    writeFileSync(path, 'Accountcode,Source,Destination\n'.repeat(100));
    expect((await complaint(path)).state()?.detail).toBe(`the file ${path} is not an SQLite database`);
    unlinkSync(path);
  });

  it('not readable', async () => {
    const [path, readable] = [pbxFile(customSchema).file, pbxFile(customSchema).file];
    // The way there is open to everybody, the file to nobody.
    chmodSync(dirname(path), 0o755);
    chmodSync(path, 0);
    const program = fileURLToPath(new URL('stranger.ts', import.meta.url));
    const { stdout } = await promisify(execFile)(process.execPath, [program, path, readable]);
    const [before, state] = JSON.parse(stdout) as SourceStatus[];
    expect(before).toEqual({ state: 'up' });
    expect(state).toMatchObject({ state: 'refused' });
    expect(state?.detail).toContain(`${path} cannot be read by`);
  });

  it('no such table, with those that are there', async () => {
    const path = file();
    const db = new Database(path);
    expect((await complaint(path)).state()?.detail).toBe(`there is no table "cdr" in ${path}; it has none yet`);
    for (let n = 10; n < 40; n += 1) db.exec(`CREATE TABLE t${n} (x)`);
    db.close();
    const names = Array.from({ length: 20 }, (_, n) => `t${n + 10}`).join(', ');
    expect((await complaint(path)).state()?.detail).toBe(
      `there is no table "cdr" in ${path}; it has ${names} and more`,
    );
  });

  it('a configured column is not there, or unfit', async () => {
    const { file: path } = pbxFile('CREATE TABLE cdr (calldate TEXT, nr INT, txt TEXT)');
    const said = async (config: WatchOptions['config']): Promise<unknown> =>
      (await complaint(path, config)).state()?.detail;
    expect(await said({ id_column: 'acctid' })).toBe(
      'table.id_column: "cdr" has no column "acctid", it has calldate, nr, txt',
    );
    expect(await said({ time_column: 'start' })).toBe(
      'table.time_column: "cdr" has no column "start", it has calldate, nr, txt',
    );
    expect(await said({ id_column: 'nr' })).toBe(
      'table.id_column: "nr" of "cdr" is int and not unique, expected a unique integer; use none to read by time',
    );
  });

  it('nothing to read by', async () => {
    const { file: path } = pbxFile('CREATE TABLE cdr (src TEXT, dst TEXT)');
    expect((await complaint(path)).state()?.detail).toContain('neither an id column nor a time column');
  });

  it('a unique integer column that holds something else', async () => {
    const pbx = pbxFile(
      'CREATE TABLE cdr (id INT NOT NULL UNIQUE, uniqueid TEXT, sequence INT, calldate TEXT, duration INT, disposition TEXT)',
    );
    pbx.add({ id: 'x' });
    expect((await complaint(pbx.file)).state()?.detail).toBe(
      'id: "x" is not a whole number, it cannot be the id column',
    );
  });
});
