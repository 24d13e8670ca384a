// Every schema there ever was, on SQLite; on MariaDB: keep.service.test.ts.
import { afterAll } from 'vitest';
import { join } from 'node:path';
import { tempFolder } from '../support/store.ts';
import { upgradeSuite } from './upgradesuite.ts';

const { folder, remove } = tempFolder();
let stores = 0;

upgradeSuite('SQLite', async () => `sqlite:${join(folder, `${++stores}.db`)}`);
afterAll(remove);
