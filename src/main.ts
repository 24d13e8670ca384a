// The process edge: commands, messages, exit codes (sysexits: 64 usage, 69 unavailable, 70 broken, 78 configuration).
// Each command loads what it needs when it runs: `cdrd --help` must not wait for a database driver.
import { Command, CommanderError } from 'commander';
import { addAnonymiseCommand } from './commands/anonymise.ts';
import { addAuditCommand } from './commands/audit.ts';
import { addBackfillCommand } from './commands/backfill.ts';
import { addBackupCommand } from './commands/backup.ts';
import { addClassifyCommand } from './commands/classify.ts';
import { addCheckCommand } from './commands/check.ts';
import { addCompletionCommand } from './commands/completion.ts';
import { addCompletenessCommand } from './commands/completeness.ts';
import { addDemoCommand } from './commands/demo.ts';
import { addDoctorCommand } from './commands/doctor.ts';
import { addDirectoryCommands } from './commands/directory.ts';
import { openEdge, version } from './commands/edge.ts';
import { addInitCommand } from './commands/init.ts';
import { addHoldCommand } from './commands/hold.ts';
import { addImportCommand } from './commands/import.ts';
import { addExplainCommand } from './commands/explain.ts';
import { addJobsCommand } from './commands/jobs.ts';
import { addManCommand } from './commands/man.ts';
import { addMigrateCommand } from './commands/migrate.ts';
import { addPresetCommand } from './commands/preset.ts';
import { addPurgeCommand } from './commands/purge.ts';
import { out, printJson } from './commands/print.ts';
import { addReconcileCommand } from './commands/reconcile.ts';
import { addRecountCommand } from './commands/recount.ts';
import { addRejectsCommand } from './commands/rejects.ts';
import { addRestoreCommand } from './commands/restore.ts';
import { addRunCommand } from './commands/run.ts';
import { addSchemaCommand } from './commands/schema.ts';
import { addThingCommands } from './commands/things.ts';
import { addTokenCommands } from './commands/token.ts';
import { addUserCommands } from './commands/user.ts';
import { addWebhookCommand } from './commands/webhook.ts';
import { ClientError, codeOf, ConfigError, messageOf, Unavailable } from './errors.ts';

const program = new Command('cdrd')
  .description('The call-record daemon for Asterisk: hears every CDR, stores it once, serves it.')
  .version(version(), '-V, --version', 'print the version')
  .option('--config <file>', 'configuration (default: CDRD_CONFIG, or config/cdrd.yaml)')
  .exitOverride()
  .showHelpAfterError('(cdrd --help says more)')
  .hook('preAction', () => edge.fillEnvironment());
const edge = openEdge(() => program.opts<{ config?: string }>().config);

addRunCommand(program, edge);
addCheckCommand(program, edge);
addInitCommand(program);
addDoctorCommand(program, edge);
addSchemaCommand(program);
addMigrateCommand(program, edge);
addBackupCommand(program, edge);
addRestoreCommand(program, edge);
addPurgeCommand(program, edge);
addAnonymiseCommand(program, edge);
addHoldCommand(program, edge);
addRecountCommand(program, edge);
addTokenCommands(program, edge);
addUserCommands(program, edge);
addAuditCommand(program, edge);
addRejectsCommand(program, edge);
addDirectoryCommands(program, edge);
addThingCommands(program, edge);
addPresetCommand(program);
addJobsCommand(program, edge);
addWebhookCommand(program, edge);
addExplainCommand(program, edge);
addCompletenessCommand(program, edge);
addImportCommand(program, edge);
addBackfillCommand(program, edge);
addReconcileCommand(program, edge);
addClassifyCommand(program, edge);
addDemoCommand(program);
addManCommand(program);
addCompletionCommand(program);
program
  .command('version')
  .description('print the version')
  .option('--json', 'print JSON')
  .action((options: { json?: true }) => {
    if (options.json) printJson({ cdrd: version(), node: process.versions.node });
    else out(`cdrd ${version()} (Node ${process.versions.node})`);
  });

// Whoever read our output has gone (`cdrd rejects | head`): the daemon closes, a command is done.
for (const stream of [process.stdout, process.stderr]) {
  stream.on('error', (error) => {
    if (codeOf(error) !== 'EPIPE') throw error;
    if (!process.emit('SIGTERM', 'SIGTERM')) process.exit(0);
  });
}

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
