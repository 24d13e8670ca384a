import { expect, it } from 'vitest';
import { Alarm, type Findings } from '../../src/completeness/alarm.ts';
import { openLog } from '../../src/log.ts';

const hour = 3600e6;
const none: Findings = { missingInTable: 0, missingInAmi: 0, holesUnexplained: 0, notUnderstood: 0 };

/** What the log says of each look: [hours since the first, findings]. */
function said(...looks: [number, Partial<Findings>][]): (string | null)[] {
  const lines: { level: string; missingInAmi?: number; holesUnexplained?: number; notUnderstood?: number }[] = [];
  const to = { write: (line: string) => void lines.push(JSON.parse(line) as (typeof lines)[number]) };
  const alarm = new Alarm(openLog({ level: 'info', format: 'json' }, to), 'pbx1');
  return looks.map(([at, findings]) => {
    alarm.tell({ ...none, ...findings }, 1e15 + at * hour);
    const countOf = ({ missingInAmi, holesUnexplained, notUnderstood }: (typeof lines)[number]) =>
      missingInAmi ?? holesUnexplained ?? notUnderstood ?? '';
    const told = lines.splice(0).map((line) => `${line.level} ${countOf(line)}`.trim());
    return told.length === 0 ? null : told.join(', ');
  });
}

it('a source that never tells some of the records is told of once, then when it is twice as many', () => {
  const looks = [1, 1, 3, 4, 5, 6, 7, 11, 12].map((n, at): [number, Partial<Findings>] => [
    at / 12,
    { missingInAmi: n },
  ]);
  expect(said(...looks)).toEqual(['warn 1', null, 'warn 3', null, null, 'warn 6', null, null, 'warn 12']);
});

it('what is worse, but not twice, is told after a day', () => {
  const looks: [number, number][] = [
    [0, 100],
    [1, 101],
    [23.9, 120],
    [24, 121],
    [25, 122],
    [48.1, 122],
    [49, 123],
  ];
  const told = said(...looks.map(([at, n]): [number, Partial<Findings>] => [at, { missingInAmi: n }]));
  expect(told).toEqual(['warn 100', null, null, 'warn 121', null, 'warn 122', null]);
});

it('what became less and rises again is news from there on, and its end is told once', () => {
  const looks = [100, 2, 3, 4, 0, 0, 1].map((n, at): [number, Partial<Findings>] => [at / 12, { missingInAmi: n }]);
  expect(said(...looks)).toEqual(['warn 100', null, null, 'warn 4', 'info', null, 'warn 1']);
});

it('each finding counts for itself, and rows that were not understood are a warning of their own', () => {
  expect(
    said(
      [0, { missingInTable: 50 }],
      [0.1, { missingInTable: 50, missingInAmi: 1 }],
      [0.2, { missingInTable: 50, missingInAmi: 1, notUnderstood: 2 }],
      [0.3, { notUnderstood: 2 }],
      [0.4, {}],
    ),
  ).toEqual(['warn 0', 'warn 1', 'warn 2', 'info', 'info']);
});

it('numbers without a reason are no missing records: they are told apart, in words of their own', () => {
  const lines: { level: string; msg: string }[] = [];
  const to = { write: (line: string) => void lines.push(JSON.parse(line) as (typeof lines)[number]) };
  const alarm = new Alarm(openLog({ level: 'info', format: 'json' }, to), 'pbx1');
  alarm.tell({ ...none, holesUnexplained: 14 }, 1e15);
  alarm.tell({ ...none, holesUnexplained: 14, missingInTable: 1 }, 1e15 + hour);
  alarm.tell({ ...none, holesUnexplained: 14 }, 1e15 + 2 * hour);
  alarm.tell(none, 1e15 + 3 * hour);
  const noNumber = expect.stringMatching(/^numbers of sequence have no record and no reason/) as string;
  const missing = expect.stringMatching(/^records are missing in a source/) as string;
  expect(lines).toMatchObject([
    { level: 'warn', system: 'pbx1', holesUnexplained: 14, msg: noNumber },
    { level: 'warn', missingInTable: 1, missingInAmi: 0, msg: missing },
    { level: 'info', msg: 'no records are missing any more' },
    { level: 'info', msg: 'no numbers of sequence are without a reason any more' },
  ]);
  expect(lines.map((line) => 'holesUnexplained' in line)).toEqual([true, false, false, false]);
});
