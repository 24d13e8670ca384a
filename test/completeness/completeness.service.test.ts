// Completeness on MariaDB, and beside a real Asterisk: calls while cdrd is stopped and while AMI is cut are told as what they are.
import { afterAll, beforeAll, describe, expect, inject, it } from 'vitest';
import type { DayTold } from '../../src/completeness/shape.ts';
import { connectAmi } from '../services/ami.ts';
import { startAsterisk, type Pbx } from '../services/asterisk.ts';
import { playAll, playLoad } from '../services/calls.ts';
import { query } from '../services/mariadb.ts';
import { cdrd, startDaemon, type Daemon } from '../support/daemon.ts';
import { tempFolder } from '../support/store.ts';
import { until } from '../support/until.ts';
import { completenessSuite } from './suite.ts';

const { rootUrl } = inject('mariadb');
let stores = 0;
completenessSuite('MariaDB', async () => {
  const name = `cdrd_completeness_${process.pid}_${++stores}`;
  await query(rootUrl, `CREATE DATABASE ${name}`);
  return new URL(name, rootUrl).href;
});

describe('completeness beside a real Asterisk', () => {
  const { folder, remove } = tempFolder();
  let pbx: Pbx;
  let daemon: Daemon;

  const start = (secret = pbx.ami.secret) =>
    startDaemon(folder, {
      systems: [
        {
          name: 'pbx1',
          timezone: 'UTC',
          ami: { ...pbx.ami, secret, reconnect_min_seconds: 0.1 },
          table: { url: pbx.tableUrl, timezone: 'UTC', poll_seconds: 0.5 },
        },
      ],
      completeness: { grace_seconds: 2, call_seconds: 60, check_seconds: 1 },
    });
  beforeAll(async () => {
    pbx = await startAsterisk();
    daemon = await start();
    await isHeard('pbx1/ami', 'pbx1/table');
  });
  afterAll(async () => {
    await daemon.end('SIGKILL');
    await pbx.stop();
    remove();
  });

  const isHeard = (...names: string[]) =>
    until(
      async () => {
        const { sources } = await daemon.get<{ sources: { name: string; state: string }[] }>('/readyz');
        return names.every((name) => sources.some((source) => source.name === name && source.state === 'up'));
      },
      `${names.join(' and ')} to be up`,
    );
  const rowsInTable = async () => Number((await query(pbx.adminTableUrl, 'SELECT COUNT(*) AS n FROM cdr'))[0]!['n']);
  /** All days of the run together: it may cross midnight. */
  const told = async () => {
    const { days } = await daemon.get<{ days: DayTold[] }>('/api/v1/completeness');
    const sum = (of: (day: DayTold) => number | null | undefined) =>
      days.reduce((total, day) => total + (of(day) ?? 0), 0);
    return {
      days,
      records: sum(({ records }) => records),
      both: sum(({ both }) => both),
      waiting: sum(({ waiting }) => waiting),
      inAmi: sum((day) => day.missing_in_ami?.count),
      inTable: sum((day) => day.missing_in_table?.count),
      dialed: sum(({ sequence }) => sequence?.missing.dialed),
      unexplained: sum(({ sequence }) => sequence?.missing.unexplained),
    };
  };
  /** Everything in the table is here, and what one source lacks is no longer waited for. */
  const settled = async () => {
    const rows = await rowsInTable();
    await until(
      async () => {
        const { records, waiting } = await told();
        return records >= rows && waiting === 0;
      },
      'completeness to have counted all',
      60_000,
    );
    return { rows, ...(await told()) };
  };

  it('finds every record in both sources, and every hole in sequence explained by a dialed channel', async () => {
    await playAll(pbx);
    const { rows, records, both, inAmi, inTable, dialed, unexplained, days } = await settled();
    expect({ records, both, inAmi, inTable, unexplained }).toEqual({
      ...{ records: rows, both: rows, inAmi: 0, inTable: 0, unexplained: 0 },
    });
    expect(dialed).toBeGreaterThan(5);
    expect(days.filter((day) => day.records).every(({ verdict }) => verdict === 'complete')).toBe(true);
  });

  it('finds exactly the calls that AMI missed, because cdrd was stopped or AMI refused, and that the table healed', async () => {
    const before = await settled();
    await daemon.end();
    await playLoad(pbx, 20, 20);
    const stopped = (await rowsInTable()) - before.rows;
    daemon = await start('wrong-secret');
    await isHeard('pbx1/table');
    await playLoad(pbx, 10, 20);
    const { rows, records, both, inAmi, inTable } = await settled();
    expect(stopped).toBeGreaterThanOrEqual(20);
    expect({ records, both, inAmi, inTable }).toEqual({
      ...{ records: rows, both: before.rows, inAmi: rows - before.rows, inTable: 0 },
    });
    const line = await daemon.said('records are missing in a source');
    expect(line).toMatchObject({ level: 'warn', system: 'pbx1', missingInTable: 0 });
    await daemon.end();
    daemon = await start();
    await isHeard('pbx1/ami', 'pbx1/table');
  });

  it('finds what the table lost, tells the life of it, and ends the command with 1', async () => {
    const refusal = "SIGNAL SQLSTATE '45000' SET MESSAGE_TEXT = 'the disk is full'";
    await query(pbx.adminTableUrl, `CREATE TRIGGER full BEFORE INSERT ON cdr FOR EACH ROW ${refusal}`);
    const ami = await connectAmi(pbx.tester);
    const call = { Channel: 'Local/101@internal/n', Application: 'Wait', Data: '1', Async: 'true' };
    await ami.send({ Action: 'Originate', ...call });
    ami.close();
    await until(async () => (await told()).inTable > 0, 'the loss to be found', 60_000);
    const missing = (await told()).days.flatMap((day) => day.missing_in_table?.ids ?? []);
    const life = await daemon.get<{ sights: { source: string }[] }>(`/api/v1/cdrs/${missing[0]!}/explain`);
    expect(life.sights.map(({ source }) => source)).toEqual(['pbx1/ami']);
    const { code, stdout } = await cdrd(['--config', `${folder}/cdrd.yaml`, 'completeness']);
    await query(pbx.adminTableUrl, 'DROP TRIGGER full');
    expect(code).toBe(1);
    expect(stdout).toMatch(/missing, open\n/);
    expect(stdout).toMatch(/\d+ records? of AMI not in the table/);
  });
});
