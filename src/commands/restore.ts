// cdrd restore: a store made of a backup, without the daemon. The file is checked to its end before anything is touched.
import { resolve } from 'node:path';
import type { Command } from 'commander';
import { Unavailable } from '../errors.ts';
import type { Bar } from './bar.ts';
import type { Edge } from './edge.ts';
import { longWork } from './longwork.ts';
import { out, printJson } from './print.ts';

interface Options {
  force?: true;
  check?: true;
  quiet?: true;
  json?: true;
}

export function addRestoreCommand(program: Command, edge: Edge): void {
  program
    .command('restore')
    .description('make the store anew from a backup; stop the daemon before')
    .argument('<file>', 'made by "cdrd backup", on SQLite or MariaDB, by this cdrd or an older one')
    .option('--force', 'replace a store that has records')
    .option('--check', 'only read the file to its end, and say whether it is whole')
    .option('--quiet', 'no progress')
    .option('--json', 'print JSON')
    .addHelpText(
      'after',
      `
The file is checked first: format, checksum, counts. The store gets a new generation: clients of the feed that go on from
a cursor of before are told to begin anew (resync). Sources read on from where the backup was made.
SQLite: an interrupted restore leaves the old store. MariaDB: it leaves one that cdrd refuses until it is restored again.`,
    )
    .action(async (name: string, options: Options) => {
      const file = resolve(name);
      const { quiet, check } = options;
      await longWork({ quiet, stopping: 'stopping' }, (bar, signal) =>
        check ? checked(file, options, bar, signal) : restored(edge, file, options, bar, signal),
      );
    });
}

async function checked(file: string, { json }: Options, bar: Bar, signal: AbortSignal): Promise<void> {
  const { checkBackup } = await import('../store/restore.ts');
  const { header, trailer } = await checkBackup(file, (share) => {
    signal.throwIfAborted();
    bar.show(share, 'checking the file');
  });
  bar.clear();
  const { made, cdrd, dialect, rows } = header;
  const records = trailer.tables['cdr'] ?? 0;
  if (json) return printJson({ file, made, cdrd, dialect, schema: header.schema.at(-1), records, rows });
  out(`${file} is whole: ${records} records, ${rows} rows in all, made ${made} by cdrd ${cdrd} on ${dialect}`);
}

async function restored(
  edge: Edge,
  file: string,
  { force, json }: Options,
  bar: Bar,
  signal: AbortSignal,
): Promise<void> {
  const [{ holdFolder, holdStore }, { restoreStore }, { publicUrl }] = await Promise.all([
    import('../store/lock.ts'),
    import('../store/restore.ts'),
    import('../store/url.ts'),
  ]);
  const { config, log } = await edge.load();
  const { url } = config.store;
  const releases = [holdFolder(config.store.data_dir), holdStore(url)];
  try {
    if (releases.includes(null)) throw new Unavailable('the daemon is running: stop it first, its store is replaced');
    const { rows, records, generation, upgraded } = await restoreStore({
      ...{ url, file, isForced: force === true, now: Date.now(), log, signal },
      seen: (share, what) => bar.show(share, what),
    });
    bar.clear();
    if (json) return printJson({ file, records, rows, generation, upgraded });
    const on = upgraded.length === 0 ? '' : `, brought up to ${upgraded.at(-1)}`;
    out(
      `${publicUrl(url)} has ${records} records, ${rows} rows in all, of ${file}${on}; its generation is ${generation}`,
    );
  } finally {
    for (const release of releases) release?.();
  }
}
