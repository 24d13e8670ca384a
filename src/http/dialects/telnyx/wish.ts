// The body of an order, checked: every fault is told at once, by its field. What the vendor's other products know and a report does not is passed over.
import type { Micros } from '../../../cdr/cdr.ts';
import { isZone, parseWall } from '../../../cdr/time.ts';
import { ClientError } from '../../../errors.ts';
import type { Fault } from '../../problem.ts';
import { found } from '../../validate.ts';
import { callTypes, recordTypes, sources, type Asked, type CallType, type RecordType } from './ask.ts';
import { knownColumns } from './columns.ts';
import type { TelnyxConfig } from './config.ts';
import { readFilters } from './filters.ts';
import { isThere, listOf, textMax, textOf, wordOf, type Tell } from './given.ts';

const dayMicros = 86_400e6;
const listMax = 1000;

/** V2 knows more sources than V1. @throws ClientError 400 */
export function readOrder(body: unknown, version: 1 | 2, config: TelnyxConfig, now: Micros): Asked {
  if (typeof body !== 'object' || body === null || Array.isArray(body))
    throw new ClientError(400, `the body is ${found(body)}, expected a JSON object`);
  const given = body as Record<string, unknown>;
  const faults: Fault[] = [];
  const tell: Tell = (field, message) => void faults.push({ field, message });
  const [start, end] = spanOf(given, version, config, now, tell);
  const asked: Asked = {
    ...{ start, end },
    callTypes: typesOf(given, 'call_types', Object.keys(callTypes), tell) as CallType[],
    recordTypes: typesOf(given, 'record_types', Object.keys(recordTypes), tell) as RecordType[],
    connections: textsOf(given, 'connections', tell),
    name: textOf(given['report_name'], 'report_name', tell),
    source: wordOf(given['source'], 'source', version === 1 ? sources.slice(0, 2) : sources, tell),
    ...readFilters(given['filters'], tell),
    fields: fieldsOf(given, tell),
    timezone: zoneOf(given, tell),
    accounts: given['select_all_managed_accounts'] === true ? [] : textsOf(given, 'managed_accounts', tell),
  };
  for (const field of ['include_all_metadata', 'select_all_managed_accounts']) {
    if (isThere(given[field]) && typeof given[field] !== 'boolean')
      tell(field, `${found(given[field])} is not true or false`);
  }
  if (faults.length > 0)
    throw new ClientError(400, faults.map(({ field, message }) => `${field}: ${message}`).join('; '), faults);
  return asked;
}

/** `2022-07-29T00:00:00+00:00`, with `Z` or no zone (UTC), a fraction of any length, or a day alone. */
export function readTime(text: string): Micros | undefined {
  const match = /^(\d{4}-\d\d-\d\d)(?:[T ](\d\d:\d\d:\d\d)(?:\.(\d{1,9}))?(?:(Z)|([+-])(\d\d):?(\d\d))?)?$/i.exec(text);
  if (!match) return undefined;
  const [, day, clock = '00:00:00', fraction = '', , sign, hours = '0', minutes = '0'] = match;
  const wall = parseWall(`${day} ${clock}.${fraction.padEnd(6, '0').slice(0, 6)}`);
  if (wall === undefined || Number(hours) > 14 || Number(minutes) > 59) return undefined;
  const ahead = (Number(hours) * 60 + Number(minutes)) * 60e6;
  return wall - (sign === '-' ? -ahead : ahead);
}

function spanOf(
  given: Record<string, unknown>,
  version: 1 | 2,
  { report_window_days: days, old_start: old }: TelnyxConfig,
  now: Micros,
  tell: Tell,
): [Micros, Micros] {
  const start = timeOf(given, 'start_time', undefined, tell);
  const usual = version === 1 ? Math.floor(now / 1e6) * 1e6 : undefined;
  const end = timeOf(given, 'end_time', usual, tell);
  if (start === null || end === null) return [0, 0];
  if (end <= start) tell('end_time', 'is not after start_time');
  if (end >= now + dayMicros) tell('end_time', 'is 24 hours from now or more, expected less');
  if (old === 'refuse' && start < now - days * dayMicros)
    tell('start_time', `is more than ${days} days ago (dialects.telnyx.report_window_days)`);
  return [start, end];
}

/** null: it has a fault. */
function timeOf(given: Record<string, unknown>, field: string, usual: Micros | undefined, tell: Tell): Micros | null {
  const value = given[field];
  const form = 'a time like 2022-07-29T00:00:00+00:00';
  if (!isThere(value) || value === '') {
    if (usual === undefined) tell(field, `is missing, expected ${form}`);
    return usual ?? null;
  }
  const time = typeof value === 'string' ? readTime(value) : undefined;
  if (time === undefined) tell(field, `${found(value)} is not ${form}`);
  return time ?? null;
}

/** `[1]` where nothing is asked for, as the vendor has it. */
function typesOf(given: Record<string, unknown>, field: string, known: readonly string[], tell: Tell): number[] {
  const list = listOf(given[field], field, listMax, tell);
  if (list.length === 0) return [1];
  const wrong = list.findIndex((value) => typeof value !== 'number' || !known.includes(String(value)));
  if (wrong >= 0) tell(`${field}.${wrong}`, `${found(list[wrong])} is not one of ${known.join(', ')}`);
  return [...new Set(list)] as number[];
}

/** Texts, or whole numbers that stand for them. */
function textsOf(given: Record<string, unknown>, field: string, tell: Tell): string[] {
  return listOf(given[field], field, listMax, tell).map((value, at) => {
    if (typeof value === 'string' && value !== '' && value.length <= textMax) return value;
    if (Number.isSafeInteger(value)) return String(value);
    tell(`${field}.${at}`, `${found(value)} is not a text of 1 to ${textMax} characters`);
    return '';
  });
}

/** Names of columns, also as the vendor's pages print them: `Answer Timestamp`. */
function fieldsOf(given: Record<string, unknown>, tell: Tell): string[] | null {
  const names = textsOf(given, 'fields', tell).map((name) => name.toLowerCase().replace(/[ -]+/g, '_'));
  const wrong = names.findIndex((name) => !knownColumns.includes(name));
  if (wrong >= 0 && names[wrong] !== '')
    tell(`fields.${wrong}`, `${found(names[wrong])} is not one of ${knownColumns.join(', ')}`);
  return names.length === 0 ? null : [...new Set(names)];
}

function zoneOf(given: Record<string, unknown>, tell: Tell): string {
  const zone = textOf(given['timezone'], 'timezone', tell) || 'UTC';
  if (/^[A-Za-z]/.test(zone) && isZone(zone)) return zone;
  tell('timezone', `${found(zone)} is not the IANA name of a zone, like Europe/London or UTC`);
  return 'UTC';
}
