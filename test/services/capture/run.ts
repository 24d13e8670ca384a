// Plays the scenarios again on the real Asterisk of the services and writes their records into test/calls:
// `node src/cdrd.cjs --exec test/services/capture/run.ts [NAME …]`; a NAME may end in * . Needs root, as the services do.
import { servicesObstacle } from '../chroot.ts';
import { writeRecords } from './files.ts';
import { play } from './play.ts';
import type { Scenario } from './scenario.ts';
import { scenarios } from './scenarios/index.ts';
import { openTown } from './town.ts';
import type { Unanswered } from './town.ts';

/** Far above what all scenarios take; whatever happens, the run is over then, and its processes end with it. */
const RUN_LIMIT_MS = 40 * 60_000;

const asked = process.argv.slice(2);
const unknown = asked.filter((one) => !scenarios.some(({ name }) => fits(name, one)));
const chosen = scenarios.filter(({ name }) => asked.length === 0 || asked.some((one) => fits(name, one)));
const obstacle = unknown.length > 0 ? `no scenario is called ${unknown.join(', ')}` : servicesObstacle();
if (obstacle !== null) {
  process.stderr.write(`${obstacle}\n`);
  process.exit(1);
}
setTimeout(() => {
  process.stderr.write(`not done within ${RUN_LIMIT_MS / 60_000} minutes, giving up\n`);
  process.exit(1);
}, RUN_LIMIT_MS).unref();
for (const signal of ['SIGINT', 'SIGTERM'] as const) process.once(signal, () => process.exit(1));

const failed = await Promise.all([
  playAll('yes', chosen),
  playAll(
    'no',
    chosen.filter(({ alsoWithout }) => alsoWithout),
  ),
]);
process.exitCode = failed.flat().length > 0 ? 1 : 0;

/** One after the other in a town of their own; gives the names of those that failed. */
async function playAll(unanswered: Unanswered, list: readonly Scenario[]): Promise<string[]> {
  if (list.length === 0) return [];
  const failures: string[] = [];
  const town = await openTown(unanswered);
  try {
    for (const scenario of list) {
      const name = unanswered === 'yes' ? scenario.name : `${scenario.name}-unanswered-no`;
      const result = await play(town, scenario).then(
        (records) => {
          writeRecords(name, records, town);
          return `${records.length} records`;
        },
        (error: unknown) => {
          failures.push(name);
          return `FAILED: ${String(error)}`;
        },
      );
      process.stdout.write(`${name.padEnd(60)} ${result}\n`);
    }
    return failures;
  } finally {
    await town.stop();
  }
}

function fits(name: string, asked: string): boolean {
  return asked.endsWith('*') ? name.startsWith(asked.slice(0, -1)) : name === asked;
}
