import { expect, it } from 'vitest';
import { meetingsLeast, shiftOf, zoneFault, type Meeting } from '../../src/cdr/clocks.ts';

const second = 1_795_317_329;
/** Records one after the other, newest first; `ahead` of the table before AMI and of AMI before the birth, in seconds. */
function meetings(ahead: number, amiAhead = 0, isEpoch = false, count = meetingsLeast): Meeting[] {
  return Array.from({ length: count }, (_, at) => {
    const birth = second - at * 60;
    const ami = (birth + amiAhead) * 1e6 + 411_497;
    return { uniqueid: `${birth}.${at}`, ami, table: (birth + amiAhead + ahead) * 1e6, isEpoch };
  });
}

it('five records in a row that stand apart by the same whole quarters of an hour say it, five that agree say the contrary', () => {
  expect([meetings(3600), meetings(-20_700), meetings(0)].map(shiftOf)).toEqual([3600, -20_700, 0]);
});

it('says nothing of fewer records, of other distances, of records that differ from each other', () => {
  expect(shiftOf(meetings(3600, 0, false, 4))).toBeNull();
  expect(shiftOf([])).toBeNull();
  expect(shiftOf(meetings(3601))).toBeNull();
  expect(shiftOf([...meetings(3600).slice(0, 4), ...meetings(0).slice(4)])).toBeNull();
  expect(shiftOf([...meetings(0).slice(0, 1), ...meetings(3600).slice(1)])).toBeNull();
});

it('older records than the newest five have no say', () => {
  expect(shiftOf([...meetings(0), ...meetings(3600)])).toBe(0);
});

const berlin = { ami: 'Europe/Berlin', table: 'Europe/Berlin' };

it.each<[string, Meeting[], { ami: string; table: string }, string]>([
  [
    'the table, which is in UTC and read as local time, by the births of the channels',
    meetings(-3600),
    berlin,
    'systems.pbx1.table.timezone is probably wrong: the table is 1 h behind AMI; its clock stood at UTC+00:00, UTC would fit',
  ],
  [
    'the table, which is local and read as UTC, by AMI’s epochs',
    meetings(19_800, 7, true),
    { ami: 'Asia/Kolkata', table: 'UTC' },
    'systems.pbx1.table.timezone is probably wrong: the table is 5 h 30 min ahead of AMI; its clock stood at UTC+05:30, Asia/Kolkata would fit',
  ],
  [
    'the table in winter, when two zones would fit',
    meetings(-3600),
    { ami: 'Europe/London', table: 'Europe/Berlin' },
    'systems.pbx1.table.timezone is probably wrong: the table is 1 h behind AMI; its clock stood at UTC+00:00, UTC or Europe/London would fit',
  ],
  [
    'AMI, where the table begins with the channels',
    meetings(3600, -3600),
    berlin,
    'systems.pbx1.timezone is probably wrong: the table is 1 h ahead of AMI; its clock stood at UTC+00:00, UTC would fit',
  ],
  [
    'the table, by a clock that no configured zone has',
    meetings(-25_200),
    berlin,
    'systems.pbx1.table.timezone is probably wrong: the table is 7 h behind AMI; its clock stood at UTC-06:00',
  ],
  [
    'one of both, where nothing tells which',
    meetings(900, 450),
    berlin,
    'systems.pbx1.table.timezone or systems.pbx1.timezone is probably wrong: the table is 15 min ahead of AMI',
  ],
])('names who is wrong and what would fit: %s', (_, seen, zones, text) => {
  expect(zoneFault('pbx1', seen, shiftOf(seen)!, zones)).toBe(text);
});
