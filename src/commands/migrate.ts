// cdrd migrate: the schema of the store, without the daemon.
import type { Command } from 'commander';
import type { Edge } from './edge.ts';
import { out, printJson } from './print.ts';

export function addMigrateCommand(program: Command, edge: Edge): void {
  program
    .command('migrate')
    .description("bring the store's schema to this version; the daemon does the same at its start")
    .option('--json', 'print JSON')
    .action(async (options: { json?: true }) => {
      const [{ holdFolder }, { migrateStore, schemaOf }] = await Promise.all([
        import('../store/lock.ts'),
        import('../store/migrate.ts'),
      ]);
      const { config, log } = await edge.load();
      const release = holdFolder(config.store.data_dir);
      if (!release) {
        if (!options.json) return out('the daemon is running: it brought the schema up to date at its start');
        const to = await schemaOf(config.store, log);
        return printJson({ from: to, to, applied: [] });
      }
      const { from, to, applied } = await migrateStore(config.store, log).finally(release);
      if (options.json) return printJson({ from, to, applied });
      out(applied.length === 0 ? `the store has the schema ${to} already` : `the store went from ${from} to ${to}`);
    });
}
