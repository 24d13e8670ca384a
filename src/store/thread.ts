// Threads of the daemon: how one is started, and how it stands back behind the loop.
import { flushCompileCache, getCompileCacheDir } from 'node:module';
import { readlinkSync } from 'node:fs';
import { getPriority, setPriority } from 'node:os';
import { basename, dirname } from 'node:path';
import { Worker, type ResourceLimits } from 'node:worker_threads';

/** `module` exports `run(port, data)`, which the thread calls. */
export function startThread(module: URL, data: unknown, resourceLimits: ResourceLimits): Worker {
  // What the daemon has compiled, the thread need not: all its code is loaded here too.
  flushCompileCache();
  const cache = getCompileCacheDir();
  const compileCache = cache === undefined ? null : dirname(cache);
  const workerData = { module: module.href, data, compileCache };
  return new Worker(new URL('./thread.cjs', import.meta.url), { workerData, resourceLimits });
}

/** How much a thread stands back (nice(1)): who waits for a call comes before who reads all of them. */
const niceness = 10;

/** To be called by the thread. Linux knows each by an id of its own, and lets it stand back alone; elsewhere it is one among equals. */
export function standBack(): void {
  try {
    const thread = Number(basename(readlinkSync('/proc/thread-self')));
    setPriority(thread, Math.max(getPriority(thread), niceness));
  } catch {
    return;
  }
}
