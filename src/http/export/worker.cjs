// How the thread of exports starts: with the daemon's compiled code, else it would bring a compiler of its own, some 30 MB.
'use strict';
const { enableCompileCache } = require('node:module');
const { parentPort, workerData } = require('node:worker_threads');

if (workerData.compileCache !== null) enableCompileCache(workerData.compileCache);
import('./worker.ts').then(
  ({ run }) => run(parentPort, workerData),
  // Thrown outside the promise, where the daemon hears of it.
  (error) =>
    process.nextTick(() => {
      throw error;
    }),
);
