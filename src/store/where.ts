// A filter as SQL conditions: the twin of `matches` in cdr/query.ts. The tenant wall is the first of them: no query leaves here without it.
import { tagKey } from '../cdr/overlay.ts';
import { conditionNames, type CdrFilter, type CdrQuery, type Conditions } from '../cdr/query.ts';
import { splitWords } from '../cdr/words.ts';
import { columnsWhere } from './columnwhere.ts';
import type { Names } from './names.ts';
import type { Value } from './sql.ts';
import { wallOf } from './wall.ts';

export interface Where {
  sql: string;
  values: Value[];
}

export interface Dictionaries {
  systems: Names;
  companies: Names;
}

/** Conditions, each after an AND; a company or system the store has never seen matches nothing. */
export function whereOf(query: CdrFilter & Pick<CdrQuery, 'within' | 'raw' | 'columns'>, names: Dictionaries): Where {
  const parts: Where[] = [];
  if (query.within !== null) parts.push(wallOf(query.within, names.companies));
  if (query.raw !== true) parts.push({ sql: '`hidden` = 0', values: [] });
  parts.push(...partsOf(query, names));
  if (query.columns) parts.push(columnsWhere(query.columns));
  return {
    sql: parts.map((part) => ` AND ${part.sql}`).join(''),
    values: parts.flatMap((part) => part.values),
  };
}

function partsOf(filter: CdrFilter, names: Dictionaries): Where[] {
  return treeOf(filter, (node) =>
    conditionNames.filter((name) => node[name] !== undefined).map((name) => readings[name](node[name] as never, names)),
  );
}

interface Tree<Node> {
  and?: readonly Node[];
  or?: readonly Node[];
  not?: Node;
}

/** A tree of conditions, when `own` gives those of one node. */
export function treeOf<Node extends Tree<Node>>(filter: Node, own: (node: Node) => Where[]): Where[] {
  const parts = own(filter);
  for (const part of filter.and ?? []) parts.push(...treeOf(part, own));
  if (filter.or) parts.push(either(filter.or.map((part) => allOf(treeOf(part, own)))));
  if (filter.not) {
    // NULL (the record does not know) counts as false before it is turned round; above a NOT nothing can tell the two apart.
    const { sql, values } = allOf(treeOf(filter.not, own));
    parts.push({ sql: `NOT COALESCE(${sql}, 0)`, values });
  }
  return parts;
}

export function allOf(parts: readonly Where[]): Where {
  if (parts.length === 0) return { sql: '(1 = 1)', values: [] };
  return { sql: `(${parts.map(({ sql }) => sql).join(' AND ')})`, values: parts.flatMap(({ values }) => values) };
}

export function either(parts: readonly Where[]): Where {
  if (parts.length === 0) return { sql: '(1 = 0)', values: [] };
  return { sql: `(${parts.map(({ sql }) => sql).join(' OR ')})`, values: parts.flatMap(({ values }) => values) };
}

type Reading<Name extends keyof Conditions> = (value: NonNullable<Conditions[Name]>, names: Dictionaries) => Where;

/** The compiler asks for every condition; so does their twin in cdr/query.ts. */
const readings: { [Name in keyof Conditions]-?: Reading<Name> } = {
  company: (handle, { companies }) => wallOf([handle], companies),
  extension: (extension) => either([is('extension', extension), is('peer_extension', extension)]),
  system: (system, { systems }) => ({ sql: '`system_id` = ?', values: [systems.idOf(system) ?? -1] }),
  disposition: (disposition) => ({ sql: '`disposition` = ?', values: [disposition] }),
  direction: (direction) => ({ sql: '`direction` = ?', values: [direction] }),
  src: (src) => is('src', src),
  dst: (dst) => is('dst', dst),
  prefix: (prefix) => ({ sql: '(INSTR(`src`, ?) = 1 OR INSTR(`dst`, ?) = 1)', values: [prefix, prefix] }),
  linkedid: (linkedid) => is('linkedid', linkedid),
  uniqueid: (uniqueid) => is('uniqueid', uniqueid),
  from: (from) => ({ sql: '`start` >= ?', values: [from] }),
  until: (until) => ({ sql: '`start` < ?', values: [until] }),
  minDuration: (seconds) => ({ sql: '`duration` >= ?', values: [seconds] }),
  maxDuration: (seconds) => ({ sql: '`duration` <= ?', values: [seconds] }),
  tag: (tag) => ({
    sql:
      'EXISTS (SELECT 1 FROM `cdr_tag` JOIN `tag` ON `tag`.`id` = `cdr_tag`.`tag_id` ' +
      'WHERE `cdr_tag`.`cdr_id` = `cdr`.`id` AND `tag`.`name_key` = ?)',
    values: [tagKey(tag)],
  }),
  text: (text) =>
    allOf([
      { sql: '`words` IS NOT NULL', values: [] },
      ...splitWords(text).map((word): Where => ({ sql: 'INSTR(`words`, ?) > 0', values: [` ${word}`] })),
    ]),
};

/** Equal to the last space: MariaDB's `=` takes no notice of spaces at the end. */
export function is(column: string, text: string): Where {
  return { sql: `(\`${column}\` = ? AND LENGTH(\`${column}\`) = LENGTH(?))`, values: [text, text] };
}
