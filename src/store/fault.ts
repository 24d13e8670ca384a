// What is wrong with the store's database: the disk, the server, the file. In words for a person, and whether waiting may help.
import { codeOf, messageOf, Unavailable } from '../errors.ts';

const known: Record<string, string> = {
  SQLITE_FULL: 'the disk is full (SQLITE_FULL)',
  SQLITE_IOERR_SHMSIZE: 'there is no room for the file -shm beside the store: is the disk full? (SQLITE_IOERR_SHMSIZE)',
  ENOSPC: 'the disk is full (ENOSPC)',
  EDQUOT: 'the quota of the disk is used up (EDQUOT)',
  ER_DISK_FULL: 'the disk of the database server is full (ER_DISK_FULL)',
  ER_RECORD_FILE_FULL: 'the table is full (ER_RECORD_FILE_FULL)',
  SQLITE_READONLY: 'the file is read-only (SQLITE_READONLY)',
  ECONNREFUSED: 'the database server refuses connections (ECONNREFUSED)',
};

/** Whether there is no room left where the store or its folder is. */
export function isDiskFull(error: unknown): boolean {
  return ['SQLITE_FULL', 'SQLITE_IOERR_SHMSIZE', 'ENOSPC', 'EDQUOT'].includes(codeOf(error) ?? '');
}

/** Codes after which the same write may be tried again: the other side is away, busy or full. */
const passing =
  /^(ECONN|ETIMEDOUT|EPIPE|EHOSTUNREACH|ENETUNREACH|ENOTFOUND|EAI_AGAIN|PROTOCOL_|SQLITE_(BUSY|FULL|IOERR|LOCKED|READONLY|CANTOPEN)|ER_(LOCK_|CON_COUNT|SERVER_SHUTDOWN|OPTION_PREVENTS|DISK_FULL|RECORD_FILE_FULL|ACCESS_DENIED|DBACCESS_DENIED|TABLEACCESS_DENIED|CONNECTION_KILLED|QUERY_INTERRUPTED|STATEMENT_TIMEOUT|GET_ERRNO|ERROR_ON_WRITE|TOO_MANY_USER_CONNECTIONS|UNKNOWN_COM_ERROR|CANT_EXECUTE_IN_READ_ONLY))/;

/** Whether waiting may help. Everything else (syntax, constraint, our own bugs) does not pass by itself. */
export function isPassing(error: unknown): boolean {
  if (error instanceof Unavailable) return true;
  if (error instanceof Error && error.name === 'KnexTimeoutError') return true;
  return passing.test(codeOf(error) ?? '') || /closed state|connection lost/i.test(messageOf(error));
}

/** Whether the database refused a value, so that the same rows would be refused for ever. */
export function isDataFault(error: unknown): boolean {
  return /^(SQLITE_(CONSTRAINT|TOOBIG|MISMATCH)|ER_(DATA_TOO_LONG|TRUNCATED|WARN_DATA|BAD_NULL|DUP_ENTRY|INVALID_CHARACTER))/.test(
    codeOf(error) ?? '',
  );
}

/** A code that nothing more is known of stands for itself; SQL and values never get in. */
export function storeFault(error: unknown): string {
  if (error instanceof Unavailable) return error.message;
  if (error instanceof Error && error.name === 'KnexTimeoutError') return 'the database gave no connection in time';
  const code = codeOf(error);
  if (code !== undefined) return known[code] ?? code;
  return /closed state|connection lost/i.test(messageOf(error))
    ? 'the connection to the database was lost'
    : 'unknown fault';
}
