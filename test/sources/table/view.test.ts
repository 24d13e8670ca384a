// What a view's definition shows, as MariaDB tells it and as people write it for SQLite.
import { expect, it } from 'vitest';
import { throughView, viewAdvice, viewOf } from '../../../src/sources/table/view.ts';

const columns = ['calldate', 'uniqueid', 'local', 'start'];
const quote = (name: string) => `"${name}"`;

it.each([
  [
    'MariaDB',
    'select `pbx`.`cdr`.`start` AS `calldate`,`pbx`.`cdr`.`uniqueid` AS `uniqueid` from `pbx`.`cdr`',
    '`pbx`.`cdr`',
  ],
  [
    'an alias',
    'select `c`.`start` AS `calldate`,`c`.`uniqueid` AS `uniqueid` from `pbx`.`cdr` `c` where `c`.`dst` <> 1',
    '`pbx`.`cdr`',
  ],
  ['SQLite', 'CREATE VIEW calls AS SELECT start AS calldate, uniqueid FROM cdr', 'cdr'],
  ['quotes', 'create view "calls" as select "start" as "calldate", "uniqueid" from "cdr"', '"cdr"'],
])('the one table behind it and the columns it shows are found: %s', (_, definition, base) => {
  const view = viewOf(definition, columns);
  expect([view.base, Object.fromEntries(view.origins)]).toEqual([base, { calldate: 'start', uniqueid: 'uniqueid' }]);
});

it('all columns of a table are themselves, of a view with names of its own none is known', () => {
  const all = viewOf('CREATE VIEW v AS SELECT * FROM cdr', columns);
  expect([...all.origins]).toEqual(columns.map((name) => [name, name]));
  expect(viewOf('CREATE VIEW v(calldate, uniqueid) AS SELECT start, uniqueid FROM cdr', columns)).toMatchObject({
    base: 'cdr',
    origins: new Map(),
  });
});

it('a column that is worked out is none of the table', () => {
  const definition =
    "select convert_tz(`pbx`.`cdr`.`start`,'+01:00','+00:00') AS `calldate`,`pbx`.`cdr`.`uniqueid` AS `uniqueid` from `pbx`.`cdr`";
  const view = viewOf(definition, columns);
  expect([...view.origins.keys()]).toEqual(['uniqueid']);
  expect(viewAdvice(view, 'v', 'calldate', quote)).toBe(
    'no index can serve calldate: the view "v" works it out from `pbx`.`cdr`; let it show the column as it is, and index that',
  );
});

it.each([
  ['a definition that may not be seen', ''],
  [
    'two tables',
    'select `a`.`start` AS `calldate` from (`pbx`.`cdr` `a` join `pbx`.`names` `b` on(`a`.`src` = `b`.`src`))',
  ],
  ['two tables, a comma', 'CREATE VIEW v AS SELECT start AS calldate FROM cdr c, names'],
  ['a union', 'select `start` AS `calldate` from `cdr` union select `start` AS `start` from `cdr`'],
  ['groups', 'select min(`start`) AS `calldate` from `cdr` group by `linkedid`'],
  ['a SELECT in a SELECT', 'CREATE VIEW v AS SELECT start AS calldate FROM (SELECT start FROM cdr)'],
  ['no SQL at all', 'x'],
])('where no single table can be indexed, that is said: %s', (_, definition) => {
  const view = viewOf(definition, columns);
  expect(view.base).toBe(null);
  expect(viewAdvice(view, 'v', 'calldate', quote)).toContain('its definition shows no single table to index');
});

it('indexes of the table are those of the view, by its names, and none makes its rows unique', () => {
  const view = viewOf('CREATE VIEW v AS SELECT start AS calldate, uniqueid FROM cdr', columns);
  expect(
    throughView(view, [
      { columns: ['start', 'dst'], isUnique: false },
      { columns: ['uniqueid'], isUnique: true },
    ]),
  ).toEqual([
    { columns: ['calldate', ''], isUnique: false },
    { columns: ['uniqueid'], isUnique: false },
  ]);
});
