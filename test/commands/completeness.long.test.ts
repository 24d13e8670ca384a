// cdrd explain and cdrd completeness as a person meets them: with a daemon and without one.
import { afterEach, beforeEach, expect, it } from 'vitest';
import type { Cdr } from '../../src/cdr/cdr.ts';
import { openStore } from '../../src/store/store.ts';
import type { Found } from '../../src/store/proof.ts';
import { cdrd, startDaemon, writeConfig, type Daemon } from '../support/daemon.ts';
import { someCdr } from '../support/rows.ts';
import { ann, appendTo, silent, tempFolder } from '../support/store.ts';

let folder: string;
let remove: () => void;
let daemon: Daemon | undefined;
let config: string;

const settings = {
  systems: [
    {
      name: 'pbx1',
      timezone: 'UTC',
      ami: { port: 1, username: 'cdrd', secret: '${CDRD_AMI_SECRET}' },
      table: { url: 'sqlite:/nowhere/master.db' },
    },
  ],
};
const span = ['--from', '2026-11-18', '--to', '2026-11-18'];

beforeEach(async () => {
  ({ folder, remove } = tempFolder());
  config = writeConfig(folder, settings);
  const store = await openStore({ url: `sqlite:${folder}/cdrd.db` }, silent);
  await appendTo(store, 'pbx1/ami', [someCdr(1), someCdr(3), someCdr(2000)]);
  await appendTo(store, 'pbx1/table', [someCdr(1, { dst: '103' }), someCdr(2), someCdr(3), someCdr(2000)], {
    marks: [1, 2, 3, 4].map((id) => ({ key: `0:${id}` })),
  });
  await store.edit({ id: 1, by: ann, now: 1_795_500_000_000_000, within: null }, { note: 'call back' });
  await store.close();
});
afterEach(async () => {
  await daemon?.end('SIGKILL');
  daemon = undefined;
  remove();
});

const run = (...args: string[]) => cdrd(['--config', config, ...args]);

it('completeness tells what is missing on 80 columns and ends with 1, alike with a daemon and without', async () => {
  const alone = await run('completeness', ...span);
  expect(alone).toMatchObject({ code: 1, stderr: '' });
  expect(alone.stdout.split('\n').slice(0, 5)).toEqual([
    'DAY         SYSTEM  RECORDS  BOTH  AMI  TABLE  HOLES  LAG     VERDICT',
    '2026-11-18  pbx1    4        3     0    1      1996   111.1h  missing',
    '',
    '2026-11-18 pbx1: 1 record here by the table that AMI did not tell',
    '      ended 2026-11-18 11:06:47Z to 2026-11-18 11:06:47Z',
  ]);
  expect(alone.stdout).toContain('1996 numbers without a record: unanswered=no can explain it, or a loss');
  expect(alone.stdout.split('\n').filter((line) => line.length > 80)).toEqual([]);
  daemon = await startDaemon(folder, settings, { env: { CDRD_AMI_SECRET: 'x' } });
  const through = await run('completeness', ...span);
  expect(through).toEqual(alone);
  expect(JSON.parse((await run('completeness', '--json', ...span)).stdout)).toMatchObject([
    { day: '2026-11-18', verdict: 'missing', missing_in_ami: { count: 1, ids: [4] }, missing_in_table: { count: 0 } },
  ]);
});

it('completeness tells of a zone that is configured wrong on 80 columns, alike with a daemon and without', async () => {
  const store = await openStore({ url: `sqlite:${folder}/cdrd.db` }, silent);
  const records = Array.from({ length: 5 }, (_, at) => someCdr(7000 + at));
  await appendTo(store, 'pbx1/ami', records);
  const apart = records.map((cdr) => ({ ...cdr, start: cdr.start - 7200e6 }));
  await appendTo(store, 'pbx1/table', apart, { marks: records.map((_, at) => ({ key: `0:${at + 9}` })) });
  await store.close();
  const alone = await run('completeness', ...span);
  expect(alone.stdout.split('\n').slice(-4)).toEqual([
    'systems.pbx1.table.timezone is probably wrong:',
    '    the table is 2 h behind AMI',
    '    its clock stood at UTC-02:00',
    '',
  ]);
  const zone_warning = expect.stringMatching(/^systems.pbx1.table.timezone is probably wrong: /) as string;
  expect(JSON.parse((await run('completeness', '--json', ...span)).stdout)).toMatchObject([{ zone_warning }]);
  daemon = await startDaemon(folder, settings, { env: { CDRD_AMI_SECRET: 'x' } });
  expect((await run('completeness', ...span)).stdout).toBe(alone.stdout);
  expect((await daemon.said('is probably wrong'))['msg']).toContain('systems.pbx1.table.timezone is probably wrong');
});

it('completeness ends with 0 when nothing is missing', async () => {
  const { code, stdout } = await run('completeness', '--from', '2026-11-16', '--to', '2026-11-17');
  expect([code, stdout]).toEqual([0, expect.stringMatching(/2026-11-17 .* nothing\n$/) as string]);
});

it('completeness of days to come ends with today', async () => {
  const today = await run('completeness');
  expect(today.stdout).toMatch(/pbx1/);
  expect(await run('completeness', '--to', '2099-12-31')).toEqual(today);
});

it('completeness ends with 1 when a row was not understood, also of a system that has no record', async () => {
  config = writeConfig(folder, { systems: [...settings.systems, { ...settings.systems[0], name: 'f3' }] });
  const store = await openStore({ url: `sqlite:${folder}/cdrd.db` }, silent);
  const now = Date.parse('2026-11-17T12:00:00Z') * 1000;
  const reject = { raw: '{"uniqueid":null}', reason: 'uniqueid: is missing', faults: [] };
  await appendTo(store, 'f3/table', [reject, { ...reject, raw: '{}' }], { now });
  const asTable = { now: now + 1, sourceName: 'f3/table' };
  await appendTo(store, 'f3/reconcile', [reject, { ...reject, raw: '{}' }], asTable);
  const { code, stdout } = await run('completeness', '--system', 'f3', '--from', '2026-11-17', '--to', '2026-11-17');
  expect([code, stdout.split('\n').slice(1)]).toEqual([
    1,
    [
      '2026-11-17  f3      0        0     0    0      -      -    not understood',
      '',
      '2026-11-17 f3: 2 rows not understood: see "cdrd rejects"',
      '',
    ],
  ]);
  await store.discardRejects({}, ann, now);
  await store.close();
  expect((await run('completeness', '--system', 'f3', '--from', '2026-11-17', '--to', '2026-11-17')).code).toBe(0);
});

it('completeness tells of what was imported, of a single source, and of numbers that calls may still have', async () => {
  const one = { ...settings.systems[0], name: 'one', ami: undefined };
  config = writeConfig(folder, { systems: [...settings.systems, one] });
  const store = await openStore({ url: `sqlite:${folder}/cdrd.db` }, silent);
  const midnight = Date.parse('2026-10-05T00:00:00Z') * 1000;
  const on = (days: number, cdr: Cdr) => {
    const start = midnight + days * 86_400e6;
    return { ...cdr, start, answer: null, end: start + 5e6 };
  };
  await appendTo(store, 'pbx1/import', [on(0, someCdr(5001)), on(0, someCdr(5002))]);
  await appendTo(store, 'one/table', [{ ...on(0, someCdr(1)), system: 'one' }]);
  const start = Math.floor(Date.now() / 1000) * 1e6 - 60e6;
  const running = [1, 26].map((n) => ({ ...someCdr(2000 + n), start, answer: null, end: start + 5e6 }));
  await appendTo(store, 'pbx1/ami', running);
  await appendTo(store, 'pbx1/table', running);
  await store.close();
  const { code, stdout } = await run('completeness', '--from', '2026-10-05', '--to', '2026-10-05');
  expect([code, stdout.split('\n')]).toEqual([
    0,
    [
      expect.stringMatching(/^DAY .* TABLE {2}OTHER {2}HOLES {2}LAG +VERDICT$/) as string,
      expect.stringMatching(/^2026-10-05 {2}one {5}1 {8}0 {5}0 {4}1 {6}0 {6}0 .* one source$/) as string,
      expect.stringMatching(/^2026-10-05 {2}pbx1 {4}2 {8}0 {5}0 {4}0 {6}2 {6}0 .* not compared$/) as string,
      '',
      '2026-10-05 one: one source is configured: there is nothing to compare with',
      '2026-10-05 pbx1: 2 records of neither AMI nor table: imported or written',
      '',
    ],
  ]);
  const today = new Date(start / 1000).toISOString().slice(0, 10);
  const now = await run('completeness', '--system', 'pbx1', '--from', today, '--to', today);
  expect(now.stdout).toMatch(/ pbx1 {4}2 {8}2 {5}0 {4}0 {6}0\+24 /);
  expect(now.stdout).toContain('24 numbers without a record yet: the calls may still run');
});

it.each([
  [['--from', 'yesterday'], '--from: "yesterday" is no day like 2026-11-22'],
  [['--from', '2026-11-19', '--to', '2026-11-18'], '--from: 2026-11-19 is after the last day 2026-11-18'],
  [['--from', '2020-01-01', '--to', '2026-11-18'], '--from: at most 366 days at once'],
  [['--system', 'pbx9'], '--system: "pbx9" is not configured'],
])('completeness refuses %j and says what it expects', async (args, message) => {
  expect(await run('completeness', ...args)).toMatchObject({ code: 64, stderr: `cdrd: ${message}\n` });
});

it('explain tells the life of a record by its number and by its uniqueid, alike with a daemon and without', async () => {
  const alone = await run('explain', '1');
  expect(alone).toMatchObject({ code: 0, stderr: '' });
  for (const line of [
    'Record 1 of pbx1 (edited)',
    '  uniqueid 1795000001.1, sequence 1; ANSWERED',
    '  2026-11-23T02:13:20Z'.replace('T', ' ') + '  pbx1/table, row 1',
    '                        the same uniqueid and sequence',
    '                        dst: "102" became "103"',
    '                          this source is believed before those that say otherwise',
    '  dst: pbx1/ami says "102", pbx1/table says "103"',
    '    believed is pbx1/table: the table is believed before AMI',
    '                        note: null became "call back"',
  ])
    expect(alone.stdout.split('\n')).toContain(line);
  expect((await run('explain', '1795000001.1', '--system', 'pbx1')).stdout).toBe(alone.stdout);
  expect(await run('explain', '1795000001.1', '--system', 'pbx2')).toMatchObject({
    ...{ code: 1, stdout: 'There is no record 1795000001.1 of pbx2.\n' },
  });
  daemon = await startDaemon(folder, settings, { env: { CDRD_AMI_SECRET: 'x' } });
  expect((await run('explain', '1795000001.1')).stdout).toBe(alone.stdout);
  const { records } = JSON.parse((await run('explain', '1', '--json')).stdout) as Found;
  expect(records).toMatchObject([{ id: 1, contradictions: [{ field: 'dst', believed: 'pbx1/table' }] }]);
});

it('explain says what is known of a record that is not there, and ends with 1', async () => {
  expect(await run('explain', '1795000009.9')).toMatchObject({ code: 1, stdout: 'There is no record 1795000009.9.\n' });
  const store = await openStore({ url: `sqlite:${folder}/cdrd.db` }, silent);
  await store.expire([1], 1_795_600_000_000_000);
  await store.close();
  expect((await run('explain', '1')).stdout).toBe(
    'Record 1 was taken away by retention at 2026-11-25 09:46:40Z; nothing of it is kept but its number.\n',
  );
  expect((await run('explain', '1795000001.1')).stdout).toBe(
    'There is no record 1795000001.1.\n  pbx1: retention has taken 1 of this uniqueid\n',
  );
});

it('completeness bounds the restarts it tells, keeps long names apart and tells of a system that is not configured', async () => {
  const names = ['pbx-london-north', 'pbx-london-south'];
  config = writeConfig(folder, { systems: names.map((name) => ({ ...settings.systems[0], name, ami: undefined })) });
  const store = await openStore({ url: `sqlite:${folder}/cdrd.db` }, silent);
  const noon = Date.parse('2026-11-18T12:00:00Z') * 1000;
  const calls = Array.from({ length: 16 }, (_, at) => {
    const start = noon + at * 60e6;
    return someCdr(at % 2, {
      system: names[0]!,
      uniqueid: `${start / 1e6}.${at}`,
      start,
      answer: start,
      end: start + 5e6,
    });
  });
  await appendTo(store, `${names[0]}/table`, calls);
  await store.close();
  const { stdout } = await run('completeness', ...span);
  expect(stdout).toContain('2026-11-18  pbx-l…-north  16 ');
  expect(stdout).toContain('2026-11-18  pbx-l…-south  0 ');
  expect(stdout.match(/counts from 0 again/g)).toHaveLength(5);
  expect(stdout).toMatch(/and [23] times more: see --json/);
  expect(stdout).toContain(
    'the store holds 4 records of "pbx1", a system that is not configured\n    if it was renamed,',
  );
  expect(stdout.split('\n').filter((line) => line.length > 80 && !line.includes('one source'))).toEqual([]);
  expect((await run('completeness', '--system', names[0]!, ...span)).stdout).not.toContain('not configured');
  daemon = await startDaemon(folder, { systems: [{ name: 'pbx-london-north' }] }, {});
  expect((await daemon.said('the store holds'))['msg']).toContain('4 records of "pbx1"');
  expect((await run('completeness', ...span)).stdout).toContain('the store holds 4 records of "pbx1"');
});
