// cdrd preset list|show: the rules that come with cdrd, in the form in which one writes one's own.
import type { Command } from 'commander';
import { ClientError } from '../errors.ts';
import { out, printJson, printTable } from './print.ts';

export function addPresetCommand(program: Command): void {
  const command = program.command('preset').description('the rules that come with cdrd');
  command
    .command('list')
    .description('what there is, for systems[].preset and for include')
    .option('--json', 'print JSON')
    .action(async ({ json }: { json?: true }) => {
      const { presets } = await import('../rules/presets.ts');
      const rows = [...presets()].map(([name, { about, rules }]) => ({ name, about, rules: rules.length }));
      if (json) return printJson(rows);
      printTable(
        ['NAME', 'FOR'],
        rows.map(({ name, about }) => [name, about]),
      );
    });
  command
    .command('show')
    .description('print the rules of one, with all it includes, in the order in which they are tried')
    .argument('<name>')
    .option('--json', 'print JSON')
    .action(async (name: string, { json }: { json?: true }) => {
      const [{ presets, wholePreset }, { stringify }] = await Promise.all([
        import('../rules/presets.ts'),
        import('yaml'),
      ]);
      const preset = presets().get(name);
      if (!preset)
        throw new ClientError(400, `there is no preset "${name}", expected one of ${[...presets().keys()].join(', ')}`);
      const rules = wholePreset(name);
      if (json) return printJson(rules);
      out(`# ${name}: ${preset.about}\n${stringify({ rules }, { lineWidth: 120 }).trimEnd()}`);
    });
}
