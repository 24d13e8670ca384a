// The rows that nobody fills, of a file of SQLite; and what is said of the column.
import { expect, it } from 'vitest';
import { formerIn } from '../../../src/sources/table/cursor.ts';
import { columnOf } from '../../../src/sources/table/mysqlshape.ts';
import { asteriskSchema, pbxFile } from './files.ts';
import { itTakesUnfilled } from './unfilledsuite.ts';
import { watchTable } from './watch.ts';

const plain =
  'calldate TEXT, src TEXT, dst TEXT, channel TEXT, duration INT, billsec INT, disposition TEXT, uniqueid TEXT';

itTakesUnfilled({ type: 'INTEGER', id: 'acctid INTEGER PRIMARY KEY', plain, bare: '' }, async (schema) => {
  const pbx = pbxFile(schema);
  return {
    url: pbx.url,
    run: async (sql) => void pbx.db.exec(sql),
    add: async (rows) => pbx.add(...rows),
  };
});

it.each([
  [{}, []],
  [{ unfilled: 0 }, [0]],
  [{ unfilled: [0, -1] }, [0, -1]],
])('a cursor with %j knows %j, of 0.1.0 too', (more, unfilled) => {
  const text = JSON.stringify({ by: 'time', column: 'calldate', time: '2026-11-22 03:15:29', ...more });
  expect(formerIn(text)).toMatchObject({ unfilled });
});

it.each([
  ['INT', []],
  ['INT DEFAULT 0', ['info']],
])('the log says once what a column of %s has by itself: %j', async (type, levels) => {
  const pbx = pbxFile(asteriskSchema.replace('sequence INT', `sequence ${type}`));
  const watch = watchTable({ url: pbx.url });
  await watch.clock.idle();
  await watch.poll();
  await watch.stop();
  const lines = watch.log.filter(({ msg }) => msg.startsWith('a row has the sequence 0 when nobody fills it'));
  expect(lines.map(({ level }) => level)).toEqual(levels);
});

it.each([
  ['int(11)', 'NO', '0', '', 0],
  ['int(11)', 'NO', null, '', 0],
  ['decimal(10,2)', 'YES', '0.00', '', 0],
  ['varchar(20)', 'NO', '-1', '', -1],
  ['varchar(20)', 'NO', '', '', null],
  ['varchar(20)', 'NO', null, '', null],
  ['int(11)', 'YES', null, '', null],
  ['int(11)', 'NO', null, 'auto_increment', null],
  ['datetime', 'NO', 'current_timestamp()', '', null],
])('MariaDB: %s, nullable %s, default %s, %s', (Type, Null, Default, Extra, unfilled) => {
  expect(columnOf({ Field: 'sequence', Type, Null, Default, Extra })).toMatchObject({ unfilled });
});
