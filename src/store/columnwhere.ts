// A filter by columns as SQL conditions: the twin of cdr/columns.ts.
import { type ColumnFilter, type ColumnTest } from '../cdr/columns.ts';
import { allOf, either, is, type Where } from './where.ts';

/** Sizes of lists of values: each is a statement of its own, kept prepared. */
const sizes = [1, 8, 64, 512];
/** Longest list of values of one test. */
export const valuesMax = 1024;

export function columnsWhere(filter: ColumnFilter): Where {
  if ('all' in filter) return allOf(filter.all.map(columnsWhere));
  if ('any' in filter) return either(filter.any.map(columnsWhere));
  if ('no' in filter) {
    // What a column does not know (NULL) counts as false before it is turned round.
    const { sql, values } = columnsWhere(filter.no);
    return { sql: `NOT COALESCE(${sql}, 0)`, values };
  }
  return testWhere(filter);
}

function testWhere(test: ColumnTest): Where {
  if ('custom' in test) {
    // `custom` is written by JSON.stringify, and a bare quote is never inside one of its texts.
    const pair = `${JSON.stringify(test.custom)}:${JSON.stringify(test.value)}`;
    return { sql: 'INSTR(`custom`, ?) > 0', values: [pair] };
  }
  const column = columnOf(test.column);
  switch (test.is) {
    case 'in':
      return either(listsOf(test.value).map((values) => ({ sql: `\`${column}\` IN (${marks(values)})`, values })));
    case 'has':
      return { sql: `INSTR(LOWER(\`${column}\`), LOWER(?)) > 0`, values: [test.value] };
    case 'filled':
      return { sql: `LENGTH(\`${column}\`) > 0`, values: [] };
    case '=':
      return typeof test.value === 'string'
        ? is(column, test.value)
        : { sql: `\`${column}\` = ?`, values: [test.value] };
    default:
      return { sql: `\`${column}\` ${test.is} ?`, values: [test.value] };
  }
}

function columnOf(name: string): string {
  return name === 'peerExtension' ? 'peer_extension' : name;
}

/** In lists of few different lengths; the last value is said again. */
function listsOf(values: readonly number[]): number[][] {
  const lists: number[][] = [];
  for (let from = 0; from < values.length; from += sizes.at(-1)!) {
    const some = values.slice(from, from + sizes.at(-1)!);
    const size = sizes.find((one) => one >= some.length)!;
    lists.push([...some, ...new Array<number>(size - some.length).fill(some.at(-1)!)]);
  }
  return lists;
}

function marks(values: readonly number[]): string {
  return values.map(() => '?').join(', ');
}
