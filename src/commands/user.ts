// cdrd user add|list|passwd|disable|enable|remove
import type { Command } from 'commander';
import { Option } from 'commander';
import { ClientError } from '../errors.ts';
import type { User, UserChange } from '../store/users.ts';
import type { Desk } from './daemon.ts';
import type { Edge } from './edge.ts';
import { askPassword } from './password.ts';
import { out, printJson, printTable, timeText } from './print.ts';
import { companiesText } from './token.ts';

/** More users than this are not listed at once. */
const most = 10_000;

interface AddOptions {
  role: User['role'];
  company?: string[];
  extension?: string[];
  passwordStdin?: true;
  json?: true;
}

export function addUserCommands(program: Command, edge: Edge): void {
  const user = program.command('user').description('add, list, change and remove users, who log in with a password');
  const atDesk = async <T>(work: (desk: Desk) => Promise<T>) => {
    const { config, log } = await edge.load();
    return (await import('./daemon.ts')).atDesk(config, log, work);
  };
  const change = async (name: string, change: UserChange) =>
    atDesk(async (desk) => (await desk.changeUser(await idOf(desk, name), change)) ?? gone(name));
  const setDisabled = async (name: string, disabled: boolean, { json }: { json?: true }) => {
    const changed = await change(name, { disabled });
    if (json) return printJson((await shapes()).toNativeUser(changed));
    out(`user ${changed.name} is ${disabled ? 'disabled' : 'enabled'}`);
  };

  user
    .command('add')
    .description('add a user; the password is asked for')
    .argument('<name>', 'what it logs in with')
    .addOption(
      new Option('--role <role>', 'admin: everything; billing: its companies; user: its own extensions')
        .choices(['admin', 'billing', 'user'])
        .default('user'),
    )
    .option('--company <handle...>', 'bind it to these companies; without: all')
    .option('--extension <number...>', 'its own extensions, for the role user')
    .option('--password-stdin', 'read the password from stdin')
    .option('--json', 'print JSON')
    .action(async (name: string, options: AddOptions) => {
      const { role, company, extension } = options;
      // The configuration's faults come before the question.
      await edge.load();
      const password = await askPassword(options.passwordStdin === true);
      const bound = { companies: company ?? null, extensions: extension ?? [] };
      const made = await atDesk((desk) => desk.addUser({ name, password, role, ...bound }));
      if (options.json) return printJson((await shapes()).toNativeUser(made));
      out(`user ${made.name} is added: role ${role}, ${boundText(made)}`);
    });

  user
    .command('list')
    .description('list all users')
    .option('--json', 'print JSON')
    .action(async (options: { json?: true }) => {
      const users = await atDesk((desk) => desk.listUsers(0, most));
      if (options.json) {
        const { toNativeUser } = await shapes();
        return printJson(users.map((one) => toNativeUser(one)));
      }
      printTable(
        ['ID', 'NAME', 'ROLE', 'BOUND TO', 'CREATED', 'DISABLED'],
        users.map((one) => [
          ...[String(one.id), one.name, one.role, boundText(one)],
          ...[timeText(one.created), timeText(one.disabled)],
        ]),
      );
    });

  user
    .command('passwd')
    .description('set a new password; it is asked for, and all sessions of the user end')
    .argument('<name>')
    .option('--password-stdin', 'read the password from stdin')
    .action(async (name: string, options: { passwordStdin?: true }) => {
      await edge.load();
      const password = await askPassword(options.passwordStdin === true);
      const { name: found } = await change(name, { password });
      out(`user ${found} has a new password; its sessions are over`);
    });

  user
    .command('disable')
    .description('let a user in no more; all its sessions end at once')
    .argument('<name>')
    .option('--json', 'print JSON')
    .action((name: string, options: { json?: true }) => setDisabled(name, true, options));

  user
    .command('enable')
    .description('let a disabled user in again')
    .argument('<name>')
    .option('--json', 'print JSON')
    .action((name: string, options: { json?: true }) => setDisabled(name, false, options));

  user
    .command('remove')
    .description('remove a user; what it did stays in the audit')
    .argument('<name>')
    .action(async (name: string) => {
      await atDesk(async (desk) => (await desk.removeUser(await idOf(desk, name))) || gone(name));
      out(`user ${name} is removed`);
    });
}

const shapes = () => import('../http/dialects/native/people.ts');

async function idOf(desk: Desk, name: string): Promise<number> {
  const { nameKey } = await import('../store/users.ts');
  const users = await desk.listUsers(0, most);
  return (users.find((user) => nameKey(user.name) === nameKey(name)) ?? gone(name)).id;
}

function gone(name: string): never {
  throw new ClientError(404, `there is no user ${name}, see "cdrd user list"`);
}

function boundText({ companies, extensions }: Pick<User, 'companies' | 'extensions'>): string {
  const own = extensions.length > 0 ? `extension ${extensions.join(', ')} of ` : '';
  return own + companiesText(companies);
}
