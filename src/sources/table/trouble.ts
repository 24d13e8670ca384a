// What a database or the file system complains about, in sentences that say what to do. SQL and values never get in.
import { codeOf, messageOf, Unavailable } from '../../errors.ts';
import type { Place } from './config.ts';

/** Somebody decided against us: trying again helps only after a person has acted. */
const refusals = new Set([
  'ER_ACCESS_DENIED_ERROR',
  'ER_ACCESS_DENIED_NO_PASSWORD_ERROR',
  'ER_DBACCESS_DENIED_ERROR',
  'ER_TABLEACCESS_DENIED_ERROR',
  'ER_COLUMNACCESS_DENIED_ERROR',
  'ER_SPECIFIC_ACCESS_DENIED_ERROR',
  'ER_HOST_IS_BLOCKED',
  'ER_HOST_NOT_PRIVILEGED',
  'ER_ACCOUNT_HAS_BEEN_LOCKED',
  'ER_MUST_CHANGE_PASSWORD',
  'EACCES',
]);

export function isTableMissing(error: unknown): boolean {
  return codeOf(error) === 'ER_NO_SUCH_TABLE';
}

export function isTableDenied(error: unknown): boolean {
  return ['ER_TABLEACCESS_DENIED_ERROR', 'ER_COLUMNACCESS_DENIED_ERROR'].includes(codeOf(error) ?? '');
}

/** Whether this trouble is a refusal (password, right) and not an absence. */
export function isRefusal(trouble: Unavailable): boolean {
  return refusals.has(codeOf(trouble.cause) ?? '');
}

/** `account` is `'user'@'host'` as the server matched it, when it could be asked. */
export function troubleOf(error: unknown, place: Place, table: string, account?: string): Unavailable {
  if (error instanceof Unavailable) return error;
  const sentence = place.kind === 'mysql' ? mysqlSentence(error, place, table, account) : sqliteSentence(error, place);
  return new Unavailable(sentence, { cause: error });
}

function mysqlSentence(error: unknown, place: Place & { kind: 'mysql' }, table: string, account?: string): string {
  const { label, database, user } = place;
  const said = serverWords(error);
  const who = account ?? accountIn(said) ?? `'${user}'@'%'`;
  const server = label.slice(0, label.lastIndexOf('/'));
  const grant = `run on the server: GRANT SELECT ON ${quoted(database)}.${quoted(table)} TO ${who};`;
  if ((error as { errno?: unknown }).errno === mariadbTimeout) return tooSlow(server, table);
  switch (codeOf(error) ?? '') {
    case 'ER_ACCESS_DENIED_ERROR':
    case 'ER_ACCESS_DENIED_NO_PASSWORD_ERROR':
      return `the server ${server} refuses the login of "${user}": wrong password, or no such user for this host; check table.url (${said})`;
    case 'ER_DBACCESS_DENIED_ERROR':
      return `${who} has no right in the database "${database}", or there is no such database on ${server}; ${grant}`;
    case 'ER_TABLEACCESS_DENIED_ERROR':
    case 'ER_COLUMNACCESS_DENIED_ERROR':
      return `${who} may not SELECT from "${table}" in ${label}; ${grant}`;
    case 'ER_BAD_DB_ERROR':
      return `the server ${server} has no database "${database}"; check table.url`;
    case 'ER_QUERY_TIMEOUT':
    case 'ER_QUERY_INTERRUPTED':
      return tooSlow(server, table);
    case 'ECONNREFUSED':
      return `nothing listens at ${server}: is the database running, and does it listen on this address?`;
    case 'ENOTFOUND':
    case 'EAI_AGAIN':
      return `the host of ${server} has no address: check the name in table.url and the DNS`;
    case 'ETIMEDOUT':
    case 'EHOSTUNREACH':
    case 'ENETUNREACH':
      return `the server ${server} does not answer: is the machine up, and does a firewall stand between?`;
    case 'ENOENT':
      return `the socket ${server} is not there: is the database running?`;
    case 'PROTOCOL_CONNECTION_LOST':
    case 'ECONNRESET':
    case 'EPIPE':
      return `the connection to ${server} was lost`;
    default:
      return `the table "${table}" in ${label} cannot be read: ${said}`;
  }
}

/** MariaDB's ER_STATEMENT_TIMEOUT, which mysql2 has no name for. */
const mariadbTimeout = 1969;

function tooSlow(server: string, table: string): string {
  return `the server ${server} stopped a SELECT on "${table}" because it took too long; an index on the column it is read by is missing, or table.query_seconds is too low`;
}

function sqliteSentence(error: unknown, { label }: Place): string {
  const code = codeOf(error) ?? '';
  if (code === 'ENOENT') return `the file ${label} is not there; check table.url, or wait for Asterisk to make it`;
  if (code === 'EISDIR') return `${label} is a folder, expected an SQLite file`;
  if (code === 'EACCES') {
    return `the file ${label} cannot be read by ${process.env['USER'] ?? 'the user'} (uid ${process.getuid?.()}): give it the right, for example through the group asterisk`;
  }
  if (code === 'SQLITE_NOTADB') return `the file ${label} is not an SQLite database`;
  if (code.startsWith('SQLITE_CORRUPT')) return `the file ${label} is damaged (${code})`;
  if (code.startsWith('SQLITE_BUSY')) return `the file ${label} is locked by its writer, trying again`;
  if (code.startsWith('SQLITE_CANTOPEN') || code.startsWith('SQLITE_READONLY')) {
    return `the file ${label} cannot be opened read-only (${code}): its folder must be accessible, and a -wal, -shm or -journal beside it readable`;
  }
  return `the table in ${label} cannot be read: ${serverWords(error)}`;
}

/** knex puts the SQL with its values before ` - `; the server's own words are in sqlMessage or after it. */
function serverWords(error: unknown): string {
  const { sqlMessage, sql } = (error ?? {}) as { sqlMessage?: unknown; sql?: unknown };
  if (typeof sqlMessage === 'string') return sqlMessage;
  const text = messageOf(error);
  const isKnex = typeof sql === 'string' || codeOf(error)?.startsWith('SQLITE_');
  return isKnex && text.includes(' - ') ? text.slice(text.lastIndexOf(' - ') + 3) : text;
}

function accountIn(said: string): string | undefined {
  return /'[^']*'@'[^']*'/.exec(said)?.[0];
}

function quoted(name: string): string {
  return `\`${name.replaceAll('`', '``')}\``;
}
