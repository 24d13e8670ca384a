// cdrd rejects: the rows that could not be understood, and why.
import type { Command } from 'commander';
import { ClientError } from '../errors.ts';
import type { Edge } from './edge.ts';
import { isoOf } from '../cdr/time.ts';
import { out, plain, printJson, timeText } from './print.ts';

const most = 1000;

export function addRejectsCommand(program: Command, edge: Edge): void {
  program
    .command('rejects')
    .description('list rows that could not be understood, the last seen first')
    .option('--limit <n>', `at most this many, up to ${most}`, '50')
    .option('--json', 'print JSON, with the raw rows whole')
    .action(async (options: { limit: string; json?: true }) => {
      const limit = Number(options.limit);
      if (!Number.isInteger(limit) || limit < 1 || limit > most) {
        throw new ClientError(400, `--limit: "${options.limit}" is not a whole number from 1 to ${most}`);
      }
      const { config, log } = await edge.load();
      const { atDesk } = await import('./daemon.ts');
      const rejects = await atDesk(config, log, (desk) => desk.rejects(limit), 'existing');
      if (options.json)
        return printJson(rejects.map((one) => ({ ...one, first: isoOf(one.first), last: isoOf(one.last) })));
      if (rejects.length === 0) return out('no rejects: every row was understood');
      for (const { id, source, count, first, last, reason, raw } of rejects) {
        const seen = count === 1 ? timeText(last) : `${count} times, ${timeText(first)} to ${timeText(last)}`;
        out(`${id}  ${source}  ${seen}\n    ${plain(reason)}\n    ${raw.length > 300 ? `${raw.slice(0, 300)}…` : raw}`);
      }
    });
}
