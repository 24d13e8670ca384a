// The `table` section of a system: where its cdr table is and how it is polled.
import { resolve } from 'node:path';
import { Type, type Static } from 'typebox';
import { ConfigError } from '../../errors.ts';

export type TableConfig = Static<typeof TableConfig>;

export const TableConfig = Type.Object(
  {
    url: Type.String({
      pattern: '^(mysql|mariadb)://|^sqlite:',
      description:
        'Where the cdr table is: mysql://user:password@host:3306/asteriskcdrdb (mariadb:// is the same; ?socket=/path for a Unix socket) or sqlite:/var/log/asterisk/master.db. The user needs SELECT on the table and nothing else.',
    }),
    name: Type.String({ default: 'cdr', minLength: 1, maxLength: 200, description: 'Name of the table or view.' }),
    timezone: Type.Optional(
      Type.String({
        minLength: 1,
        description:
          "Zone of the table's times: an IANA name, or UTC with usegmtime=yes. Left out: the zone of the system. TIMESTAMP columns always come out in UTC.",
      }),
    ),
    id_column: Type.String({
      default: 'auto',
      minLength: 1,
      description: 'The unique, rising integer column: auto finds it, none reads by time even if there is one.',
    }),
    time_column: Type.String({
      default: 'auto',
      minLength: 1,
      description: 'The column with the start of the record: auto finds calldate, start or another datetime.',
    }),
    min_id: Type.Integer({
      default: 0,
      minimum: 0,
      maximum: Number.MAX_SAFE_INTEGER,
      description: 'Rows below this id are never read. Only with an id column.',
    }),
    max_rows: Type.Integer({ default: 500, minimum: 1, maximum: 10_000, description: 'Rows in one SELECT.' }),
    poll_seconds: Type.Number({
      default: 5,
      minimum: 0.05,
      maximum: 3600,
      description: 'Wait between two looks at the table; fractions are allowed.',
    }),
    overlap_rows: Type.Integer({
      default: 500,
      minimum: 0,
      maximum: 100_000,
      description: 'With an id column: how far below the highest id seen is read again, for ids that appear late.',
    }),
    overlap_seconds: Type.Integer({
      default: 14_400,
      minimum: 0,
      maximum: 604_800,
      description:
        'Without an id column: how far below the latest time seen is read again. Longer than the longest call, and than the hour that comes twice in autumn.',
    }),
    query_seconds: Type.Number({
      default: 10,
      minimum: 0.1,
      maximum: 300,
      description: 'Deadline of one SELECT; later it is cut off, here and in the server.',
    }),
    slow_seconds_per_minute: Type.Number({
      default: 6,
      minimum: 0.1,
      maximum: 60,
      description:
        'SELECTs that take longer than a quarter of a second (no index, huge table) may take so many seconds of each minute together; looks come slower then.',
    }),
    backfill: Type.Object(
      {
        above_rows: Type.Integer({
          default: 10_000,
          minimum: 0,
          maximum: 1_000_000,
          description:
            'A table that has more rows than this at the first start is read from near its end, the rest of it in the background, newest first. A smaller one is read from its beginning.',
        }),
        rows_per_second: Type.Number({
          default: 1000,
          minimum: 0.1,
          maximum: 100_000,
          description: 'How fast the background reading and a reconcile may go at most.',
        }),
      },
      { additionalProperties: false, default: {}, description: 'The history of a large table.' },
    ),
    reconcile: Type.Object(
      {
        cron: Type.String({
          default: '30 3 * * *',
          minLength: 1,
          maxLength: 100,
          description:
            'When the table is compared with the store (minute hour day month weekday, in jobs.timezone); off: only by hand.',
        }),
        days: Type.Integer({
          default: 7,
          minimum: 1,
          maximum: 366,
          description:
            'How many days back it is compared row by row; older days are counted, and compared where that differs.',
        }),
      },
      { additionalProperties: false, default: {}, description: 'The comparison of the table with the store.' },
    ),
    connect_seconds: Type.Number({
      default: 10,
      minimum: 0.1,
      maximum: 300,
      description: 'Deadline of connecting and logging in.',
    }),
  },
  {
    additionalProperties: false,
    description:
      'The cdr table Asterisk writes to: the complete truth, and the only way to catch up. Left out: not read.',
  },
);

/** Where the table is, taken out of the URL; `label` is fit for logs (no password). */
export type Place =
  | { kind: 'sqlite'; label: string; file: string }
  | {
      kind: 'mysql';
      label: string;
      host: string;
      port: number;
      socket?: string;
      user: string;
      password: string;
      database: string;
    };

/** @throws ConfigError for a URL that says less than is needed; never with the password in the message. */
export function placeOf(url: string): Place {
  if (url.startsWith('sqlite:')) {
    const file = url.slice('sqlite:'.length).replace(/^\/\/(?=\/)/, '');
    if (file === '') throw new ConfigError('table.url: "sqlite:" names no file, expected sqlite:/path/to/master.db');
    return { kind: 'sqlite', label: resolve(file), file: resolve(file) };
  }
  if (!URL.canParse(url)) throw new ConfigError('table.url is not a URL, expected mysql://user:password@host:3306/db');
  const { protocol, hostname, port, username, password, pathname, searchParams } = new URL(url);
  if (protocol !== 'mysql:' && protocol !== 'mariadb:') {
    throw new ConfigError(`table.url: "${protocol}" is not known, expected mysql:, mariadb: or sqlite:`);
  }
  const database = decodeURIComponent(pathname.slice(1));
  if (database === '')
    throw new ConfigError('table.url names no database, expected mysql://user:password@host:3306/db');
  const host = decodeURIComponent(hostname).replace(/^\[(.*)\]$/, '$1') || 'localhost';
  const socket = searchParams.get('socket');
  return {
    kind: 'mysql',
    label: `${socket ?? `${host}:${port || 3306}`}/${database}`,
    host,
    port: Number(port || 3306),
    ...(socket ? { socket } : {}),
    user: decodeURIComponent(username),
    password: decodeURIComponent(password),
    database,
  };
}

/** @throws ConfigError for a zone that Intl does not know. */
export function checkedZone(timezone: string): string {
  try {
    new Intl.DateTimeFormat('en', { timeZone: timezone });
    return timezone;
  } catch (error) {
    throw new ConfigError(`table.timezone: "${timezone}" is not a zone, expected UTC or a name like Europe/Berlin`, {
      cause: error,
    });
  }
}
