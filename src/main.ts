// The process edge: commands, messages, exit codes (sysexits: 64 usage, 69 unavailable, 70 broken, 78 configuration).
import { Command, CommanderError } from 'commander';
import { addDemoCommand } from './commands/demo.ts';
import { openEdge, version } from './commands/edge.ts';
import { out, printJson } from './commands/print.ts';
import { addRejectsCommand } from './commands/rejects.ts';
import { runDaemon } from './commands/run.ts';
import { addTokenCommands } from './commands/token.ts';
import { ConfigFaults, loadConfig } from './config.ts';
import { ClientError, ConfigError, messageOf, Unavailable } from './errors.ts';
import { openLog } from './log.ts';
import { holdFolder } from './store/lock.ts';
import { migrateStore } from './store/store.ts';

const program = new Command('cdrd')
  .description('The call-record daemon for Asterisk: hears every CDR, stores it once, serves it.')
  .option('--config <file>', 'configuration (default: CDRD_CONFIG, or config/cdrd.yaml)')
  .exitOverride()
  .showHelpAfterError('(cdrd --help says more)');
const edge = openEdge(() => program.opts<{ config?: string }>().config);

program
  .command('run')
  .description('run the daemon in the foreground')
  .action(async () => {
    const config = loadConfig(edge.configFile(), process.env);
    const log = openLog(config.log, process.stdout);
    await runDaemon(config, log, ({ firstToken }) => {
      if (!firstToken) return;
      log.info({ file: firstToken.file }, 'an admin token was made, this file holds it');
      if (process.stdout.isTTY) out(`admin token: ${firstToken.secret}`);
    });
  });

program
  .command('check')
  .description('check the configuration; tells every fault at once')
  .option('--json', 'print JSON')
  .action((options: { json?: true }) => {
    const file = edge.configFile();
    try {
      const config = loadConfig(file, process.env);
      if (options.json) return printJson({ file, ok: true, faults: [] });
      const systems = config.systems.map(
        ({ name, ami, table }) => `${name} (${[ami && 'ami', table && 'table'].filter(Boolean).join(', ')})`,
      );
      out(`${file} is good: ${systems.length > 0 ? `systems ${systems.join('; ')}` : 'no systems configured'}`);
    } catch (error) {
      if (!(error instanceof ConfigFaults) || !options.json) throw error;
      printJson({ file, ok: false, faults: error.faults });
      process.exitCode = 78;
    }
  });

program
  .command('migrate')
  .description("bring the store's schema to this version; the daemon does the same at its start")
  .option('--json', 'print JSON')
  .action(async (options: { json?: true }) => {
    const { config, log } = edge.load();
    const release = holdFolder(config.store.data_dir);
    if (!release) throw new Unavailable('the daemon is running, and it brought the schema up to date at its start');
    const { from, to, applied } = await migrateStore(config.store, log).finally(release);
    if (options.json) return printJson({ from, to, applied });
    out(applied.length === 0 ? `the store has the schema ${to} already` : `the store went from ${from} to ${to}`);
  });

addTokenCommands(program, edge);
addRejectsCommand(program, edge);
addDemoCommand(program);

program
  .command('version')
  .description('print the version')
  .option('--json', 'print JSON')
  .action((options: { json?: true }) => {
    if (options.json) printJson({ cdrd: version(), node: process.versions.node });
    else out(`cdrd ${version()} (Node ${process.versions.node})`);
  });

try {
  await program.parseAsync();
} catch (error) {
  process.exitCode = exitCodeOf(error);
  if (!(error instanceof CommanderError))
    process.stderr.write(`cdrd: ${messageOf(error).replaceAll('\n', '\ncdrd: ')}\n`);
}

function exitCodeOf(error: unknown): number {
  if (error instanceof CommanderError) return error.exitCode === 0 ? 0 : 64;
  if (error instanceof ConfigError) return 78;
  if (error instanceof Unavailable) return 69;
  if (error instanceof ClientError) return 64;
  return 70;
}
