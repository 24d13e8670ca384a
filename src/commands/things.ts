// cdrd did|trunk|endpoint list|add|import: what the rules look up.
import type { Command } from 'commander';
import { Option } from 'commander';
import { endpointKinds, thingColumns, type ThingKind, type Things } from '../store/things.ts';
import type { Desk } from './daemon.ts';
import { addImport, most } from './directory.ts';
import type { Edge } from './edge.ts';
import { out, printJson, printTable } from './print.ts';

const about: Record<ThingKind, string> = {
  did: 'numbers that are called from outside, and whose they are',
  trunk: 'lines to the outside, by their peers',
  endpoint: 'phones and other peers that no pattern tells apart',
};

interface Given {
  company?: string;
  extension?: string;
  name?: string;
  kind?: string;
  json?: true;
}

export function addThingCommands(program: Command, edge: Edge): void {
  const atDesk = async <T>(work: (desk: Desk) => Promise<T>) => {
    const { config, log } = await edge.load();
    return (await import('./daemon.ts')).atDesk(config, log, work);
  };
  for (const kind of ['did', 'trunk', 'endpoint'] as const) {
    const { plural, key, more } = thingColumns[kind];
    const command = program.command(kind).description(`list, add and import ${plural}: ${about[kind]}`);
    const columns: string[] = [key, ...more, 'company', 'name'];
    command
      .command('list')
      .description(`list the first ${most} ${plural}`)
      .option('--json', 'print JSON')
      .action(async ({ json }: Given) => {
        const rows = await atDesk((desk) => desk.listThings(kind, 0, most));
        if (json) return printJson(rows);
        printTable(
          ['ID', ...columns.map((name) => name.toUpperCase())],
          rows.map((row) => [
            String(row.id),
            ...columns.map((name) => (row as unknown as Record<string, string | null>)[name] ?? '-'),
          ]),
        );
      });
    const add = command
      .command('add')
      .description(`add a ${kind}`.replace('a e', 'an e'))
      .argument(`<${key}>`, kind === 'did' ? 'as the trunk delivers it' : 'PJSIP/telco, or telco for any technology')
      .option('--company <handle>', 'its company, which must be known')
      .option('--name <name>', 'what people call it');
    if (kind !== 'trunk') add.option('--extension <number>', 'its extension');
    if (kind === 'endpoint')
      add.addOption(new Option('--kind <kind>', 'where it stands').choices(endpointKinds).default('extension'));
    add.option('--json', 'print JSON').action(async (word: string, { json, ...given }: Given) => {
      const thing = { company: null, name: null, ...given, [key]: word.trim() };
      const made = await atDesk((desk) => desk.addThing(kind, thing as unknown as Omit<Things[ThingKind], 'id'>));
      if (json) return printJson(made);
      const of = made.company === null ? '' : ` of ${made.company}`;
      out(`${kind} ${word.trim()}${of} is added, it has the id ${made.id}; it counts for records from now on`);
    });
    addImport(command, plural, columns.join(', '), atDesk);
  }
}
