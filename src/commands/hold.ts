// cdrd hold list|add|remove: whose records nobody removes or anonymises.
import type { Command } from 'commander';
import { ClientError } from '../errors.ts';
import type { Desk } from './daemon.ts';
import type { Edge } from './edge.ts';
import { out, printJson, printTable, timeText } from './print.ts';

interface Given {
  company?: string;
  number?: string;
  reason?: string;
  json?: true;
}

export function addHoldCommand(program: Command, edge: Edge): void {
  const holds = program
    .command('hold')
    .description('keep the records of a company or a number, whatever retention says, until the hold is removed');
  const atDesk = async <T>(work: (desk: Desk) => Promise<T>) => {
    const { config, log } = await edge.load(['retention']);
    return (await import('./daemon.ts')).atDesk(config, log, work, 'existing');
  };

  holds
    .command('list', { isDefault: true })
    .description('list the holds')
    .option('--json', 'print JSON')
    .action(async ({ json }: Given) => {
      const list = await atDesk((desk) => desk.listHolds());
      if (json) {
        const { toNativeHold } = await import('../http/dialects/native/holds.ts');
        return printJson(list.map(toNativeHold));
      }
      if (list.length === 0) return out('nothing is held');
      printTable(
        ['ID', 'SINCE', 'BY', 'COMPANY', 'NUMBER', 'REASON'],
        list.map(({ id, created, by, company, number, reason }) => [
          ...[String(id), timeText(created), by, company ?? '-', number ?? '-', reason ?? '-'],
        ]),
      );
    });

  holds
    .command('add')
    .description('hold all calls of a company, or all in which a number stands')
    .option('--company <handle>', 'its records, calling or called')
    .option('--number <number>', 'as records have it; another spelling (country code) is another hold')
    .option('--reason <text>', 'why, for people')
    .option('--json', 'print JSON')
    .action(async ({ json, ...given }: Given) => {
      if ((given.company === undefined) === (given.number === undefined))
        throw new ClientError(400, 'expected --company or --number, one of them');
      const hold = await atDesk((desk) => desk.addHold(given));
      if (json) {
        const { toNativeHold } = await import('../http/dialects/native/holds.ts');
        return printJson(toNativeHold(hold));
      }
      out(`${hold.company ?? hold.number} is held, by hold ${hold.id}`);
    });

  holds
    .command('remove')
    .description('remove a hold; what is due goes with the next run of the job retention')
    .argument('<id>', 'its number in "cdrd hold list"')
    .action(async (text: string) => {
      const id = /^[1-9]\d{0,14}$/.test(text) ? Number(text) : null;
      if (id === null) throw new ClientError(400, `"${text}" is not the number of a hold, see "cdrd hold list"`);
      if (!(await atDesk((desk) => desk.removeHold(id))))
        throw new ClientError(404, `there is no hold ${id}, see "cdrd hold list"`);
      out(`hold ${id} is removed`);
    });
}
