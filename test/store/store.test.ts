import { afterAll } from 'vitest';
import { join } from 'node:path';
import { tempFolder } from '../support/store.ts';
import { filterSuite } from './filtersuite.ts';
import { overlaySuite } from './overlaysuite.ts';
import { storeSuite } from './suite.ts';

const { folder, remove } = tempFolder();
let stores = 0;
const freshUrl = async () => `sqlite:${join(folder, `${++stores}.db`)}`;
storeSuite('SQLite', freshUrl);
filterSuite('SQLite', freshUrl);
overlaySuite('SQLite', freshUrl);
afterAll(remove);
