// `npm run bench`: how near the daemon comes to what the machine can do. A part measures one way through the daemon by
// turns with the same work done bare; a new part is one file and one line in `parts`.
import { Argument, Command, CommanderError, InvalidArgumentError, Option } from 'commander';
import { messageOf } from '../../src/errors.ts';
import { amiToStore } from './amitostore.ts';
import { amiToWs } from './amitows.ts';
import { backfill } from './backfill.ts';
import { beside } from './beside.ts';
import { cleanUpAtTheEnd } from './cleanup.ts';
import { fanOut } from './fanout.ts';
import { filters } from './filters.ts';
import { exportPart } from './export.ts';
import { machineLine } from './machine.ts';
import type { Figure, Part } from './pairs.ts';
import { jsonOf, tableOf } from './print.ts';
import { growth } from './growth.ts';
import { idle } from './idle.ts';
import { reads } from './reads.ts';
import { resume } from './resume.ts';
import { retention } from './retention.ts';
import { soak } from './soak.ts';
import { storeMariadb } from './storemariadb.ts';
import { storeSqlite } from './storesqlite.ts';

const parts: readonly Part[] = [
  amiToWs,
  storeSqlite,
  storeMariadb,
  backfill,
  amiToStore,
  reads,
  filters,
  exportPart,
  fanOut,
  resume,
  idle,
  beside,
  growth,
  retention,
  soak,
];
const pairs = 5;

const legend = `ratio = measured / reference, the median of ${pairs} pairs run by turns. Of ms and MiB less is better, of records/s more.\n`;

const names = parts.map(({ name }) => name);
const program = new Command('npm run bench --')
  .description('Measures parts of cdrd by turns with the same work done bare, and tells the ratio.')
  .addArgument(new Argument('[parts...]', 'what to measure').choices(names).default(names, 'all of them'))
  .option(
    '--short',
    'shorter runs: says whether it works and roughly how fast; under three minutes for all parts',
    false,
  )
  .option('--json', 'print a JSON object a line instead of the table', false)
  .addOption(new Option('--rate <n>', 'records per second of ami-to-ws, 1 to 2000').argParser(rateOf).default(200))
  .addOption(
    new Option(
      '--rows <n>',
      'records of the large stores, a multiple of 5,000 (1,000,000; 20,000 with --short)',
    ).argParser(rowsOf),
  )
  .option('--stores <folder>', 'keep the large stores there, and use those that are there')
  .addHelpText('after', `\nParts:\n${parts.map(({ name, about }) => `  ${name.padEnd(14)}${about}\n`).join('')}`)
  .exitOverride()
  .showHelpAfterError('(npm run bench -- --help says more)')
  .action(run);

interface Options {
  short: boolean;
  json: boolean;
  rate: number;
  rows?: number;
  stores?: string;
}

async function run(wanted: string[], { short: isShort, json, rate, rows, stores }: Options): Promise<void> {
  cleanUpAtTheEnd();
  const machine = machineLine();
  const figures: Figure[] = [];
  try {
    for (const part of parts.filter(({ name }) => wanted.includes(name))) {
      if (!json) process.stderr.write(`${part.name}: ${part.about} …\n`);
      const found = await part.run({ isShort, pairs, rate, rows, stores });
      figures.push(...found);
      // Line by line: a run that is broken off has told what it knew.
      if (json) process.stdout.write(jsonOf(found, machine));
    }
  } finally {
    if (!json && figures.length > 0) process.stdout.write(`\n${machine}\n\n${tableOf(figures)}\n${legend}`);
  }
}

function rowsOf(text: string): number {
  const rows = Number(text);
  if (!(rows >= 10_000 && rows % 5000 === 0)) throw new InvalidArgumentError('expected a multiple of 5000 from 10000.');
  return rows;
}

function rateOf(text: string): number {
  const rate = Number(text);
  if (!(rate >= 1 && rate <= 2000)) throw new InvalidArgumentError('expected a number from 1 to 2000.');
  return rate;
}

try {
  await program.parseAsync();
} catch (error) {
  const isUsage = error instanceof CommanderError;
  if (!isUsage) process.stderr.write(`bench: ${messageOf(error)}\n`);
  process.exitCode = isUsage ? (error.exitCode === 0 ? 0 : 64) : 70;
}
// What a fault left open must not keep the bench waiting.
process.exit();
