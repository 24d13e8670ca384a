// The rows that nobody fills, of a MariaDB; and a column that gets or loses its default while it is read.
import { describe, expect, it } from 'vitest';
import { someCdr } from '../../support/rows.ts';
import { appendTo } from '../../support/store.ts';
import { until } from '../../support/until.ts';
import { openTableHouse } from './house.ts';
import { freshDatabase } from './server.ts';
import { itTakesUnfilled } from './unfilledsuite.ts';

const plain = `calldate DATETIME, src VARCHAR(80), dst VARCHAR(80), channel VARCHAR(80), duration INT, billsec INT,
  disposition VARCHAR(45), uniqueid VARCHAR(150), KEY (calldate)`;

const bare = 'ALTER TABLE cdr MODIFY sequence INT NULL';

itTakesUnfilled({ type: 'INT', id: 'acctid INT AUTO_INCREMENT PRIMARY KEY', plain, bare }, async (schema) => {
  const server = await freshDatabase(schema);
  return {
    url: server.url(),
    run: async (sql) => void (await server.run(sql)),
    add: (rows) => server.add(...rows),
  };
});

const calls = [3, 4, 5].map((number) => someCdr(number));
const row = { src: '101', dst: '102', duration: 5, billsec: 4, disposition: 'ANSWERED' };

describe.each(['acctid INT AUTO_INCREMENT PRIMARY KEY, ', ''])('a sequence of a table that begins with %j', (id) => {
  it.each([
    ['is made NOT NULL', 'NULL', "SET sql_mode = ''; ALTER TABLE cdr MODIFY sequence INT NOT NULL DEFAULT 0"],
    ['is made NULL and keeps its zeros', 'NOT NULL DEFAULT 0', 'ALTER TABLE cdr MODIFY sequence INT NULL'],
    [
      'is made NULL with its zeros',
      'NOT NULL DEFAULT 0',
      `ALTER TABLE cdr MODIFY sequence INT NULL; UPDATE cdr SET sequence = NULL WHERE sequence = 0`,
    ],
  ])('%s while it is read, and records keep what AMI told', async (_what, before, change) => {
    const server = await freshDatabase(`CREATE TABLE cdr (${id}${plain}, sequence INT ${before})`);
    const house = await openTableHouse({ url: server.url() });
    await appendTo(house.store, 'pbx1/ami', calls);
    for (const { start, uniqueid, channel } of calls)
      await server.add({ calldate: new Date(start / 1000).toISOString().slice(0, 19), uniqueid, channel, ...row });
    await until(() => house.report('table').received >= 3, 'the rows');
    await server.run(change);
    await server.add({ calldate: '2026-11-18 11:00:00', uniqueid: 'end', channel: 'PJSIP/9-9', ...row });
    await until(async () => (await house.cdrs()).some(({ uniqueid }) => uniqueid === 'end'), 'the last row');
    expect((await house.cdrs()).map(({ sequence }) => sequence)).toEqual([3, 4, 5, null]);
  });

  it('whose default becomes a number below 0 while it is read leaves rows what AMI told', async () => {
    const server = await freshDatabase(`CREATE TABLE cdr (${id}${plain}, sequence INT NULL)`);
    const house = await openTableHouse({ url: server.url() });
    await appendTo(house.store, 'pbx1/ami', calls);
    const rows = calls.map(({ start, uniqueid, channel }) => {
      return { calldate: new Date(start / 1000).toISOString().slice(0, 19), uniqueid, channel, ...row };
    });
    await server.add(rows[0]!);
    await until(() => house.report('table').received >= 1, 'the first row');
    await server.run('ALTER TABLE cdr MODIFY sequence INT DEFAULT -1');
    await server.add(rows[1]!, rows[2]!);
    await until(() => house.report('table').received >= 3, 'the rows');
    expect((await house.cdrs()).map(({ sequence }) => sequence)).toEqual([3, 4, 5]);
    expect(house.report('table').rejected).toBe(0);
  });
});
