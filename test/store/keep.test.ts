// Backups on SQLite; the other kind is a second SQLite here, and MariaDB in keep.service.test.ts.
import { afterAll } from 'vitest';
import { join } from 'node:path';
import { tempFolder } from '../support/store.ts';
import { keepSuite } from './keepsuite.ts';

const { folder, remove } = tempFolder();
let stores = 0;
const freshUrl = async () => `sqlite:${join(folder, `${++stores}.db`)}`;

keepSuite('SQLite', freshUrl, freshUrl);
afterAll(remove);
