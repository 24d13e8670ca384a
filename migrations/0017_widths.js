// How wide the narrow columns were through which a source tells texts (src/cdr/cut.ts) and when it was first opened; how a source named
// the row of a reject.
import { addColumns, bigOf, dropColumns, isMysql } from './table.js';

const columns = (knex) => {
  const text = isMysql(knex) ? 'mediumtext' : 'text';
  return [
    ['source', 'widths', text],
    ['source', 'opened', bigOf(knex)],
    ['reject', 'row_name', text],
  ];
};

export const up = (knex) => addColumns(knex, columns(knex));
export const down = (knex) => dropColumns(knex, columns(knex));
