// A hand-made table of MariaDB whose columns cut what Asterisk writes, beside an AMI that tells it whole.
import { describe, expect, it } from 'vitest';
import type { Cdr } from '../../../src/cdr/cdr.ts';
import { someCdr } from '../../support/rows.ts';
import { appendTo } from '../../support/store.ts';
import { until } from '../../support/until.ts';
import { openTableHouse } from './house.ts';
import { freshDatabase } from './server.ts';
import { warnings, watchTable } from './watch.ts';

const columns = `calldate DATETIME, clid VARCHAR(30), src VARCHAR(10), dst VARCHAR(8), channel VARCHAR(16), dstchannel CHAR(12),
  duration INT, billsec INT, disposition VARCHAR(8), uniqueid VARCHAR(32), userfield VARCHAR(5), KEY (calldate)`;
const schemas = {
  'with ids': `CREATE TABLE cdr (id INT AUTO_INCREMENT PRIMARY KEY, ${columns})`,
  'without ids': `CREATE TABLE cdr (${columns})`,
};

const call = (number: number, change: Partial<Cdr> = {}): Cdr =>
  someCdr(number, {
    ...{ sequence: null, src: '+441632960001', dst: `0301234567${number}`, dstchannel: `PJSIP/carrier-0000${number}` },
    ...{ disposition: 'NO ANSWER', billsec: 0, userfield: 'résumé', ...change },
  });
const rowOf = ({
  start,
  clid,
  src,
  dst,
  channel,
  dstchannel,
  duration,
  billsec,
  disposition,
  uniqueid,
  userfield,
}: Cdr) => ({
  calldate: new Date(start / 1000).toISOString().slice(0, 19).replace('T', ' '),
  ...{ clid, src, dst, channel, dstchannel, duration, billsec, disposition, uniqueid, userfield },
});

describe.each(Object.entries(schemas))('a narrow MariaDB table %s', (_, schema) => {
  it('doubles no record and cuts none that AMI tells, whoever is first, over a restart and a reconcile', async () => {
    const server = await freshDatabase(schema);
    const twins = [call(5), call(5, { dst: '03012345679', dstchannel: 'PJSIP/carrier-00009' })];
    const house = await openTableHouse({ url: server.url() });
    await appendTo(house.store, 'pbx1/ami', [call(11), ...twins]);
    await server.add(...[call(11), call(12), ...twins].map(rowOf));
    await until(() => house.report('table').received >= 4, 'all rows');
    await house.stop();
    const again = await openTableHouse({ url: server.url(), folder: house.folder });
    await appendTo(again.store, 'pbx1/ami', [call(12)]);
    await server.add(rowOf(call(13)));
    await until(async () => (await again.cdrs()).length === 5, 'the last row');
    await again.chores.reconcile.start({ from: '2026-11-01', to: '2026-12-01' });
    const told = (await again.cdrs()).map(({ dst, src, dstchannel, disposition }) => [
      dst,
      src,
      dstchannel,
      disposition,
    ]);
    const wholes = [call(11), ...twins, call(12)].map(({ dst, src, dstchannel }) => [
      dst,
      src,
      dstchannel,
      'NO ANSWER',
    ]);
    const alone = ['03012345', '+441632960', 'PJSIP/carrie', 'NO ANSWER'];
    expect(told.sort()).toEqual([...wholes, alone].sort());
    const { received, stored, duplicate, rejected } = await again.store.source('pbx1/table');
    expect([received, rejected, stored]).toEqual([stored + duplicate, 0, 2]);
  });

  it('is told which columns are too narrow, and of a uniqueid that fills its column', async () => {
    const server = await freshDatabase(schema);
    await server.add(rowOf(call(1)), rowOf(call(2, { uniqueid: 'pbx-frankfurt-01.example.com-1795317329.20' })));
    const watch = watchTable({ url: server.url() });
    await watch.clock.idle();
    const said = warnings(watch);
    expect(said).toContainEqual(
      expect.stringMatching(
        /^columns narrower than 20 characters: src \(10\), dst \(8\), channel \(16\), dstchannel \(12\); /,
      ),
    );
    expect(said).toContainEqual(
      expect.stringMatching(/^a uniqueid fills its column of 32 characters \(pbx-frankfurt-01.example.com-179\)/),
    );
    await watch.stop();
  });
});
