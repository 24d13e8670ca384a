// cdrd check: every fault of the configuration at once.
import type { Command } from 'commander';
import type { Edge } from './edge.ts';
import { out, printJson } from './print.ts';

export function addCheckCommand(program: Command, edge: Edge): void {
  program
    .command('check')
    .description('check the configuration; tells every fault at once')
    .option('--json', 'print JSON')
    .action(async (options: { json?: true }) => {
      const [{ ConfigFaults, loadConfig }, { partsOf }] = await Promise.all([
        import('../config.ts'),
        import('../configfile.ts'),
      ]);
      const file = edge.configFile();
      try {
        const { systems } = loadConfig(file, process.env);
        if (options.json) return printJson({ file, ok: true, faults: [] });
        const heard = systems.map(({ name, ami, table }) => {
          const ways = [ami && 'ami', table && 'table'].filter(Boolean).join(', ');
          return `${name} (${ways || 'neither ami nor table: files and HTTP only'})`;
        });
        out(`${file} is good: ${heard.length > 0 ? `systems ${heard.join('; ')}` : 'no systems configured'}`);
      } catch (error) {
        if (!(error instanceof ConfigFaults) || !options.json) throw error;
        printJson({ file, ok: false, faults: error.faults.map(partsOf) });
        process.exitCode = 78;
      }
    });
}
