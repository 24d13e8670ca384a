// cdrd backfill: how far the reading of a table's history is, and what can be asked of it. The daemon does the work.
import { setTimeout as delay } from 'node:timers/promises';
import type { Command } from 'commander';
import { ClientError } from '../errors.ts';
import type { BackfillAsk, BackfillReport } from '../ingest/chores.ts';
import { spanText } from '../ingest/span.ts';
import type { Edge } from './edge.ts';
import { out, printJson } from './print.ts';
import { openScreen } from './screen.ts';

/** Between two looks; a pipe is told less often. */
const lookMs = { terminal: 500, pipe: 5000 };
const barWidth = 30;
const rateMax = 100_000;

interface Options {
  from?: string;
  rowsPerSecond?: string;
  pause?: true;
  resume?: true;
  json?: true;
}

export function addBackfillCommand(program: Command, edge: Edge): void {
  program
    .command('backfill')
    .description('show how far the history of a large table is read, until it is done; Ctrl-C leaves the daemon at it')
    .argument('[system]', 'one system; without: all that have a table')
    .option('--from <date>', 'read no further back than this: 2026-11-22, "2026-11-22 03:15" or RFC 3339')
    .option('--rows-per-second <n>', `at most so many, up to ${rateMax}, until the daemon restarts`)
    .option('--pause', 'let it rest, over restarts too')
    .option('--resume', 'let it go on')
    .option('--json', 'print where it stands as JSON, and do not wait')
    .action(async (system: string | undefined, options: Options) => {
      const ask = askOf(options);
      const { config } = await edge.load();
      const { askDaemon } = await import('./daemon.ts');
      const which = system === undefined ? '' : `?system=${encodeURIComponent(system)}`;
      const look = () => askDaemon<BackfillReport[]>(config, 'GET', `/backfill${which}`);
      const isAsk = Object.keys(ask).length > 0;
      const of = system === undefined ? {} : { system };
      const first = isAsk
        ? await askDaemon<BackfillReport[]>(config, 'POST', '/backfill', { ...of, ...ask })
        : await look();
      if (options.json) return printJson(first.map(toJson));
      if (options.pause) return first.forEach((report) => out(lineOf(report)));
      await watch(first, look);
    });
}

function askOf({ from, rowsPerSecond, pause, resume }: Options): BackfillAsk {
  if (pause && resume) throw new ClientError(400, '--pause and --resume cannot both be meant');
  const rate = Number(rowsPerSecond);
  if (rowsPerSecond !== undefined && !(rate >= 0.1 && rate <= rateMax)) {
    throw new ClientError(400, `--rows-per-second: "${rowsPerSecond}" is not a number from 0.1 to ${rateMax}`);
  }
  return {
    ...(from === undefined ? {} : { from }),
    ...(rowsPerSecond === undefined ? {} : { rowsPerSecond: rate }),
    ...(pause ? { action: 'pause' } : resume ? { action: 'resume' } : {}),
  };
}

/** Until none has anything to do. */
async function watch(first: BackfillReport[], look: () => Promise<BackfillReport[]>): Promise<void> {
  const screen = openScreen('the daemon goes on with it; "cdrd backfill" shows it again');
  const ms = screen.isTerminal ? lookMs.terminal : lookMs.pipe;
  let reports = first;
  try {
    for (;;) {
      screen.show(reports.map(lineOf));
      if (reports.every(({ state }) => ['done', 'none', 'paused'].includes(state))) return;
      await delay(ms);
      reports = await look();
    }
  } finally {
    screen.close();
  }
}

/** Names as in /readyz. */
function toJson({ rate, limit, secondsLeft, ...report }: BackfillReport) {
  return { ...report, rows_per_second: rate, limit_per_second: limit, seconds_left: secondsLeft };
}

function lineOf({ system, state, detail, rows, total, rate, secondsLeft, reached }: BackfillReport): string {
  if (state === 'none' || state === 'waiting') return `${system}: ${detail}`;
  const share = total === null || total === 0 ? null : Math.min(1, rows / total);
  const bar = share === null || state === 'done' ? '' : `${barOf(share)} `;
  const about = total === null || state === 'done' ? '' : ` of about ${total}`;
  const pace = state === 'running' ? `, ${Math.round(rate)} a second` : '';
  const left = secondsLeft === null ? '' : `, about ${spanText(secondsLeft)} left`;
  const where = reached === null || state === 'done' ? '' : `, down to ${reached}`;
  const why = state === 'running' ? '' : `; ${detail}`;
  return `${system}: ${bar}${rows}${about} rows${pace}${left}${where}${why}`;
}

function barOf(share: number): string {
  const full = Math.floor(share * barWidth);
  return `[${'#'.repeat(full)}${'.'.repeat(barWidth - full)}] ${Math.floor(share * 100)} %`;
}
