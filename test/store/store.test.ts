import { afterAll } from 'vitest';
import { join } from 'node:path';
import { tempFolder } from '../support/store.ts';
import { filterSuite } from './filtersuite.ts';
import { overlaySuite } from './overlaysuite.ts';
import { principalsSuite } from './principals.ts';
import { storeSuite } from './suite.ts';
import { walkSuite } from './walksuite.ts';

const { folder, remove } = tempFolder();
let stores = 0;
const freshUrl = async () => `sqlite:${join(folder, `${++stores}.db`)}`;
storeSuite('SQLite', freshUrl);
filterSuite('SQLite', freshUrl);
overlaySuite('SQLite', freshUrl);
principalsSuite('SQLite', freshUrl);
walkSuite('SQLite', freshUrl);
afterAll(remove);
