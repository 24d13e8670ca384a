// Whether the table that cdrd reads is the one that Asterisk writes, by what the files say: place, name, zone of the times. Pure.
import { offsetOf } from '../cdr/time.ts';
import { placeOf, type Place } from '../sources/table/config.ts';
import type { Backend } from './backend.ts';
import { finding, type Finding } from './finding.ts';
import type { Subject } from './settings.ts';

/** @param now - in microseconds: zones differ by season. */
export function placeFindings(
  backends: readonly Backend[],
  { system, timezone, table }: Subject,
  now: number,
): Finding[] {
  if (!table) {
    const what = 'No table is configured (systems[].table).';
    const why =
      'AMI has no memory: what Asterisk says while cdrd or the line is away is lost. The table tells it later.';
    const [backend] = backends;
    const paste = backend ? tableLines(backend) : null;
    return [finding('table-none', { system, what, why, into: paste ? 'cdrd.yaml' : null, paste })];
  }
  if (backends.length === 0) return [];
  const place = placeOf(table.url);
  const written = backends.find((backend) => isWrittenTo(backend, place) && sameName(backend.table, table.name));
  const into = 'cdrd.yaml';
  if (!written) {
    const [other] = backends;
    const what = `Asterisk writes to ${labelOf(other!)} (${other!.where}); cdrd reads "${table.name}" in ${place.label}.`;
    const why = 'No record that Asterisk writes now ever appears where cdrd reads.';
    return [finding('backend-table', { system, what, why, into, paste: tableLines(other!) })];
  }
  const zone = table.timezone ?? timezone;
  const wanted = written.isUtc ? 'UTC' : timezone;
  if (offsetOf(now, zone) === offsetOf(now, wanted)) return [];
  const how = written.isUtc ? 'in UTC (usegmtime=yes)' : 'in its own local time (usegmtime is not yes)';
  const what = `Asterisk writes the times of the table ${how} (${written.where}); cdrd reads them as ${zone}.`;
  const why = 'Every record of the table is some hours off, and stands in the wrong day.';
  return [finding('backend-zone', { system, what, why, into, paste: `timezone: ${wanted}` })];
}

function sameName(one: string, other: string): boolean {
  return one.toLowerCase() === other.toLowerCase();
}

function isWrittenTo(backend: Backend, place: Place): boolean {
  if (place.kind === 'sqlite') return backend.file === place.file;
  if (backend.file !== null || !sameName(backend.database, place.database)) return false;
  if (place.socket !== undefined && backend.socket !== null) return place.socket === backend.socket;
  return sameHost(backend.host, place.host) && (backend.port === place.port || place.socket !== undefined);
}

function sameHost(one: string, other: string): boolean {
  const own = ['localhost', '127.0.0.1', '::1', ''];
  return sameName(one, other) || (own.includes(one) && own.includes(other));
}

function labelOf({ file, host, port, database, table }: Backend): string {
  return file === null ? `"${table}" in ${host}:${port}/${database}` : `"${table}" in ${file}`;
}

/** Where the table is, as cdrd.yaml says it; the user is cdrd's own. */
export function tableUrl({ file, host, port, socket, database }: Backend): string {
  if (file !== null) return `sqlite:${file}`;
  const at = host === 'localhost' ? '127.0.0.1' : host;
  return `mysql://cdrd:\${CDRD_TABLE_PASSWORD}@${at}:${port}/${database}${socket === null ? '' : `?socket=${socket}`}`;
}

/** The section for cdrd.yaml. */
export function tableLines(backend: Backend): string {
  return [
    'table:',
    `  url: ${tableUrl(backend)}`,
    ...(backend.table === 'cdr' ? [] : [`  name: ${backend.table}`]),
    ...(backend.isUtc ? ['  timezone: UTC'] : []),
  ].join('\n');
}

/** A user who may read the table and nothing else; by address over the network, since servers need not resolve names. */
export function grantLines({ database, table, host, socket }: Backend, password: string): string[] {
  const isHere = ['localhost', '127.0.0.1', '::1', ''].includes(host);
  const who = `'cdrd'@'${socket !== null ? 'localhost' : isHere ? '127.0.0.1' : '%'}'`;
  return [`CREATE USER ${who} IDENTIFIED BY '${password}';`, `GRANT SELECT ON \`${database}\`.\`${table}\` TO ${who};`];
}
