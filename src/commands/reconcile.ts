// cdrd reconcile: compares a PBX's table with the store through the running daemon, and prints what it found.
import { setTimeout as delay } from 'node:timers/promises';
import type { Command } from 'commander';
import { Unavailable } from '../errors.ts';
import type { ReconcileProgress } from '../ingest/chores.ts';
import type { Reconcile } from '../store/reconciles.ts';
import type { Edge } from './edge.ts';
import { out, printJson, printTable, timeText } from './print.ts';
import { openScreen } from './screen.ts';

const lookMs = { terminal: 300, pipe: 1000 };
/** Ids shown of each kind; the JSON has more. */
const shownIds = 10;

/** `waitsFor`: why the store takes no records at present. */
type Look = ReconcileProgress & { waitsFor: string | null; last: Reconcile | null };

interface Options {
  from?: string;
  to?: string;
  dryRun?: true;
  json?: true;
}

export function addReconcileCommand(program: Command, edge: Edge): void {
  program
    .command('reconcile')
    .description("compare a PBX's table with the store, bring what is missing or changed, and print what was found")
    .argument('[system]', 'one system; without: all that have a table')
    .option('--from <date>', 'from when on: 2026-11-22, "2026-11-22 03:15" or RFC 3339 (default: table.reconcile.days)')
    .option('--to <date>', 'until when (default: now)')
    .option('--dry-run', 'bring nothing, only tell')
    .option('--json', 'print JSON')
    .action(async (system: string | undefined, { from, to, dryRun, json }: Options) => {
      const { config } = await edge.load();
      const { askDaemon, unlessBusy } = await import('./daemon.ts');
      const body = {
        ...(system === undefined ? {} : { system }),
        ...(from === undefined ? {} : { from }),
        ...(to === undefined ? {} : { to }),
        ...(dryRun ? { isDryRun: true } : {}),
      };
      const which = system === undefined ? '' : `?system=${encodeURIComponent(system)}`;
      const begun = await unlessBusy(askDaemon<ReconcileProgress[]>(config, 'POST', '/reconcile', body));
      const reports = await watch(begun.length, json, () => askDaemon<Look[]>(config, 'GET', `/reconcile${which}`));
      if (json) {
        const { toNativeReconcile } = await import('../http/dialects/native/reconciles.ts');
        printJson(reports.map((report) => toNativeReconcile(report)));
      } else reports.forEach(print);
      const failed = reports.find(({ state }) => state !== 'done');
      if (failed) throw new Unavailable(`${failed.system}: ${failed.state}: ${failed.detail ?? 'the daemon stopped'}`);
    });
}

async function watch(count: number, isMute: true | undefined, look: () => Promise<Look[]>): Promise<Reconcile[]> {
  const screen = openScreen('the daemon goes on with it; its report will stand in GET /api/v1/reconciles');
  try {
    for (;;) {
      const looks = await look();
      const open = looks.filter(({ state }) => state === 'running');
      const ended = looks.flatMap(({ last }) => last ?? []);
      if (open.length === 0 && ended.length >= count) return ended;
      // A pipe is told of what was done, not that nothing was done yet.
      const told = open.filter(({ rows, waitsFor }) => screen.isTerminal || rows > 0 || waitsFor !== null);
      if (!isMute) screen.show(told.map(lineOf));
      await delay(screen.isTerminal ? lookMs.terminal : lookMs.pipe);
    }
  } finally {
    screen.close();
  }
}

function lineOf({ system, rows, reached, waitsFor }: Look): string {
  const compared = `${system}: ${rows} rows compared${reached === null ? '' : `, down to ${reached}`}`;
  return waitsFor === null ? compared : `${compared}; it waits, the store does not take records: ${waitsFor}`;
}

function print(report: Reconcile): void {
  const {
    system,
    from,
    to,
    state,
    detail,
    isDryRun,
    missing,
    changed,
    gone,
    unseen,
    rejected,
    expired,
    days,
    examples,
  } = report;
  out(
    `${system}: ${timeText(from)} to ${timeText(to)}, newest first${isDryRun ? '; a trial, nothing was brought' : ''}`,
  );
  printTable(
    ['DAY', 'TABLE', 'STORE', 'MISSING', 'CHANGED', 'GONE'],
    days.map((day) =>
      [day.day, day.counted ?? day.read, day.shown, day.missing, day.changed, day.gone].map((cell) => String(cell)),
    ),
  );
  const were = missing === 1 ? 'was' : 'were';
  const brought = isDryRun ? 'would be brought' : `${were} brought`;
  out(`${rows(missing)} of the table ${were} not in the store and ${brought}${ids(examples.missing)}`);
  const follow = isDryRun ? 'would follow' : changed === 1 ? 'follows' : 'follow';
  const their = changed === 1 ? 'the record' : 'the records';
  out(`${rows(changed)} had been changed in the table; ${their} ${follow}${ids(examples.changed)}`);
  if (gone > 0) {
    const [are, stay] = gone === 1 ? ['record is', 'stays'] : ['records are', 'stay'];
    out(`${gone} ${are} in the table no more and ${stay} in the store${ids(examples.gone)}`);
  }
  if (state === 'done' && detail !== null) out(detail);
  if (unseen > 0)
    out(
      `not counted: ${unseen === 1 ? '1 record' : `${unseen} records`} that came another way (AMI, files, HTTP) and not from the table`,
    );
  if (rejected > 0) out(`${rows(rejected)} could not be understood, see "cdrd rejects"`);
  if (expired > 0) out(`${rows(expired)} of records that retention has taken`);
}

function rows(count: number): string {
  return count === 1 ? '1 row' : `${count} rows`;
}

function ids(list: readonly number[]): string {
  if (list.length === 0) return '';
  return `: ids ${list.slice(0, shownIds).join(', ')}${list.length > shownIds ? ' …' : ''}`;
}
