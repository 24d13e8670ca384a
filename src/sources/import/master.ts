// Master.csv and the files per account as Asterisk's cdr/cdr_csv.c writes them: no names, columns by their place.
//
//   16  accountcode … amaflags                       the least
//   17  … and uniqueid, or userfield                 loguniqueid=yes, or loguserfield=yes
//   18  … and uniqueid, userfield                    both
//   19 to 21  the same with peeraccount, linkedid, sequence behind    newcdrcolumns=yes
//
// The settings may change within one file, so each row is judged by itself.
import { hash } from 'node:crypto';
import type { RowOf } from './csv.ts';
import { fieldsFrom } from './item.ts';

/** cdr/cdr_csv.c, build_csv_record. Quotes are doubled, times are local or, with usegmtime=yes, UTC. */
export const masterColumns = [
  ...['accountcode', 'src', 'dst', 'dcontext', 'clid', 'channel', 'dstchannel', 'lastapp', 'lastdata'],
  ...['start', 'answer', 'end', 'duration', 'billsec', 'disposition', 'amaflags'],
] as const;
const newColumns = ['peeraccount', 'linkedid', 'sequence'] as const;
const least = masterColumns.length;
const most = least + 2 + newColumns.length;

export const masterExpected = `${least} to ${most} columns as Asterisk's cdr_csv writes them`;

/** `1795317329.20`, with the systemname before it where one is set. */
const uniqueidForm = /^(?:.+-)?\d{9,10}\.\d+$/;

/** The columns of a row of so many cells; null when cdr_csv writes no such row. */
export function columnsOf(cells: readonly string[]): readonly string[] | null {
  if (cells.length < least || cells.length > most) return null;
  const hasNew = cells.length >= least + newColumns.length;
  const between = cells.length - least - (hasNew ? newColumns.length : 0);
  // Of one column more only the value tells which it is.
  const one = uniqueidForm.test(cells[least] ?? '') ? ['uniqueid'] : ['userfield'];
  const some = between === 0 ? [] : between === 1 ? one : ['uniqueid', 'userfield'];
  return [...masterColumns, ...some, ...(hasNew ? newColumns : [])];
}

/** @param derives - whether a row without uniqueid gets one made of its channel and start; else it is a reject. */
export function masterRows(timezone: string, derives: boolean): RowOf {
  return (cells) => {
    const columns = columnsOf(cells);
    if (columns === null) return null;
    const cell = (name: string) => cells[columns.indexOf(name)]!;
    const fields = fieldsFrom(columns.map((name) => [name, cell(name)]));
    if (fields['uniqueid']) return { system: null, row: { kind: 'table', timezone, fields } };
    if (derives) {
      fields['uniqueid'] = uniqueidFrom(cell('channel'), cell('start'));
      return { system: null, row: { kind: 'table', timezone, fields } };
    }
    const message =
      `is not among the ${cells.length} columns (loguniqueid is off in cdr.conf): ` +
      '--derive-uniqueid makes one of channel and start';
    return { system: null, row: { kind: 'table', timezone, fields, faults: [{ field: 'uniqueid', message }] } };
  };
}

/** The same for all records of a channel that began together; never one that Asterisk gives. */
function uniqueidFrom(channel: string, start: string): string {
  return `derived-${hash('sha256', `${channel}\n${start}`, 'hex').slice(0, 24)}`;
}
