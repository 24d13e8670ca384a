// Rows of a MariaDB table that are deleted and put back under new ids, beside an AMI that tells sequences or none.
import { expect, it } from 'vitest';
import { someCdr } from '../../support/rows.ts';
import { appendTo } from '../../support/store.ts';
import { until } from '../../support/until.ts';
import { openTableHouse } from './house.ts';
import { freshDatabase } from './server.ts';

const columns = 'calldate, src, dst, channel, duration, billsec, disposition, uniqueid';
const schema = `CREATE TABLE cdr (id INT AUTO_INCREMENT PRIMARY KEY, calldate DATETIME, src VARCHAR(80), dst VARCHAR(80),
  channel VARCHAR(80), duration INT, billsec INT, disposition VARCHAR(45), uniqueid VARCHAR(150), KEY (calldate))`;

it.each([
  ['sequences', (number: number) => number],
  ['none', () => null],
])('are the records that they were, where AMI tells %s', async (_name, sequenceOf) => {
  const server = await freshDatabase(schema);
  const house = await openTableHouse({ url: server.url() });
  for (let number = 1; number <= 10; number += 1) {
    const cdr = someCdr(number, { sequence: sequenceOf(number) });
    await appendTo(house.store, 'pbx1/ami', [cdr]);
    const { start, src, dst, channel, duration, billsec, disposition, uniqueid } = cdr;
    const calldate = new Date(start / 1000).toISOString().slice(0, 19).replace('T', ' ');
    await server.add({ calldate, src, dst, channel, duration, billsec, disposition, uniqueid });
  }
  await until(() => house.report('table').received >= 10, 'the rows');
  const records = await house.cdrs();
  expect(records).toHaveLength(10);
  for (const ids of ['3, 5', '4', '11, 12']) {
    await server.root
      .query(`CREATE TABLE b AS SELECT * FROM cdr WHERE id IN (${ids}); DELETE FROM cdr WHERE id IN (${ids});
      INSERT INTO cdr (${columns}) SELECT ${columns} FROM b ORDER BY id; DROP TABLE b`);
  }
  await server.add({ calldate: '2026-11-22 20:00:00', uniqueid: '99.1', duration: 1, billsec: 0, disposition: 'BUSY' });
  await until(async () => (await house.cdrs()).some(({ uniqueid }) => uniqueid === '99.1'), 'the newest row');
  expect((await house.cdrs()).map(({ id }) => id)).toEqual([...records.map(({ id }) => id), expect.any(Number)]);
});
