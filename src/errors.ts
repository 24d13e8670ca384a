// The five kinds of errors, each named after what its reader should do. No sixth kind; never a bare Error for a known case.

/** Fix the configuration: printed without a stack, exit code 78 (sysexits EX_CONFIG). */
export class ConfigError extends Error {
  override name = 'ConfigError';
}

/** Drop the row: it is kept as a reject with `faults`, each naming the field, what was found and what was expected. */
export class BadRecord extends Error {
  override name = 'BadRecord';
  readonly faults: Fault[];
  constructor(faults: Fault[]) {
    super(faults.map((fault) => `${fault.field}: ${fault.message}`).join('; '));
    this.faults = faults;
  }
}

/** One thing wrong with one field, for people. */
export interface Fault {
  field: string;
  message: string;
  /** Of a file. */
  line?: number;
}

/** Wait: somebody else (PBX, database, network) is away or refuses; the message says who and why. */
export class Unavailable extends Error {
  override name = 'Unavailable';
}

/** Tell the client: becomes an HTTP answer in the envelope of the dialect. */
export class ClientError extends Error {
  override name = 'ClientError';
  readonly status: number;
  readonly faults: Fault[];
  /** Seconds after which trying again makes sense, null when it does not by itself. */
  readonly retryAfter: number | null;
  constructor(
    status: number,
    message: string,
    faults: Fault[] = [],
    { retryAfter = null, ...options }: ErrorOptions & { retryAfter?: number | null } = {},
  ) {
    super(message, options);
    this.status = status;
    this.faults = faults;
    this.retryAfter = retryAfter;
  }
}

/** Crash: an invariant of ours is broken; going on could lose or double records. */
export class Broken extends Error {
  override name = 'Broken';
}

/** The message of anything thrown, with the code of system and database errors, never with SQL or values. */
export function messageOf(error: unknown): string {
  if (!(error instanceof Error)) return String(error);
  const { code, sqlMessage } = error as { code?: unknown; sqlMessage?: unknown };
  if (typeof sqlMessage === 'string') return `${sqlMessage} (${String(code)})`;
  const text = error.message || (error instanceof AggregateError ? error.errors.map(messageOf).join('; ') : error.name);
  return typeof code === 'string' && !text.includes(code) ? `${text} (${code})` : text;
}

/** The code of a system or database error (`ECONNREFUSED`, `SQLITE_FULL`), or undefined. */
export function codeOf(error: unknown): string | undefined {
  const code = error instanceof Error ? (error as { code?: unknown }).code : undefined;
  return typeof code === 'string' ? code : undefined;
}
