// How a thread of ours starts: with the daemon's compiled code, else it would bring a compiler of its own, some 30 MB. Its module exports
// `run(port, data)`.
'use strict';
const { enableCompileCache } = require('node:module');
const { parentPort, workerData } = require('node:worker_threads');

if (workerData.compileCache !== null) enableCompileCache(workerData.compileCache);
import(workerData.module).then(
  ({ run }) => run(parentPort, workerData.data),
  // Thrown outside the promise, where the daemon hears of it.
  (error) =>
    process.nextTick(() => {
      throw error;
    }),
);
