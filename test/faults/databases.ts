// Databases of their own on a running MariaDB, and what a person with root's rights can do to it.
import { randomBytes } from 'node:crypto';
import Database from 'better-sqlite3';
import { query } from '../services/mariadb.ts';

/** Rows of a store that is in use, read beside its daemon. */
export async function rowsIn(storeUrl: string, sql: string): Promise<Record<string, unknown>[]> {
  if (!storeUrl.startsWith('sqlite:')) return query(storeUrl, sql);
  const database = new Database(storeUrl.slice('sqlite:'.length), { readonly: true });
  try {
    return database.prepare(sql).all() as Record<string, unknown>[];
  } finally {
    database.close();
  }
}

/** An empty database as root's `mysql://` URL of it. */
export async function databaseOn(rootUrl: string): Promise<string> {
  const name = `faults_${randomBytes(5).toString('hex')}`;
  await query(rootUrl, 'CREATE DATABASE ?? CHARACTER SET utf8mb4', [name]);
  return rootUrl.replace(/\/?$/, `/${name}`);
}

/**
 * An empty file for the PBX's table in which readers never block the writer: the simulated PBX gives a row up after
 * 100 ms, and on a busy machine a look at the table takes longer.
 */
export function tableFile(file: string): string {
  const database = new Database(file);
  database.pragma('journal_mode = WAL');
  database.close();
  return `sqlite:${file}`;
}
