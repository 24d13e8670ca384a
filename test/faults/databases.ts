// Databases of their own on a running MariaDB, and what a person with root's rights can do to it.
import { randomBytes } from 'node:crypto';
import { query } from '../services/mariadb.ts';

/** An empty database as root's `mysql://` URL of it. */
export async function databaseOn(rootUrl: string): Promise<string> {
  const name = `faults_${randomBytes(5).toString('hex')}`;
  await query(rootUrl, 'CREATE DATABASE ?? CHARACTER SET utf8mb4', [name]);
  return rootUrl.replace(/\/?$/, `/${name}`);
}
