// A database of its own on the MariaDB that vitest hands us, a user with SELECT only, and a wire that can be cut or held.
import { randomBytes } from 'node:crypto';
import { createConnection as connectTo, createServer, type Socket } from 'node:net';
import type { AddressInfo } from 'node:net';
import { createConnection, type Connection, type RowDataPacket } from 'mysql2/promise';
import { inject, onTestFinished } from 'vitest';

/** The URL of a MariaDB with root rights, or undefined where the run has none. */
export const rootUrl = (inject('mariadb' as never) as { rootUrl: string } | undefined)?.rootUrl;

export interface Server {
  root: Connection;
  database: string;
  user: string;
  password: string;
  /** As the source is told it, through `port` when given. */
  url(more?: { port?: number; password?: string; database?: string; user?: string }): string;
  run(sql: string, values?: unknown[]): Promise<RowDataPacket[]>;
  /** Inserts rows into cdr as Asterisk does, one statement each. */
  add(...rows: Record<string, unknown>[]): Promise<void>;
}

/** An empty database; what `schema` says is run in it, and the user may SELECT from `cdr` alone. */
export async function freshDatabase(schema: string, { grants = true } = {}): Promise<Server> {
  const root = await createConnection({ uri: rootUrl!, multipleStatements: true, timezone: 'Z' });
  const name = `cdrd_${randomBytes(5).toString('hex')}`;
  const password = randomBytes(6).toString('hex');
  await root.query(
    `CREATE DATABASE ${name}; USE ${name}; SET sql_mode = ''; CREATE USER ${name}@'%' IDENTIFIED BY '${password}'`,
  );
  onTestFinished(async () => {
    await root.query(`DROP DATABASE IF EXISTS ${name}; DROP USER IF EXISTS ${name}@'%'`);
    await root.end();
  });
  if (schema !== '') await root.query(schema);
  if (grants) await root.query(`GRANT SELECT ON ${name}.cdr TO ${name}@'%'`);
  const { hostname, port } = new URL(rootUrl!);
  return {
    root,
    database: name,
    user: name,
    password,
    url: (more) =>
      `mysql://${more?.user ?? name}:${more?.password ?? password}@${hostname}:${more?.port ?? (port || 3306)}/${more?.database ?? name}`,
    run: async (sql, values) => (await root.query<RowDataPacket[]>(sql, values))[0],
    async add(...rows) {
      for (const row of rows) await root.query('INSERT INTO cdr SET ?', [row]);
    },
  };
}

/** One more connection of root, closed with the test. */
export async function rootConnection(): Promise<Connection> {
  const connection = await createConnection(rootUrl!);
  onTestFinished(() => connection.end());
  return connection;
}

export interface Wire {
  port: number;
  /** Takes in what comes, passes nothing on: a server that was stopped (SIGSTOP) or a firewall that swallows. */
  hold(): void;
  /** Passes on again for connections made from now on. */
  release(): void;
  /** Ends all connections and refuses new ones: a server that is gone. */
  cut(): Promise<void>;
  restore(): Promise<void>;
  /** Connections that are open at this moment. */
  open(): number;
  /** Bytes that came while it held. */
  held(): number;
}

/** A TCP relay in front of the server. */
export async function wire(): Promise<Wire> {
  const { hostname, port } = new URL(rootUrl!);
  const sockets = new Set<Socket>();
  let isHeld = false;
  let held = 0;
  const server = createServer((client) => {
    const remote = connectTo(Number(port || 3306), hostname);
    for (const [socket, other] of [
      [client, remote],
      [remote, client],
    ] as const) {
      sockets.add(socket);
      socket.on('error', () => undefined);
      socket.on('data', (data) => {
        if (isHeld) held += data.length;
        else other.write(data);
      });
      socket.on('close', () => {
        sockets.delete(socket);
        other.destroy();
      });
    }
  });
  const listen = (at: number): Promise<void> => new Promise((resolve) => server.listen(at, '127.0.0.1', resolve));
  await listen(0);
  const at = (server.address() as AddressInfo).port;
  const cut = async (): Promise<void> => {
    const closed = new Promise<void>((resolve) => server.close(() => resolve()));
    for (const socket of sockets) socket.destroy();
    await closed;
  };
  onTestFinished(async () => {
    if (server.listening) await cut();
  });
  return {
    port: at,
    hold: () => void (isHeld = true),
    release: () => void (isHeld = false),
    cut,
    restore: () => listen(at),
    open: () => sockets.size / 2,
    held: () => held,
  };
}
