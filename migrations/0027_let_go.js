// How many rejects of a source were let go because too many were kept, by the quarter of an hour in which each was first seen; and
// since when it is known that the row of a reject is in its table no more.
import { addColumns, bigOf, dropColumns } from './table.js';

const columns = (knex) => [
  ['slip', 'let_go', `${bigOf(knex)} NOT NULL DEFAULT 0`],
  ['reject', 'gone', bigOf(knex)],
];

export const up = (knex) => addColumns(knex, columns(knex));
export const down = (knex) => dropColumns(knex, columns(knex));
