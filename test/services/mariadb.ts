// Starts a real MariaDB on loopback with a data folder of its own, made new for every run and removed at the end.
// Durable as in production, only smaller; on a disk in memory where one is asked for.
import { randomBytes } from 'node:crypto';
import { createConnection } from 'mysql2/promise';
import type { RowDataPacket } from 'mysql2/promise';
import { openChroot } from './chroot.ts';
import type { ChrootName } from './chroot.ts';
import { Daemon, startIn } from './daemon.ts';
import { Run } from './runs.ts';
import { freeTcpPort } from './wait.ts';

const CONNECT_LIMIT_MS = 2_000;

/**
 * `$1` data folder, `$2` file of first statements; the rest is the server's. The server takes the shell's place, but for
 * one with a disk of its own: InnoDB ends itself where a disk is too full for its pages, and the shell starts it again as
 * systemd would.
 */
const START = `
data=$1 first=$2; shift 2
if [ -n "$DISK_MB" ]; then
  mkdir "$data.disk" && mount -t tmpfs -o "size=\${DISK_MB}m,mode=755" disk "$data.disk" || exit
  data=$data.disk/data
fi
[ -d "$data" ] || mariadb-install-db --no-defaults --force --user=mysql --datadir="$data" --skip-test-db \
  --auth-root-authentication-method=normal --skip-name-resolve --innodb-log-file-size=64M || exit
chown mysql "$first"
set -- mariadbd --no-defaults --user=mysql --datadir="$data" --socket="$data/socket" --init-file="$first" "$@"
[ -n "$DISK_MB" ] || exec "$@"
trap 'kill $server; wait $server; exit' TERM
until "$@" & server=$!; wait $server; do sleep 1; done`;

const SERVER_OPTIONS = [
  '--bind-address=127.0.0.1',
  '--skip-name-resolve',
  '--character-set-server=utf8mb4',
  '--innodb-flush-log-at-trx-commit=1',
  '--innodb-buffer-pool-size=256M',
  '--innodb-log-file-size=64M',
  '--max-connections=200',
];

export interface MariaDb {
  host: string;
  port: number;
  /** `mysql://` URL of the user who may do everything. */
  rootUrl: string;
  /** The server's pid on the host; another one after a restart. With `diskMb` that of the shell that keeps it up. */
  readonly pid: number;
  /** Where a disk of its own is seen from the host; only with `diskMb`, and until it is restarted. */
  readonly disk: string;
  /** Makes a database with a user of its own who may do everything in it, and gives the `mysql://` URL. */
  createDatabase: (name: string) => Promise<string>;
  /** Adds a user with some rights on one database, and gives the `mysql://` URL. */
  createUser: (name: string, rights: string, database: string) => Promise<string>;
  /** SIGSTOP: connections stay open and nobody answers. */
  pause: () => void;
  resume: () => void;
  /** Ends the server and starts it on the same port and data. */
  restart: () => Promise<void>;
  /** Ends the server and removes its data. */
  stop: () => Promise<void>;
}

/** Starts the server of a chroot: MariaDB 10.11 from `mariadb`, the newest one from `pbx`. */
export async function startMariaDb(chroot: ChrootName = 'mariadb', diskMb?: number): Promise<MariaDb> {
  const root = await openChroot(chroot);
  const run = new Run(root, 'mariadb').open();
  const host = '127.0.0.1';
  const port = await freeTcpPort();
  const password = newPassword();
  const rootUrl = urlOf('root', password, host, port, '');
  const first = run.file(
    'first.sql',
    [
      `ALTER USER root@localhost IDENTIFIED BY '${password}';`,
      `CREATE OR REPLACE USER root@'127.0.0.1' IDENTIFIED BY '${password}';`,
      "GRANT ALL PRIVILEGES ON *.* TO root@'127.0.0.1' WITH GRANT OPTION;\n",
    ].join('\n'),
  );
  const daemon = new Daemon({
    run,
    name: 'mariadbd',
    env: diskMb === undefined ? {} : { DISK_MB: String(diskMb) },
    command: ['sh', '-c', START, 'sh', `${run.inside}/data`, first, ...SERVER_OPTIONS, `--port=${port}`],
    isReady: async () => {
      await query(rootUrl, 'SELECT 1');
      return true;
    },
  });

  const createUser = async (name: string, rights: string, database: string): Promise<string> => {
    const secret = newPassword();
    await query(rootUrl, `CREATE USER ??@'127.0.0.1' IDENTIFIED BY ?`, [name, secret]);
    await query(rootUrl, `GRANT ${rights} ON ??.* TO ??@'127.0.0.1'`, [database, name]);
    return urlOf(name, secret, host, port, database);
  };
  const stop = await startIn(run, daemon);
  return {
    host,
    port,
    rootUrl,
    get pid() {
      return daemon.pid;
    },
    get disk() {
      return `/proc/${daemon.pid}/root${run.inside}/data.disk`;
    },
    createUser,
    createDatabase: async (name) => {
      await query(rootUrl, 'CREATE DATABASE ?? CHARACTER SET utf8mb4', [name]);
      return createUser(name, 'ALL PRIVILEGES', name);
    },
    pause: () => daemon.pause(),
    resume: () => daemon.resume(),
    restart: async () => {
      await daemon.stop();
      await daemon.start();
    },
    stop,
  };
}

/** One statement over a connection of its own. */
export async function query(url: string, sql: string, values: (string | number)[] = []): Promise<RowDataPacket[]> {
  const connection = await createConnection({ uri: url, connectTimeout: CONNECT_LIMIT_MS });
  try {
    const [rows] = await connection.query<RowDataPacket[]>(sql, values);
    return rows;
  } finally {
    connection.destroy();
  }
}

function urlOf(user: string, password: string, host: string, port: number, database: string): string {
  return `mysql://${user}:${password}@${host}:${port}/${database}`;
}

/** Hexadecimal: safe in SQL, in a URL and in Asterisk's files. */
function newPassword(): string {
  return randomBytes(16).toString('hex');
}
