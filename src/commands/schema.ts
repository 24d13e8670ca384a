// cdrd schema: the JSON Schema of the configuration, for editors.
import type { Command } from 'commander';
import { printJson } from './print.ts';

export function addSchemaCommand(program: Command): void {
  program
    .command('schema')
    .description('print the JSON Schema of the configuration, for editors')
    .action(async () => {
      const { configSchema } = await import('../configschema.ts');
      printJson(configSchema());
    });
}
