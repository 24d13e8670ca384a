// Retention that is killed in the middle of a slice, on MariaDB; on SQLite: retention.long.test.ts.
import { inject } from 'vitest';
import { query } from '../services/mariadb.ts';
import { retentionKills } from './retentionkill.ts';

const { rootUrl } = inject('mariadb');
let stores = 0;

retentionKills('MariaDB', async () => {
  const name = `cdrd_retention_${process.pid}_${++stores}`;
  await query(rootUrl, `CREATE DATABASE ${name}`);
  return new URL(name, rootUrl).href;
});
