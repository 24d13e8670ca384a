// cdrd backup: all of the store in one file, while the daemon goes on. The command reads the database itself, beside the daemon: so the
// daemon's loop does none of the work; the daemon is only told, for the audit.
import { resolve } from 'node:path';
import type { Command } from 'commander';
import type { Config } from '../config.ts';
import type { Log } from '../log.ts';
import type { Backup } from '../store/backup.ts';
import { version, type Edge } from './edge.ts';
import { longWork } from './longwork.ts';
import { out, printJson } from './print.ts';

interface Options {
  force?: true;
  quiet?: true;
  json?: true;
}

export function addBackupCommand(program: Command, edge: Edge): void {
  program
    .command('backup')
    .description('write all of the store to one file, while the daemon goes on')
    .argument('<file>', 'gzipped lines of JSON; "cdrd restore" makes a store of it, on SQLite or MariaDB')
    .option('--force', 'write over a file that is there')
    .option('--quiet', 'no progress')
    .option('--json', 'print JSON')
    .addHelpText(
      'after',
      `
All tables are read as they were at one moment. The file gets its name when all of it is on the disk: an interrupted
backup leaves none. It holds phone numbers and password hashes (mode 0600), not the configuration.

  cdrd backup /var/backups/cdrd-$(date +%F).gz`,
    )
    .action(async (file: string, { force, quiet, json }: Options) => {
      const { config, log } = await edge.load();
      const { writeBackup } = await import('../store/backup.ts');
      const stopping = 'stopping; nothing of the backup is left';
      const done = await longWork({ quiet, stopping }, (bar, signal) =>
        writeBackup({
          ...{ url: config.store.url, file: resolve(file), version: version(), now: Date.now() },
          ...{ isForced: force === true, signal },
          seen: (share, rows) => bar.show(share, `${rows} rows`),
        }),
      );
      if (!done) return;
      await told(config, log, done);
      const { rows, records, bytes, schema } = done;
      if (json) return printJson({ file: done.file, records, rows, bytes, schema });
      out(`${done.file}: ${records} records, ${rows} rows in all, ${(bytes / 1e6).toFixed(2)} MB, schema ${schema}`);
    });
}

/** The audit: through the daemon; without one, where the store has this program's schema. Before an upgrade nobody writes it down. */
async function told(config: Config, log: Log, { file, records, bytes }: Backup): Promise<void> {
  const { planMigration } = await import('../store/migrate.ts');
  const { pending } = await planMigration(config.store, log);
  if (pending.length > 0) return;
  const { atDesk } = await import('./daemon.ts');
  await atDesk(config, log, (desk) => desk.saved({ file, records, bytes }), 'existing');
}
