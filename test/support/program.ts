// The commands as one programme, in the process of a test.
import { readdirSync } from 'node:fs';
import { Command } from 'commander';
import { openEdge } from '../../src/commands/edge.ts';

/** All commands but those of src/main.ts itself; here, because a process for each would take a minute. */
export async function openProgram(config: string): Promise<Command> {
  const program = new Command('cdrd').option('--config <file>', 'configuration').exitOverride();
  const edge = openEdge(() => config);
  const folder = new URL('../../src/commands/', import.meta.url);
  for (const file of readdirSync(folder)) {
    const module = (await import(new URL(file, folder).href)) as Record<string, unknown>;
    for (const [name, add] of Object.entries(module))
      if (/^add\w*Commands?$/.test(name)) (add as (to: Command, given: unknown) => void)(program, edge);
  }
  return program;
}
