// cdrd rejects list|show|retry|discard: the rows that could not be understood, and why.
import type { Command } from 'commander';
import { ClientError } from '../errors.ts';
import type { StoredReject } from '../store/rejects.ts';
import type { Desk } from './daemon.ts';
import type { Edge } from './edge.ts';
import { out, plain, printJson, timeText } from './print.ts';
import type { Which } from './rooms.ts';

const most = 1000;
const shownMax = 300;

interface Filter {
  source?: string;
  system?: string;
  from?: string;
  to?: string;
}

export function addRejectsCommand(program: Command, edge: Edge): void {
  const rejects = program
    .command('rejects')
    .description('list, show, try again and discard rows that could not be understood');
  const atDesk = async <T>(work: (desk: Desk) => Promise<T>, { system }: Which = {}) => {
    const { config, log } = await edge.load();
    const names = config.systems.map(({ name }) => name);
    const known = async (desk: Desk) => {
      if (system !== undefined && !names.includes(system)) await demandRejects(desk, system, names);
      return work(desk);
    };
    return (await import('./daemon.ts')).atDesk(config, log, known, 'existing');
  };

  filtered(rejects.command('list', { isDefault: true }))
    .description('list them, the newest first')
    .option('--limit <n>', `at most this many, up to ${most}`, '50')
    .option('--json', 'print JSON, with the raw rows whole')
    .action(async (options: Filter & { limit: string; json?: true }) => {
      const limit = Number(options.limit);
      if (!Number.isInteger(limit) || limit < 1 || limit > most) {
        throw new ClientError(400, `--limit: "${options.limit}" is not a whole number from 1 to ${most}`);
      }
      const which = whichOf(options);
      const found = await atDesk((desk) => desk.rejects(limit, which), which);
      if (options.json) return printJson(found.map((await shapes()).toNativeReject));
      if (found.length === 0) return out('no rejects are kept');
      for (const reject of found) print(reject, shownMax);
    });

  rejects
    .command('show')
    .description('show one, with its raw row whole')
    .argument('<id>', 'its number in "cdrd rejects"')
    .option('--json', 'print JSON')
    .action(async (given: string, options: { json?: true }) => {
      const id = idOf(given);
      const found = (await atDesk((desk) => desk.reject(id))) ?? gone(id);
      if (options.json) return printJson((await shapes()).toNativeReject(found));
      print(found, Infinity);
    });

  filtered(rejects.command('retry'))
    .description('hand them over again: those that are understood now become records')
    .argument('[id...]', 'only these; without: all, or those of the options')
    .option('--json', 'print JSON')
    .action(async (given: string[], options: Filter & { json?: true }) => {
      const which = whichOf(options);
      const ids = given.map(idOf);
      demandOneWay(ids, Object.keys(which).length > 0);
      const sum = await atDesk((desk) => (ids.length > 0 ? retryEach(desk, ids) : retryAll(desk, which)), which);
      if (options.json) return printJson(sum);
      const taken = sum.expired > 0 ? `${sum.expired} taken by retention, ` : '';
      out(`${sum.created} stored, ${sum.duplicate} known already, ${taken}${sum.rejected} rejected again`);
    });

  filtered(rejects.command('discard'))
    .description('take them away for good')
    .argument('[id...]', 'these')
    .option('--all', 'all there are')
    .option('--json', 'print JSON')
    .action(async (given: string[], options: Filter & { all?: true; json?: true }) => {
      const which = whichOf(options);
      const ids = given.map(idOf);
      const hasOptions = Object.keys(which).length > 0 || options.all === true;
      demandOneWay(ids, hasOptions);
      if (ids.length === 0 && !hasOptions) {
        throw new ClientError(400, 'say which: numbers, --source, --system, --from, --to, or --all');
      }
      const discarded = await atDesk(
        (desk) => (ids.length > 0 ? discardEach(desk, ids) : discardAll(desk, which)),
        which,
      );
      if (options.json) return printJson({ discarded });
      out(`${discarded} discarded`);
    });
}

function filtered(command: Command): Command {
  return command
    .option('--source <name>', 'of this source, like pbx1/ami')
    .option('--system <name>', 'of this Asterisk')
    .option('--from <time>', 'last seen not before, like 2026-11-22T00:00:00Z')
    .option('--to <time>', 'last seen before');
}

function whichOf({ source, system, from, to }: Filter): Which {
  const given = Object.entries({ source, system, from, to }).filter(([, value]) => value !== undefined);
  return Object.fromEntries(given);
}

/** A system that is not configured any more may have left rejects. @throws ClientError 400 where it has none */
async function demandRejects(desk: Desk, system: string, names: readonly string[]): Promise<void> {
  if ((await desk.rejects(1, { system })).length > 0) return;
  throw new ClientError(400, `--system: "${system}" is not configured, expected one of ${names.join(', ')}`);
}

async function retryAll(desk: Desk, which: Which) {
  const sum = { created: 0, duplicate: 0, expired: 0, rejected: 0 };
  for (let after = 0, more = true; more;) {
    const part = await desk.retryRejects({ ...which, after });
    for (const key of ['created', 'duplicate', 'expired', 'rejected'] as const) sum[key] += part[key];
    ({ after, more } = part);
  }
  return sum;
}

async function retryEach(desk: Desk, ids: readonly number[]) {
  const sum = { created: 0, duplicate: 0, expired: 0, rejected: 0 };
  for (const id of ids) {
    const retried = await desk.retryReject(id);
    if (!retried || retried.outcome === 'gone') return gone(id);
    sum[retried.outcome] += 1;
    if (retried.outcome === 'rejected') process.stderr.write(`reject ${id} stays: ${plain(retried.reason)}\n`);
  }
  return sum;
}

async function discardAll(desk: Desk, which: Which): Promise<number> {
  let sum = 0;
  for (let more = true; more;) {
    const part = await desk.discardRejects(which);
    sum += part.discarded;
    more = part.more;
  }
  return sum;
}

async function discardEach(desk: Desk, ids: readonly number[]): Promise<number> {
  for (const id of ids) if (!(await desk.discardReject(id))) gone(id);
  return ids.length;
}

function demandOneWay(ids: readonly number[], hasOptions: boolean): void {
  if (ids.length > 0 && hasOptions) {
    throw new ClientError(400, 'numbers and options cannot be given together');
  }
}

function idOf(given: string): number {
  if (/^\d{1,15}$/.test(given)) return Number(given);
  throw new ClientError(400, `"${given}" is not the number of a reject, see "cdrd rejects"`);
}

function gone(id: number): never {
  throw new ClientError(404, `there is no reject ${id}, see "cdrd rejects"`);
}

const shapes = () => import('../http/dialects/native/rejects.ts');

function print(
  { id, source, count, first, last, reason, raw, tries, tried, gone }: StoredReject,
  rawMax: number,
): void {
  const seen = count === 1 ? timeText(last) : `${count} times, ${timeText(first)} to ${timeText(last)}`;
  const retried = tries === 0 ? '' : `  tried again ${tries === 1 ? 'once' : `${tries} times`}, ${timeText(tried)}`;
  const lost = gone === null ? '' : `  not in the table any more, ${timeText(gone)}`;
  const text = raw.length > rawMax ? `${raw.slice(0, rawMax)}…` : raw;
  out(`${id}  ${source}  ${seen}${retried}${lost}\n    ${plain(reason)}\n    ${plain(text)}`);
}
