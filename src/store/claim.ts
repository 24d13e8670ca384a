// Of each system one daemon writes: heard by two, equal records without sequence would be kept twice. On a server the claim is a named lock
// that a connection of its own holds, so that it is free when its holder is gone; an SQLite store is one daemon's anyway (lock.ts).
import { setTimeout as pause } from 'node:timers/promises';
import type { Connection, RowDataPacket } from 'mysql2/promise';
import { messageOf, Unavailable } from '../errors.ts';
import type { Log } from '../log.ts';
import type { Sql } from './sql.ts';
import { publicUrl, serverOf, sqliteFile } from './url.ts';

/** The server sees within this that a killed holder's connection is closed. */
const waitSeconds = 5;
/** A holder whose machine died without a word is given up by the server after this. */
const deadSeconds = 60;
const askMs = 20_000;
const answerMs = 10_000;
const retryMs = 1000;

/**
 * The lock of a system, which the one `?` names. A name has 64 characters at most, and is the server's: other stores there have
 * systems of the same name.
 */
const lockName = "CONCAT('cdrd ', LEFT(SHA2(CONCAT(DATABASE(), '/', ?), 256), 40))";

export interface Claim {
  /** Rejects with Unavailable when another daemon has taken a system while the server was away; else for ever silent. */
  lost: Promise<never>;
  close(): Promise<void>;
}

/** @throws Unavailable when another daemon has one of the systems, or the server lets nobody in. */
export async function claimSystems(url: string, systems: readonly string[], log: Log): Promise<Claim> {
  if (sqliteFile(url) !== undefined || systems.length === 0) {
    return { lost: new Promise(() => undefined), close: () => Promise.resolve() };
  }
  const holder = new Holder(url, systems, log);
  try {
    await holder.hold();
  } catch (error) {
    await holder.close();
    if (error instanceof Unavailable) throw error;
    throw new Unavailable(`the store ${publicUrl(url)} cannot be opened: ${messageOf(error)}`, { cause: error });
  }
  const lost = holder.keep();
  lost.catch(() => undefined);
  return { lost, close: () => holder.close() };
}

/** Whether a daemon has the system now, this one or another. */
export async function isClaimed(sql: Sql, system: string): Promise<boolean> {
  if (sql.dialect === 'sqlite') return false;
  const [row] = await sql.all<{ holder: number | null }>(`SELECT IS_USED_LOCK(${lockName}) AS \`holder\``, [system]);
  return row?.holder != null;
}

type Asked = RowDataPacket & { held: number | null; holder: number | null; own: number };

class Holder {
  readonly #url: string;
  readonly #systems: readonly string[];
  readonly #log: Log;
  readonly #life = new AbortController();
  #connection: Connection | undefined;
  #wake = new AbortController();
  /** Our connections that held before: the server may not have seen yet that they are gone. */
  readonly #own = new Set<number>();

  constructor(url: string, systems: readonly string[], log: Log) {
    this.#url = url;
    this.#systems = systems;
    this.#log = log;
  }

  /** @throws Unavailable when another daemon has a system; else what kept us from the server. */
  async hold(): Promise<void> {
    const { createConnection } = await import('mysql2/promise');
    this.#connection?.destroy();
    this.#connection = await createConnection({ ...serverOf(this.#url), connectTimeout: answerMs });
    const wake = (this.#wake = new AbortController());
    this.#connection.on('error', () => wake.abort());
    await this.#ask(`SET SESSION wait_timeout = ${deadSeconds}`);
    for (const system of this.#systems) {
      const [row] = await this.#ask<Asked[]>(
        `SELECT GET_LOCK(${lockName}, ${waitSeconds}) AS held, IS_USED_LOCK(${lockName}) AS holder, CONNECTION_ID() AS own`,
        [system, system],
      );
      if (row?.held === 1) this.#own.add(row.own);
      else if (row?.holder == null || this.#own.has(row.holder))
        throw new Error(`the system ${system} was not free within ${waitSeconds} s, and no other cdrd has it now`);
      else throw new Unavailable(`another cdrd has the system ${system} of the store ${publicUrl(this.#url)}`);
    }
  }

  /** Holds on, with a new connection when one is lost, until closed. */
  async keep(): Promise<never> {
    const { signal } = this.#life;
    let isHeld = true;
    for (;;) {
      const rest = isHeld ? AbortSignal.any([signal, this.#wake.signal]) : signal;
      await pause(isHeld ? askMs : retryMs, undefined, { signal: rest }).catch(() => undefined);
      if (signal.aborted) return new Promise(() => undefined);
      try {
        if (isHeld) await this.#ask('SELECT 1');
        else await this.hold();
        isHeld = true;
      } catch (error) {
        if (error instanceof Unavailable && !signal.aborted) throw error;
        this.#log.debug({ err: error }, 'the connection that holds the systems was lost');
        isHeld = false;
      }
    }
  }

  async close(): Promise<void> {
    this.#life.abort();
    const connection = this.#connection;
    if (!connection) return;
    await Promise.race([connection.end().catch(() => undefined), pause(1000, undefined, { ref: false })]);
    connection.destroy();
  }

  async #ask<T extends RowDataPacket[]>(sql: string, values: string[] = []): Promise<T> {
    const [rows] = await this.#connection!.query<T>({ sql, values, timeout: answerMs });
    return rows;
  }
}
