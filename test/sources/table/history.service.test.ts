import { setTimeout as delay } from 'node:timers/promises';
import { describe, expect, it } from 'vitest';
import { until } from '../../support/until.ts';
import { openTableHouse, type TableHouse } from './house.ts';
import { freshDatabase, rootConnection, type Server } from './server.ts';

const common =
  'src VARCHAR(80), dst VARCHAR(80), duration INT, billsec INT, disposition VARCHAR(45), uniqueid VARCHAR(150)';
const flavours = {
  classic: `CREATE TABLE cdr (acctid BIGINT UNSIGNED AUTO_INCREMENT PRIMARY KEY, calldate DATETIME, ${common}, sequence INT)`,
  FreePBX: `CREATE TABLE cdr (calldate DATETIME NOT NULL, ${common}, sequence INT, KEY calldate (calldate))`,
  'Asterisk itself': `CREATE TABLE cdr (start DATETIME(6), ${common}, sequence INT)`,
};
const count = 6000;

/** A call every two minutes, the newest now; times are UTC. */
function fill(server: Server, flavour: string): Promise<unknown> {
  const time = flavour === 'Asterisk itself' ? 'start' : 'calldate';
  return server.run(
    `SET time_zone = '+00:00'; INSERT INTO cdr (${time}, src, dst, duration, billsec, disposition, uniqueid, sequence)
     SELECT NOW() - INTERVAL (${count} - seq) * 120 SECOND, '101', '102', 5, 4, 'ANSWERED', CONCAT(seq, '.1'), seq
     FROM seq_1_to_${count}`,
  );
}

const config = {
  ...{ overlap_rows: 50, overlap_seconds: 3600, poll_seconds: 0.1 },
  backfill: { above_rows: 1000, rows_per_second: 100_000 },
};

/** What was said to the server about the table meanwhile, by the user of the sources. */
async function spoken(server: Server, work: () => Promise<void>): Promise<string[]> {
  await server.run('SET GLOBAL log_output = "TABLE", GLOBAL general_log = ON');
  try {
    await work();
    const said = await server.run(
      `SELECT CONVERT(argument USING utf8mb4) AS text FROM mysql.general_log WHERE user_host LIKE ? AND command_type = 'Query'`,
      [`${server.user}[%`],
    );
    return said.map(({ text }) => String(text)).filter((text) => text.includes('`cdr`') && !text.startsWith('SHOW '));
  } finally {
    await server.run('SET GLOBAL general_log = OFF; TRUNCATE mysql.general_log');
  }
}

const sequences = async (house: TableHouse): Promise<number[]> =>
  (await house.cdrs()).map(({ sequence }) => sequence!).sort((a, b) => a - b);

describe.each(Object.entries(flavours))('a large MariaDB table of the flavour %s', (flavour, schema) => {
  it('is read near its end first, its history behind that, while calls of concurrent transactions end', async () => {
    const server = await freshDatabase(schema);
    await fill(server, flavour);
    const time = flavour === 'Asterisk itself' ? 'start' : 'calldate';
    const nodes = await Promise.all([rootConnection(), rootConnection()]);
    for (const node of nodes) {
      await node.query(`USE ${server.database}`);
      await node.query("SET time_zone = '+00:00'");
    }
    const house = await openTableHouse({ url: server.url(), config });
    let more = 0;
    while (house.chores.backfill.report().state !== 'done') {
      for (const node of nodes) await node.query('START TRANSACTION');
      for (const node of nodes.toReversed()) {
        more += 1;
        await node.query(
          `INSERT INTO cdr SET ${time} = NOW(), src = '101', duration = 1, billsec = 1, disposition = 'BUSY', uniqueid = '${count + more}.1', sequence = ${count + more}`,
        );
      }
      for (const node of nodes) await node.query('COMMIT');
      // Some hundred a second: the house lists 10,000 records at most.
      await delay(10);
    }
    await until(async () => (await house.cdrs()).length >= count + more, 'the last calls');
    expect(await sequences(house)).toEqual(Array.from({ length: count + more }, (_, n) => n + 1));
    expect(house.report('backfill').duplicate).toBe(0);
    const [first] = await house.cdrs();
    expect(first!.sequence).toBeGreaterThan(count - 100);
  });

  it('is compared, healed and told of, in SELECTs that each have a limit, and without a single write', async () => {
    const server = await freshDatabase(schema);
    await fill(server, flavour);
    const house = await openTableHouse({
      url: server.url(),
      config: { ...config, backfill: { above_rows: 10_000, rows_per_second: 100_000 } },
    });
    await until(() => house.report('table').received >= count, 'all rows');
    await server.run(`UPDATE cdr SET dst = '999' WHERE sequence = 5000; DELETE FROM cdr WHERE sequence = 4900`);
    const gone = (await house.cdrs()).find(({ sequence }) => sequence === 4900)!;
    const texts = await spoken(server, async () => {
      const report = await house.chores.reconcile.start({});
      expect(report).toMatchObject({ state: 'done', missing: 0, changed: 1, gone: 1, examples: { gone: [gone.id] } });
      expect(report.days.some(({ counted }) => counted !== null)).toBe(flavour === 'FreePBX');
    });
    expect((await house.cdrs()).find(({ sequence }) => sequence === 5000)).toMatchObject({ dst: '999' });
    expect(texts.length).toBeGreaterThan(2);
    for (const text of texts) {
      expect(text).toMatch(/^select .* from (\(select 1 from )?`cdr`.* limit \d+(\) as `some`)?$/);
      expect(Number(/limit (\d+)/.exec(text)![1])).toBeLessThanOrEqual(
        text.startsWith('select count') ? 1_000_000 : 10_000,
      );
    }
  });
});

describe('the history of a MariaDB table', () => {
  it('is paged by its key downwards, each page with a limit of max_rows', async () => {
    const server = await freshDatabase(flavours.classic);
    await fill(server, 'classic');
    const texts = await spoken(server, async () => {
      const house = await openTableHouse({ url: server.url(), config: { ...config, max_rows: 700 } });
      await house.filled();
      await house.stop();
    });
    const down = texts.filter((text) => text.includes('order by `acctid` desc limit 700'));
    expect(down).toHaveLength(Math.ceil((count - 51) / 700));
    for (const text of down) expect(text).toMatch(/where `acctid` >= 0 and `acctid` < \d+ order by/);
    for (const text of texts) expect(text).toMatch(/ limit (\d{1,3})( offset 1000)?$/);
  });
});
