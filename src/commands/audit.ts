// cdrd audit: who did what, when, from where.
import type { Command } from 'commander';
import { isoOf } from '../cdr/time.ts';
import { ClientError } from '../errors.ts';
import type { AuditAsk } from '../http/bodies.ts';
import type { Action, StoredAudit } from '../store/audit.ts';
import type { Edge } from './edge.ts';
import { spanOf } from './moment.ts';
import { out, printJson, printTable, timeText } from './print.ts';

const most = 10_000;
const nameMax = 128;

interface Options {
  limit: string;
  after?: string;
  before?: string;
  action?: string;
  name?: string;
  from?: string;
  to?: string;
  json?: true;
}

export function addAuditCommand(program: Command, edge: Edge): void {
  program
    .command('audit')
    .description('list what was done: logins, refusals, exports, edits, changes of users and tokens; the newest last')
    .option('--limit <n>', `at most this many, up to ${most}`, '50')
    .option('--after <id>', 'the first that came after this entry, instead of the newest')
    .option('--before <id>', 'the newest of those before this entry')
    .option('--action <action>', 'only this: login, refused, export, user.added … (a wrong one lists them all)')
    .option('--name <name>', 'only what the user or token of this name did; of commands: cdrd')
    .option('--from <time>', 'not before: 2026-11-22 (UTC) or RFC 3339')
    .option('--to <time>', 'before')
    .option('--json', 'print JSON')
    .action(async (options: Options) => {
      const ask = await askOf(options);
      const { config, log } = await edge.load();
      const { atDesk } = await import('./daemon.ts');
      const entries = await atDesk(config, log, (desk) => desk.listAudit(ask));
      if (ask.after === undefined) entries.reverse();
      if (options.json) {
        const { toNativeAudit } = await import('../http/dialects/native/people.ts');
        return printJson(entries.map((entry) => toNativeAudit(entry)));
      }
      const isAll = Object.keys(ask).length === 1;
      if (entries.length === 0) return out(isAll ? 'nothing was done yet' : 'nothing of this kind was done');
      printTable(['ID', 'WHEN', 'WHO', 'FROM', 'WHAT'], entries.map(cells));
    });
}

async function askOf({ limit, after, before, action, name, from, to }: Options): Promise<AuditAsk> {
  if (after !== undefined && before !== undefined)
    throw new ClientError(400, '--after and --before cannot both be meant');
  if (name !== undefined && (name === '' || name.length > nameMax))
    throw new ClientError(400, `--name: has ${name.length} characters, expected 1 to ${nameMax}`);
  const span = spanOf(from, to);
  return {
    limit: numberOf('--limit', limit, 1, most),
    ...(after === undefined ? {} : { after: numberOf('--after', after, 0, Number.MAX_SAFE_INTEGER) }),
    ...(before === undefined ? {} : { before: numberOf('--before', before, 1, Number.MAX_SAFE_INTEGER) }),
    ...(action === undefined ? {} : { action: await actionOf(action) }),
    ...(name === undefined ? {} : { name }),
    ...(span.from === undefined ? {} : { from: isoOf(span.from) }),
    ...(span.to === undefined ? {} : { to: isoOf(span.to) }),
  };
}

async function actionOf(given: string): Promise<Action> {
  const { actions } = await import('../store/audit.ts');
  const action = actions.find((one) => one === given);
  if (action !== undefined) return action;
  throw new ClientError(400, `--action: "${given}" is none, expected one of ${actions.join(', ')}`);
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
