import { inject } from 'vitest';
import { query } from '../services/mariadb.ts';
import { schedulerSuite } from './schedulersuite.ts';

const { rootUrl } = inject('mariadb');
let stores = 0;

schedulerSuite('MariaDB', async () => {
  const name = `cdrd_jobs_${process.pid}_${++stores}`;
  await query(rootUrl, `CREATE DATABASE ${name}`);
  return new URL(name, rootUrl).href;
});
