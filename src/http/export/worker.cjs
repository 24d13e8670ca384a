// How the thread of exports starts: with the daemon's compiled code, else it would bring a compiler of its own, some 30 MB.
'use strict';
const { enableCompileCache } = require('node:module');
const { workerData } = require('node:worker_threads');

if (workerData.compileCache !== null) enableCompileCache(workerData.compileCache);
// A fault is thrown where the daemon hears of it.
import('./worker.ts').catch((error) =>
  process.nextTick(() => {
    throw error;
  }),
);
