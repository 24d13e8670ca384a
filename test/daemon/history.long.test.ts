// The history of a large table under kill -9, beside calls that end; what the commands print of it and of a reconcile.
import { afterAll, beforeAll, describe, expect, it } from 'vitest';
import { join } from 'node:path';
import Database from 'better-sqlite3';
import { cdrd, startDaemon, type Daemon } from '../support/daemon.ts';
import { tempFolder } from '../support/store.ts';
import { until } from '../support/until.ts';

const count = 9000;
const text = (seconds: number): string => new Date(seconds * 1000).toISOString().slice(0, 19).replace('T', ' ');

interface Page {
  cdrs: { uniqueid: string; start: string; dst: string }[];
  after: number;
  more: boolean;
}

describe('a daemon on a table with years of history', () => {
  const { folder, remove } = tempFolder();
  const file = join(folder, 'master.db');
  const table = {
    ...{ url: `sqlite:${file}`, timezone: 'UTC', poll_seconds: 0.1, overlap_rows: 20 },
    backfill: { above_rows: 1000, rows_per_second: 1500 },
  };
  const config = { systems: [{ name: 'pbx1', timezone: 'UTC', table }] };
  const args = (...rest: string[]) => ['--config', join(folder, 'cdrd.yaml'), ...rest];
  let pbx: Database.Database;
  let daemon: Daemon;
  let next = 0;

  const add = (rows: number): void => {
    const insert = pbx.prepare(
      "INSERT INTO cdr (calldate, src, dst, duration, billsec, disposition, uniqueid, sequence) VALUES (?, '101', '102', 5, 4, 'ANSWERED', ?, ?)",
    );
    const newest = Math.floor(Date.now() / 1000) - 60;
    pbx.transaction(() => {
      for (let n = 0; n < rows; n += 1) {
        next += 1;
        insert.run(text(newest - (count - Math.min(count, next)) * 60), `${next}.1`, next);
      }
    })();
  };
  const all = async (): Promise<string[]> => {
    const uniqueids: string[] = [];
    for (let after = 0; ;) {
      const page = await daemon.get<Page>(`/api/v1/cdrs?after=${after}&limit=1000`);
      uniqueids.push(...page.cdrs.map(({ uniqueid }) => uniqueid));
      if (!page.more) return uniqueids;
      after = page.after;
    }
  };
  const rowsRead = async (): Promise<number> => {
    const { sources } = await daemon.get<{ sources: { name: string; received: number }[] }>('/readyz');
    return sources.find(({ name }) => name === 'pbx1/backfill')?.received ?? 0;
  };

  beforeAll(() => {
    pbx = new Database(file);
    pbx.exec(`CREATE TABLE cdr (AcctId INTEGER PRIMARY KEY, calldate TEXT, src TEXT, dst TEXT, duration INT, billsec INT,
      disposition TEXT, uniqueid TEXT, sequence INT)`);
    add(count);
  });
  afterAll(async () => {
    await daemon.end();
    pbx.close();
    remove();
  });

  it('reads it behind the newest calls, loses nothing and doubles nothing, however often it is killed', async () => {
    daemon = await startDaemon(folder, config);
    for (const [kills, rows] of [
      [1, 1000],
      [2, 3000],
      [3, 5000],
    ] as const) {
      await until(async () => (await rowsRead()) >= rows, `${rows} rows of history`, 40_000);
      add(50);
      await daemon.end('SIGKILL');
      add(50);
      daemon = await startDaemon(folder, config);
      const uniqueids = await until(async () => {
        const some = await all();
        return some.includes(`${next}.1`) && some;
      }, 'the calls that ended meanwhile');
      expect(new Set(uniqueids).size).toBe(uniqueids.length);
      expect(next).toBe(count + kills * 100);
    }
    const shown = await cdrd(args('backfill', 'pbx1'));
    expect(shown.code).toBe(0);
    // Right after its start the daemon knows no rate yet, and so not the time left.
    expect(shown.stdout).toMatch(
      /^pbx1: \[#+\.*\] \d+ % \d+ of about \d+ rows, \d+ a second, (about .* left, )?down to \d+\n/,
    );
    expect(shown.stdout.trimEnd()).toMatch(/pbx1: \d+ rows; done: the history of the table was read$/);
    const uniqueids = await all();
    expect(uniqueids).toHaveLength(next);
    expect(new Set(uniqueids).size).toBe(next);
    await daemon.said('backfill done');
  }, 150_000);

  it('compares it with the store, and the command prints what was found', async () => {
    pbx.exec(`UPDATE cdr SET dst = '999' WHERE AcctId = 7000; DELETE FROM cdr WHERE AcctId = 7001`);
    const run = await cdrd(args('reconcile', 'pbx1'));
    expect(run).toMatchObject({ code: 0, stderr: '' });
    expect(run.stdout).toMatch(/^DAY +TABLE +STORE +MISSING +CHANGED +GONE$/m);
    expect(run.stdout).toMatch(/^0 rows of the table were not in the store/m);
    expect(run.stdout).toMatch(/^1 row had been changed in the table; .*: ids \d+$/m);
    expect(run.stdout).toMatch(/^1 record is in the table no more and stays in the store: ids \d+$/m);
    const { reconciles } = await daemon.get<{ reconciles: object[] }>('/api/v1/reconciles');
    expect(reconciles).toMatchObject([{ id: 1, system: 'pbx1', state: 'done', missing: 0, changed: 1, gone: 1 }]);
    const json = await cdrd(args('reconcile', '--dry-run', '--json'));
    expect(JSON.parse(json.stdout)).toMatchObject([{ system: 'pbx1', missing: 0, changed: 0, gone: 1, dry_run: true }]);
    const jobs = await cdrd(args('jobs'));
    expect(jobs.stdout).toContain('reconcile-pbx1');
  });

  it('says what is wrong with what it is asked', async () => {
    const wrong: [string[], string][] = [
      [['backfill', 'pbx9'], 'there is no system pbx9 with a table; systems with one: pbx1'],
      [['backfill', '--from', 'x'], 'from: "x" is not a date, expected 2026-11-22, 2026-11-22 03:15 or RFC 3339'],
      [['backfill', '--pause', '--resume'], '--pause and --resume cannot both be meant'],
      [['backfill', '--rows-per-second', '0'], '--rows-per-second: "0" is not a number from 0.1 to 100000'],
      [
        ['reconcile', '--from', '2026-01-02', '--to', '2026-01-01'],
        'from: is not before "to", expected an earlier date',
      ],
    ];
    for (const [given, message] of wrong) {
      expect(await cdrd(args(...given))).toEqual({ code: 64, stdout: '', stderr: `cdrd: ${message}\n` });
    }
  });
});

describe('backfill and reconcile without a daemon', () => {
  it('say that they need one', async () => {
    const { folder, remove } = tempFolder();
    const run = await cdrd(['backfill'], { CDRD_STORE__DATA_DIR: folder });
    remove();
    expect(run).toEqual({
      code: 69,
      stdout: '',
      stderr: `cdrd: no daemon runs on the data folder ${folder}: start one with "cdrd run"\n`,
    });
  });
});
