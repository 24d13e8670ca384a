// cdrd token create|list|revoke
import type { Command } from 'commander';
import { Option } from 'commander';
import { companyKey } from '../cdr/query.ts';
import { ClientError } from '../errors.ts';
import type { Token } from '../store/tokens.ts';
import type { Edge } from './edge.ts';
import { out, printJson, printTable, timeText } from './print.ts';

export function addTokenCommands(program: Command, edge: Edge): void {
  const token = program.command('token').description('make, list and revoke API tokens');

  token
    .command('create')
    .description('make a token; its secret is shown this once and stored only as a hash')
    .argument('<name>', 'what it is for, like "wallboard"')
    .addOption(new Option('--scope <scope>', 'what it may do').choices(['read', 'write', 'admin']).default('read'))
    .option('--company <handle>', 'bind it to this company; may be repeated; without: all', toCompanies)
    .option('--json', 'print JSON')
    .action(async (name: string, options: { scope: Token['scope']; company?: string[]; json?: true }) => {
      const { config, log } = await edge.load();
      const { atDesk } = await import('./daemon.ts');
      const companies = options.company ?? null;
      const made = await atDesk(config, log, (desk) => desk.createToken({ name, scope: options.scope, companies }));
      if (options.json) return printJson({ ...(await shapes()).toNativeToken(made.token), secret: made.secret });
      out(made.secret);
      process.stderr.write(
        `token ${made.token.id}, scope ${options.scope}, ${companiesText(companies)}; it is not shown again\n`,
      );
    });

  token
    .command('list')
    .description('list all tokens, revoked ones too')
    .option('--json', 'print JSON')
    .action(async (options: { json?: true }) => {
      const { config, log } = await edge.load();
      const { atDesk } = await import('./daemon.ts');
      const tokens = await atDesk(config, log, (desk) => desk.listTokens(), 'existing');
      if (options.json) {
        const { toNativeToken } = await shapes();
        return printJson(tokens.map((one) => toNativeToken(one)));
      }
      printTable(
        ['ID', 'NAME', 'SCOPE', 'COMPANIES', 'CREATED', 'REVOKED'],
        tokens.map(({ id, name, scope, companies, created, revoked }) => [
          String(id),
          name,
          scope,
          companiesText(companies),
          timeText(created),
          timeText(revoked),
        ]),
      );
    });

  token
    .command('revoke')
    .description('revoke a token; it stops working at once')
    .argument('<id>', 'its number in "cdrd token list"')
    .option('--json', 'print JSON')
    .action(async (id: string, options: { json?: true }) => {
      const { config, log } = await edge.load();
      const { atDesk } = await import('./daemon.ts');
      if (!/^\d{1,15}$/.test(id)) throw new ClientError(400, `"${id}" is not a token number, see "cdrd token list"`);
      if (!(await atDesk(config, log, (desk) => desk.revokeToken(Number(id)), 'existing'))) {
        throw new ClientError(404, `there is no living token ${id}, see "cdrd token list"`);
      }
      if (options.json) return printJson({ revoked: Number(id) });
      out(`token ${id} is revoked`);
    });
}

/** Commas separate too; one company has many spellings. */
export function toCompanies(given: string, before: string[] = []): string[] {
  const handles = [...before, ...given.split(',').map((handle) => handle.trim())].filter(Boolean);
  return handles.filter((handle, at) => handles.findIndex((other) => companyKey(other) === companyKey(handle)) === at);
}

const shapes = () => import('../http/dialects/native/people.ts');

export function companiesText(companies: readonly string[] | null): string {
  return companies === null ? 'all companies' : companies.join(', ');
}
