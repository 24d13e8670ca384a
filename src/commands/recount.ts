// cdrd recount: the statistics anew from the calls, without the daemon.
import type { Command } from 'commander';
import { Unavailable } from '../errors.ts';
import type { Edge } from './edge.ts';
import { out, printJson } from './print.ts';

export function addRecountCommand(program: Command, edge: Edge): void {
  program
    .command('recount')
    .description(
      'count all calls for the statistics anew; they keep themselves right, so this is for doubts. Stop the daemon before',
    )
    .option('--json', 'print JSON')
    .action(async (options: { json?: true }) => {
      const [{ holdFolder, holdStore }, { openStore }] = await Promise.all([
        import('../store/lock.ts'),
        import('../store/store.ts'),
      ]);
      const { config, log } = await edge.load();
      const releases = [holdFolder(config.store.data_dir), holdStore(config.store.url)];
      try {
        if (releases.includes(null))
          throw new Unavailable('the daemon is running: stop it first, nothing may come meanwhile');
        const store = await openStore(config.store, log);
        const calls = await store.recount().finally(() => store.close());
        if (options.json) return printJson({ calls });
        out(`${calls} calls were counted`);
      } finally {
        for (const release of releases) release?.();
      }
    });
}
