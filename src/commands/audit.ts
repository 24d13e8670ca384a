// cdrd audit: who did what, when, from where.
import type { Command } from 'commander';
import { ClientError } from '../errors.ts';
import type { StoredAudit } from '../store/audit.ts';
import type { Edge } from './edge.ts';
import { out, printJson, printTable, timeText } from './print.ts';

const most = 10_000;

export function addAuditCommand(program: Command, edge: Edge): void {
  program
    .command('audit')
    .description('list what was done: logins, refusals, exports, edits, changes of users and tokens; the newest last')
    .option('--limit <n>', `at most this many, up to ${most}`, '50')
    .option('--after <id>', 'what came after this entry, instead of the newest')
    .option('--json', 'print JSON')
    .action(async (options: { limit: string; after?: string; json?: true }) => {
      const limit = numberOf('--limit', options.limit, 1, most);
      const after =
        options.after === undefined ? undefined : numberOf('--after', options.after, 0, Number.MAX_SAFE_INTEGER);
      const { config, log } = await edge.load();
      const { atDesk } = await import('./daemon.ts');
      const entries = await atDesk(config, log, (desk) =>
        desk.listAudit({ limit, ...(after === undefined ? {} : { after }) }),
      );
      if (after === undefined) entries.reverse();
      if (options.json) return printJson(entries);
      if (entries.length === 0) return out('nothing was done yet');
      printTable(['ID', 'WHEN', 'WHO', 'FROM', 'WHAT'], entries.map(cells));
    });
}

function cells({ id, at, by, action, object, count, detail }: StoredAudit): string[] {
  const who = by.kind === 'nobody' ? 'nobody' : `${by.kind} ${by.name ?? by.id ?? ''}`;
  const what = [action, object, count > 1 ? `(${count} times)` : null, detail && JSON.stringify(detail)];
  return [String(id), timeText(at), who, by.address ?? '-', what.filter((part) => part !== null).join(' ')];
}

function numberOf(flag: string, text: string, least: number, greatest: number): number {
  const value = Number(text);
  if (/^\d+$/.test(text) && value >= least && value <= greatest) return value;
  throw new ClientError(400, `${flag}: "${text}" is not a whole number from ${least} to ${greatest}`);
}
