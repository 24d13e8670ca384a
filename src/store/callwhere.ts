// A filter of calls as SQL conditions: the twin of `callMatches` in cdr/callquery.ts. The tenant wall is the first of them.
import { callConditionNames, type CallConditions, type CallFilter } from '../cdr/callquery.ts';
import type { Within } from '../cdr/wall.ts';
import { elementText } from './callrow.ts';
import { allOf, either, is, treeOf, type Dictionaries, type Where } from './where.ts';
import { wallOf } from './wall.ts';

/**
 * Conditions, each after an AND. What a bound reader sees of a call whose records stand behind different walls, SQL does
 * not know: all of these that it may see something of come through, and `seenMatch` (calllist.ts) decides.
 */
export function callWhereOf(filter: CallFilter, within: Within, names: Dictionaries): Where {
  const own = allOf(partsOf(filter, names));
  const parts: Where[] = [{ sql: '`hidden` = 0', values: [] }];
  if (within === null) parts.push(own);
  else if ('extensions' in within) parts.push(either([allOf([single, own]), several]), seen(within, names));
  else {
    // Of a call that is not mixed, all records are of the very companies of the call.
    const whole = allOf([plain('`mixed` = 0'), wallOf(within, names.companies), own]);
    parts.push(either([whole, allOf([plain('`mixed` = 1'), ...rangeOf(filter), seen(within, names)])]));
  }
  return {
    sql: parts.map((part) => ` AND ${part.sql}`).join(''),
    values: parts.flatMap((part) => part.values),
  };
}

const plain = (sql: string): Where => ({ sql, values: [] });
const single = plain('`records` = 1');
const several = plain('`records` > 1');

function seen(within: NonNullable<Within>, { companies }: Dictionaries): Where {
  const { sql, values } = wallOf(within, companies);
  return {
    sql: `EXISTS (SELECT 1 FROM \`cdr\` WHERE \`cdr\`.\`call_id\` = \`call\`.\`id\` AND \`cdr\`.\`hidden\` = 0 AND ${sql})`,
    values,
  };
}

/** A part of a call lies within the whole. */
function rangeOf({ from, until }: CallFilter): Where[] {
  return [
    ...(from === undefined ? [] : [{ sql: '`end` >= ?', values: [from] }]),
    ...(until === undefined ? [] : [{ sql: '`start` < ?', values: [until] }]),
  ];
}

function partsOf(filter: CallFilter, names: Dictionaries): Where[] {
  return treeOf(filter, (node) =>
    callConditionNames
      .filter((name) => node[name] !== undefined)
      .map((name) => readings[name](node[name] as never, names)),
  );
}

type Reading<Name extends keyof CallConditions> = (
  value: NonNullable<CallConditions[Name]>,
  names: Dictionaries,
) => Where;

/** The compiler asks for every condition; so does their twin in cdr/callquery.ts. */
const readings: { [Name in keyof CallConditions]-?: Reading<Name> } = {
  company: (handle, names) => {
    const own = wallOf([handle], names.companies);
    return either([allOf([plain('`mixed` = 0'), own]), allOf([plain('`mixed` = 1'), seen([handle], names)])]);
  },
  extension: (extension) => has('extensions', extension),
  // The fourth of `detail` (callrow.ts).
  trunk: (trunk) => ({ sql: "INSTR(JSON_EXTRACT(`detail`, '$[3]'), ?) > 0", values: [JSON.stringify(trunk)] }),
  system: (system, { systems }) => ({ sql: '`system_id` = ?', values: [systems.idOf(system) ?? -1] }),
  outcome: (outcome) => ({ sql: '`outcome` = ?', values: [outcome] }),
  direction: (direction) => ({ sql: '`direction` = ?', values: [direction] }),
  caller: (caller) => is('caller', caller),
  called: (called) => is('called', called),
  answeredBy: (answeredBy) => is('answered_by', answeredBy),
  person: (person) => plain(`\`answered_by\` IS ${person === 'yes' ? 'NOT ' : ''}NULL`),
  prefix: (prefix) => ({ sql: '(INSTR(`caller`, ?) = 1 OR INSTR(`called`, ?) = 1)', values: [prefix, prefix] }),
  linkedid: (linkedid) => has('linkedids', linkedid, 'linkedid'),
  uniqueid: (uniqueid) => has('uniqueids', uniqueid, 'uniqueid'),
  from: (from) => ({ sql: '`start` >= ?', values: [from] }),
  until: (until) => ({ sql: '`start` < ?', values: [until] }),
  endFrom: (from) => ({ sql: '`end` >= ?', values: [from] }),
  minDuration: (seconds) => ({ sql: '`duration` >= ?', values: [seconds] }),
  maxDuration: (seconds) => ({ sql: '`duration` <= ?', values: [seconds] }),
};

/** `index`: a column of its records by which it is found sooner. */
function has(list: string, text: string, index?: 'linkedid' | 'uniqueid'): Where {
  const own: Where = { sql: `INSTR(\`${list}\`, ?) > 0`, values: [elementText(text)] };
  if (index === undefined) return own;
  const quick = {
    sql: `\`id\` IN (SELECT \`call_id\` FROM \`cdr\` WHERE \`cdr\`.\`system_id\` IN (SELECT \`id\` FROM \`system\`) AND \`cdr\`.\`${index}\` = ?)`,
    values: [text],
  };
  return allOf([quick, own]);
}
