// cdrd migrate: the schema of the store, without the daemon: what would be done, and doing it.
import type { Command } from 'commander';
import type { MigrationPlan } from '../store/migrate.ts';
import type { Edge } from './edge.ts';
import { onInterrupt } from './interrupt.ts';
import { out, printJson, printTable } from './print.ts';

interface Options {
  dryRun?: true;
  json?: true;
}

export function addMigrateCommand(program: Command, edge: Edge): void {
  program
    .command('migrate')
    .description("bring the store's schema to this version; the daemon does the same at its start")
    .option('--dry-run', 'change nothing, only tell what would be done and how long it may take')
    .option('--json', 'print JSON')
    .addHelpText(
      'after',
      `
Steps are done one after the other, and each is whole or not done: Ctrl-C ends after the one in hand (exit code 130), a
kill undoes it, and the same command goes on. There is no way back but a backup: "cdrd backup FILE" first.`,
    )
    .action(async ({ dryRun, json }: Options) => {
      const [{ holdBoth }, { migrateStore, planMigration, schemaOf }] = await Promise.all([
        import('../store/lock.ts'),
        import('../store/migrate.ts'),
      ]);
      const { config, log } = await edge.load();
      if (dryRun) {
        const plan = await planMigration(config.store, log);
        return json ? printJson(plan) : tell(plan, 'would go');
      }
      const release = holdBoth(config.store);
      if (!release) {
        if (!json) return out('the daemon is running: it brought the schema up to date at its start');
        const to = await schemaOf(config.store, log);
        return printJson({ from: to, to, applied: [] });
      }
      const interrupt = onInterrupt(() => process.stderr.write('\nstopping after the step in hand\n'));
      try {
        const plan = await planMigration(config.store, log);
        if (!json && plan.pending.length > 0 && plan.from !== 'empty') tell(plan, 'goes');
        const told = (name: string, at: number, of: number) => process.stderr.write(`${at + 1}/${of} ${name}\n`);
        const { from, to, applied } = await migrateStore(config.store, log, {
          signal: interrupt.signal,
          ...(plan.from === 'empty' ? {} : { told }),
        });
        if (json) printJson({ from, to, applied });
        else
          out(
            applied.length === 0 ? `the store has the schema ${from} already` : `the store went from ${from} to ${to}`,
          );
        if (interrupt.signal.aborted && applied.length < plan.pending.length) process.exitCode = 130;
      } finally {
        interrupt.end();
        release();
      }
    });
}

function tell({ from, to, pending, records }: MigrationPlan, verb: string): void {
  if (pending.length === 0) return out(`the store has the schema ${to} already: there is nothing to do`);
  out(`the store ${verb} from ${from} to ${to}, with about ${records} records:`);
  printTable(
    ['STEP', 'AT MOST ABOUT', 'WHAT'],
    pending.map(({ name, about, seconds }) => [name, timeOf(seconds), about]),
  );
  out(`in all at most about ${timeOf(pending.reduce((sum, { seconds }) => sum + Math.max(1, seconds), 0))}`);
}

function timeOf(seconds: number): string {
  return seconds < 120 ? `${Math.max(1, seconds)} s` : `${Math.ceil(seconds / 60)} min`;
}
