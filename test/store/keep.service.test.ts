// Backups, restores and upgrades of stores on MariaDB, and from one kind of store to the other.
import { afterAll, inject } from 'vitest';
import { join } from 'node:path';
import { query } from '../services/mariadb.ts';
import { tempFolder } from '../support/store.ts';
import { keepSuite } from './keepsuite.ts';
import { retentionSuite } from './retentionsuite.ts';
import { upgradeSuite } from './upgradesuite.ts';

const { rootUrl } = inject('mariadb');
const { folder, remove } = tempFolder();
let stores = 0;

async function onServer(): Promise<string> {
  const name = `cdrd_keep_${process.pid}_${++stores}`;
  await query(rootUrl, `CREATE DATABASE ${name}`);
  return new URL(name, rootUrl).href;
}
const inFile = async () => `sqlite:${join(folder, `${++stores}.db`)}`;

keepSuite('MariaDB', onServer, inFile);
keepSuite('SQLite', inFile, onServer);
upgradeSuite('MariaDB', onServer);
retentionSuite('MariaDB', onServer);
afterAll(remove);
