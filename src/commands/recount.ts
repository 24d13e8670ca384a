// cdrd recount: the statistics anew from the calls, step by step, through the daemon where one runs.
import type { Command } from 'commander';
import type { RecountPlace } from '../store/recount.ts';
import type { Bar } from './bar.ts';
import type { Edge } from './edge.ts';
import { longWork } from './longwork.ts';
import { out, printJson } from './print.ts';
import type { RoomsDesk } from './rooms.ts';

export function addRecountCommand(program: Command, edge: Edge): void {
  program
    .command('recount')
    .description(
      'count all calls for the statistics anew, beside all other work; they keep themselves right, so this is for doubts',
    )
    .option('--quiet', 'no progress')
    .option('--json', 'print JSON')
    .action(async (options: { quiet?: true; json?: true }) => {
      const { config, log } = await edge.load((path) => path.startsWith('store'));
      const { atDesk, unlessBusy } = await import('./daemon.ts');
      const stopping = 'stopping after the step in hand';
      const sum = await longWork({ quiet: options.quiet, stopping }, (bar, signal) =>
        atDesk(config, log, (desk) => unlessBusy(run(desk, bar, signal)), 'existing'),
      );
      if (!sum) return;
      if (options.json) printJson(sum);
      else if (sum.state === 'done') out(`${sum.calls} calls were counted`);
      else out('stopped; each count is what it was, or new already. Give it again to count all anew');
      if (sum.state === 'stopped') process.exitCode = 130;
    });
}

async function run(desk: RoomsDesk, bar: Bar, signal: AbortSignal) {
  let calls = 0;
  for (let place: RecountPlace | null = null, isFirst = true; isFirst || place !== null; isFirst = false) {
    if (signal.aborted) {
      // Another beginning is the end of this one: nothing is counted twice any more.
      await desk.recount(null);
      return { state: 'stopped', calls } as const;
    }
    const done = await desk.recount(place);
    ({ calls, next: place } = done);
    bar.show(done.share, `${calls} calls`);
  }
  return { state: 'done', calls } as const;
}
