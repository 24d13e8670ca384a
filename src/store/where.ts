// A CdrQuery as SQL conditions. The tenant wall is the first of them: no query leaves here without it.
import type { CdrFilter, CdrQuery } from '../cdr/query.ts';
import type { Names } from './names.ts';
import type { Value } from './sql.ts';
import { wallOf } from './wall.ts';

export interface Where {
  sql: string;
  values: Value[];
}

/** Conditions joined by AND; a company or system the store has never seen matches nothing. */
export function whereOf(
  query: CdrFilter & Pick<CdrQuery, 'within' | 'from' | 'until'>,
  names: { systems: Names; companies: Names },
): Where {
  const parts: Where[] = [];
  if (query.within !== null) parts.push(wallOf(query.within, names.companies));
  if (query.company !== undefined) parts.push(wallOf([query.company], names.companies));
  if (query.extension !== undefined) {
    parts.push({ sql: '(`extension` = ? OR `peer_extension` = ?)', values: [query.extension, query.extension] });
  }
  if (query.system !== undefined)
    parts.push({ sql: '`system_id` = ?', values: [names.systems.idOf(query.system) ?? -1] });
  if (query.disposition !== undefined) parts.push({ sql: '`disposition` = ?', values: [query.disposition] });
  if (query.from !== undefined) parts.push({ sql: '`start` >= ?', values: [query.from] });
  if (query.until !== undefined) parts.push({ sql: '`start` < ?', values: [query.until] });
  return {
    sql: parts.map((part) => ` AND ${part.sql}`).join(''),
    values: parts.flatMap((part) => part.values),
  };
}
