// What is searched for: as the URL holds it, and as the API is asked. Pure.
import { isAny, isId, isOneOf, type Rules } from '../leftout.ts';
import type { Given } from '../place.ts';
import { directions, dispositions, outcomes } from '../words.ts';
import { dayOf, instantOf, isZone, momentOf, wallOf } from '../zone.ts';
import { timesOf, weekHourFilter, weekHourOf } from './weekhour.ts';

export type Kind = 'calls' | 'records';

export const ranges = ['1h', 'today', 'yesterday', '24h', '7d', '30d', 'month', 'lastmonth', 'all', 'custom'] as const;
export type Range = (typeof ranges)[number];

const hour = 3_600_000;
const wordsDays = 366;

export function kindOf(given: Given): Kind {
  return given['kind'] === 'records' ? 'records' : 'calls';
}

export function rangeOf(given: Given): Range {
  return ranges.find((range) => range === given['range']) ?? (given['from'] || given['to'] ? 'custom' : '24h');
}

/** From and to (not included) in milliseconds; null: open. Days and months are those of the zone. */
export function spanOf(given: Given, now: number, zone: string): { from: number | null; to: number | null } {
  const month = (later: number) => {
    const { year, month: of } = wallOf(now, zone);
    return instantOf({ year, month: of + later, day: 1, hour: 0, minute: 0, second: 0 }, zone);
  };
  switch (rangeOf(given)) {
    case '1h':
      return { from: now - hour, to: null };
    case '24h':
      return { from: now - 24 * hour, to: null };
    case 'today':
      return { from: dayOf(now, zone), to: null };
    case 'yesterday':
      return { from: dayOf(now, zone, -1), to: dayOf(now, zone) };
    case '7d':
      return { from: dayOf(now, zone, -6), to: null };
    case '30d':
      return { from: dayOf(now, zone, -29), to: null };
    case 'month':
      return { from: month(0), to: null };
    case 'lastmonth':
      return { from: month(-1), to: month(0) };
    case 'all':
      return { from: null, to: null };
    case 'custom':
      return { from: momentOf(given['from'] ?? '', zone), to: momentOf(given['to'] ?? '', zone) };
  }
}

/** Conditions that both lists know by the same name, in the URL and in the API. */
const shared = ['company', 'extension', 'direction', 'prefix', 'text', 'system', 'linkedid', 'uniqueid'] as const;
const own: Readonly<Record<Kind, readonly string[]>> = {
  calls: ['end_from', 'outcome', 'trunk', 'person', 'caller', 'called', 'answered_by'],
  records: ['disposition', 'tag', 'src', 'dst'],
};

const isSeconds = (value: string) => secondsOf(value) !== null;
/** What is not any text. */
const judged: Rules = {
  ...{ direction: isOneOf(directions), outcome: isOneOf(outcomes), disposition: isOneOf(dispositions) },
  person: isOneOf(['yes', 'no']),
};

/** What a search of this kind reads from the address. */
export function rulesOf(kind: Kind, zone: string): Rules {
  const isMoment = (value: string) => momentOf(value, zone) !== null;
  return {
    ...{ kind: isOneOf(['calls', 'records']), range: isOneOf(ranges), from: isMoment, to: isMoment, zone: isZone },
    ...{ min: isSeconds, max: isSeconds, weekhour: (value) => weekHourOf(value) !== null, call: isId, record: isId },
    ...Object.fromEntries([...shared, ...own[kind]].map((name) => [name, judged[name] ?? isAny])),
    ...(kind === 'calls' ? { end_from: isMoment } : {}),
  };
}

/** What is said with a kind, so that the address keeps no conditions that only the other one has. */
export function withoutOther(kind: string): Record<string, string> {
  const other = kind === 'records' ? own.calls : own.records;
  return Object.fromEntries(other.map((name) => [name, '']));
}

/** Conditions that a search of this kind has and the form has no field for: somebody else's link, or a click in Overview. */
export function furtherIn(given: Given): string[] {
  const known = ['company', 'extension', 'direction', 'prefix', 'outcome', 'disposition', 'text', 'tag', 'end_from'];
  return [...shared, ...own[kindOf(given)]].filter((name) => given[name] && !known.includes(name));
}

export type Query = Record<string, string | number>;

/** `now` in whole minutes at best: the same search then asks the same. */
export function queryOf(given: Given, now: number, zone: string): Query {
  const kind = kindOf(given);
  const { from, to } = spanOf(given, now, zone);
  const query: Query = {};
  if (from !== null) query['from'] = new Date(from).toISOString();
  if (to !== null) query['to'] = new Date(to).toISOString();
  // A search in texts needs both ends.
  else if (given['text']) query['to'] = new Date(now + 24 * hour).toISOString();
  for (const name of [...shared, ...own[kind]]) if (given[name]) query[name] = given[name].trim();
  // A day is one of the zone.
  const endFrom = kind === 'calls' ? momentOf(given['end_from'] ?? '', zone) : null;
  if (endFrom !== null) query['end_from'] = new Date(endFrom).toISOString();
  const weekHour = weekHourOf(given['weekhour']);
  if (weekHour) query['filter'] = weekHourFilter(timesOf(weekHour, { from, to: to ?? now }, zone));
  const [least, most] = [secondsOf(given['min']), secondsOf(given['max'])];
  if (least !== null) query['min_duration'] = least;
  if (most !== null) query['max_duration'] = most;
  return query;
}

/** Whether words are looked for in a longer time than cdrd does (http/filter.ts, `checkWords`). */
export function isTooLongForWords(given: Given, now: number, zone: string): boolean {
  const { from, to } = spanOf(given, now, zone);
  return Boolean(given['text']) && (from === null || (to ?? now + 24 * hour) - from > wordsDays * 24 * hour);
}

/** The longest time for words that ends today; both ends are told, so that it stays one. */
export function longestForWords(now: number): Given {
  const to = now + 24 * hour;
  const [from, until] = [to - wordsDays * 24 * hour, to].map((ms) => new Date(ms).toISOString());
  return { range: 'custom', from: from!, to: until! };
}

/** `90` or `1:30`; null: no such text. */
export function secondsOf(text: string | undefined): number | null {
  const match = /^\s*(?:(?:(\d{1,5}):)?(\d{1,5}):)?(\d{1,9})\s*$/.exec(text ?? '');
  if (!match) return null;
  const [, hours, minutes, seconds] = match;
  return Number(hours ?? 0) * 3600 + Number(minutes ?? 0) * 60 + Number(seconds);
}

/** The calls that went on in a time, of those that began at most a day before it: without that bound, every call there ever was is looked at. */
export function ongoing({ from, to }: { from: number; to: number }): { from: number; to: number; more: Given } {
  return { from: from - 24 * hour, to, more: { end_from: new Date(from).toISOString() } };
}

/** Names in the address that are no conditions. */
const aside = new Set(['view', 'kind', 'range', 'from', 'to', 'zone', 'call', 'record']);

/** How many conditions there are beside the time; `given` has only what is understood. */
export function conditionsIn(given: Given): number {
  return Object.entries(given).filter(([name, value]) => value !== '' && !aside.has(name)).length;
}
