// A side of store-sqlite in a process of its own, so that the heap of one is no burden to the other.
// Usage: storeside.ts append|bare RECORDS; prints `up` after a run that warms up; each message over IPC is a run, answered with its rate.
import { join } from 'node:path';
import { cdrOf } from './events.ts';
import { appendAll, bare, inFolder, rowsAsStored } from './storesqlite.ts';

const [side, count] = process.argv.slice(2);
const run = side === 'append' ? appending() : await writing();

function appending(): () => Promise<number> {
  const cdrs = Array.from({ length: Number(count) }, (_, index) => cdrOf(index));
  return () => inFolder((folder) => appendAll(`sqlite:${join(folder, 'cdrd.db')}`, cdrs));
}

/** The rows that the reference writes are the ones that the store writes. */
async function writing(): Promise<() => Promise<number>> {
  const stored = await rowsAsStored(Array.from({ length: Number(count) }, (_, index) => cdrOf(index)));
  return () => bare(stored);
}

await run();
process.on('message', () => void run().then((rate) => process.send!(rate)));
process.on('disconnect', () => process.exit());
process.stdout.write('up\n');
