// Files that a real Asterisk wrote of real calls, against its table and AMI: each call's records once, whoever comes first.
import { existsSync, readFileSync, renameSync, writeFileSync } from 'node:fs';
import { join } from 'node:path';
import { afterAll, beforeAll, describe, expect, it } from 'vitest';
import { connectAmi } from '../../services/ami.ts';
import { startAsterisk, type Pbx } from '../../services/asterisk.ts';
import { playAll, situations } from '../../services/calls.ts';
import { query } from '../../services/mariadb.ts';
import { cdrd, startDaemon, writeConfig, type Daemon } from '../../support/daemon.ts';
import { tempFolder } from '../../support/store.ts';
import { until } from '../../support/until.ts';

interface Told {
  received: number;
  stored: number;
  duplicate: number;
  enriched: number;
  rejected: number;
}
interface NativeCdr {
  uniqueid: string;
  sequence: number | null;
  [name: string]: unknown;
}

/** What cdr.conf says in turn, while calls run. */
const settings = [
  'loguniqueid = yes\nloguserfield = yes\nnewcdrcolumns = yes',
  'loguniqueid = yes',
  'loguniqueid = yes\nnewcdrcolumns = yes',
  'loguniqueid = yes\nloguserfield = yes',
];
const perRound = situations.reduce((sum, { records }) => sum + records, 0);
const all = perRound * settings.length;
const epochColumns = 'uniqueid,start,end,duration,billsec,disposition,channel,dst,lastdata';

let pbx: Pbx;
let daemon: Daemon | undefined;
const masters: string[] = [];
const log = (name: string) => join(pbx.folder, 'var/log', name);
const folders: (() => void)[] = [];

beforeAll(async () => {
  pbx = await startAsterisk();
  for (const [round, some] of settings.entries()) {
    const file = join(pbx.folder, 'etc/cdr.conf');
    const [general] = readFileSync(file, 'utf8').split('[csv]');
    writeFileSync(file, `${general}[csv]\nusegmtime = yes\naccountlogs = yes\n${some}\n`);
    const ami = await connectAmi(pbx.tester);
    await ami.command('module reload cdr_csv.so');
    ami.close();
    await playAll(pbx);
    const master = log('cdr-csv/Master.csv');
    await until(() => existsSync(master) && linesIn(master) >= perRound, 'Master.csv to be written');
    // As logrotate does it.
    renameSync(master, `${master}.${round}`);
    masters.push(`${master}.${round}`);
  }
}, 300_000);
afterAll(async () => {
  await daemon?.end('SIGKILL');
  await pbx.stop();
  for (const remove of folders) remove();
});

const linesIn = (file: string) => readFileSync(file, 'utf8').split('\n').length - 1;

/** A store of its own that hears the PBX's table. */
function place(): { folder: string; config: string; systems: object[] } {
  const { folder, remove } = tempFolder();
  folders.push(remove);
  const systems = [{ name: 'pbx1', table: { url: pbx.tableUrl, timezone: 'UTC', poll_seconds: 0.3 } }];
  return { folder, config: writeConfig(folder, { systems }), systems };
}

async function importFiles(config: string, ...args: string[]): Promise<Told> {
  const { stdout, stderr } = await cdrd(['--config', config, 'import', '--json', ...args]);
  expect(stderr).toBe('');
  return JSON.parse(stdout) as Told;
}

async function stored(): Promise<NativeCdr[]> {
  return (await daemon!.get<{ cdrs: NativeCdr[] }>('/api/v1/cdrs?limit=1000')).cdrs;
}

/** The daemon has read the whole table. */
async function tableRead(): Promise<void> {
  interface Ready {
    sources: { name: string; received: number }[];
  }
  await until(async () => {
    const { sources } = await daemon!.get<Ready>('/readyz');
    return sources.some(({ name, received }) => name === 'pbx1/table' && received >= all);
  }, 'the table to be read');
}

async function expectTheTable(): Promise<void> {
  const rows = await query(pbx.tableUrl, 'SELECT uniqueid, sequence, linkedid, dst, lastdata FROM cdr');
  const keyed = (list: readonly Record<string, unknown>[]) =>
    list.map(({ uniqueid, sequence, linkedid, dst, lastdata }) =>
      [uniqueid, Number(sequence), linkedid, dst, lastdata].join('|'),
    );
  expect(rows).toHaveLength(all);
  expect(keyed(await stored()).sort()).toEqual(keyed(rows).sort());
}

describe('files of a real Asterisk', () => {
  it('have the columns that their settings write', async () => {
    const widths = masters.map((file) =>
      readFileSync(file, 'utf8')
        .split('\n')[0]!
        .match(/("(?:[^"]|"")*"|[^,]*)(,|$)/g)!,
    );
    expect(widths.map((cells) => cells.filter((cell) => cell !== '').length)).toEqual([21, 17, 20, 18]);
  });

  it('bring nothing new to who has read the table', async () => {
    const { folder, config, systems } = place();
    daemon = await startDaemon(folder, { systems });
    await tableRead();
    expect(await importFiles(config, ...masters, '--timezone', 'UTC')).toMatchObject({
      ...{ received: all, stored: 0, duplicate: all, rejected: 0 },
    });
    // All calls of the acme phones are in the master files too.
    expect(await importFiles(config, log('cdr-csv/acme.csv'), '--timezone', 'UTC')).toMatchObject({
      stored: 0,
      rejected: 0,
    });
    expect(await importFiles(config, log('cdr-custom/sample.csv'))).toMatchObject({
      received: all,
      stored: 0,
      duplicate: all,
    });
    const epochs = await importFiles(config, log('cdr-custom/epochs.csv'), '--columns', epochColumns);
    expect(epochs).toMatchObject({ received: all, stored: 0, duplicate: all, enriched: all });
    await expectTheTable();
    await daemon.end();
  });

  it.each([
    ['with every setting of cdr.conf in turn', (): string[] => [...masters, '--timezone', 'UTC']],
    ['of cdr_custom with the sample mapping', (): string[] => [log('cdr-custom/sample.csv')]],
    ['of cdr_custom without sequence', (): string[] => [log('cdr-custom/epochs.csv'), '--columns', epochColumns]],
  ])('%s are met again in the table that is read later', async (_, argsOf) => {
    const { folder, config, systems } = place();
    expect(await importFiles(config, ...argsOf())).toMatchObject({ received: all, stored: all, rejected: 0 });
    expect(await importFiles(config, ...argsOf())).toMatchObject({ received: all, stored: 0, duplicate: all });
    daemon = await startDaemon(folder, { systems });
    await tableRead();
    await expectTheTable();
    await daemon.end();
  });
});
