import { afterAll } from 'vitest';
import { join } from 'node:path';
import Database from 'better-sqlite3';
import { tempFolder } from '../support/store.ts';
import { callListSuite } from './calllistsuite.ts';
import { callSuite } from './callsuite.ts';
import { filterSuite } from './filtersuite.ts';
import { jobSuite } from './jobsuite.ts';
import { overlaySuite } from './overlaysuite.ts';
import { principalsSuite } from './principals.ts';
import { rejectSuite } from './rejectsuite.ts';
import { reconcileSuite } from './reconcilesuite.ts';
import { statsSuite } from './statsuite.ts';
import { storeSuite } from './suite.ts';
import { walkSuite } from './walksuite.ts';

const { folder, remove } = tempFolder();
let stores = 0;
const freshUrl = async () => `sqlite:${join(folder, `${++stores}.db`)}`;
const spoil = async (url: string, sql: string) => {
  const database = new Database(url.slice('sqlite:'.length));
  database.exec(sql);
  database.close();
};

storeSuite('SQLite', freshUrl);
callSuite('SQLite', freshUrl, spoil);
callListSuite('SQLite', freshUrl);
statsSuite('SQLite', freshUrl, spoil);
filterSuite('SQLite', freshUrl);
overlaySuite('SQLite', freshUrl);
principalsSuite('SQLite', freshUrl);
reconcileSuite('SQLite', freshUrl);
rejectSuite('SQLite', freshUrl, spoil);
jobSuite('SQLite', freshUrl);
walkSuite('SQLite', freshUrl);
afterAll(remove);
