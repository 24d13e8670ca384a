// What is wrong with the store's database, in words for a person: the disk, the server, the file.
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
