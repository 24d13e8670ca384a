import { afterAll } from 'vitest';
import { join } from 'node:path';
import { tempFolder } from '../support/store.ts';
import { completenessSuite } from './suite.ts';

const { folder, remove } = tempFolder();
let stores = 0;
completenessSuite('SQLite', async () => `sqlite:${join(folder, `${++stores}.db`)}`);
afterAll(remove);
