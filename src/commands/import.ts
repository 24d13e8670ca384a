// cdrd import FILE…: records from the files that Asterisk, other programs and cdrd itself write.
import type { Command } from 'commander';
import { Option } from 'commander';
import type { Config, SystemConfig } from '../config.ts';
import { ClientError, ConfigError } from '../errors.ts';
import { formats, type Format } from '../sources/import/layout.ts';
import type { Edge } from './edge.ts';
import type { ImportDesk } from './importdesk.ts';
import type { ImportPlan, Summary } from './importrun.ts';
import { importHelp, offText, summaryText } from './importtext.ts';
import { onInterrupt } from './interrupt.ts';
import { out, printJson } from './print.ts';

export interface ImportOptions {
  system?: string;
  format?: Format;
  columns?: string;
  mapping?: string;
  separator?: string;
  timezone?: string;
  deriveUniqueid?: true;
  complete?: true;
  dryRun?: true;
  rejects?: string;
  batch: string;
  quiet?: true;
  json?: true;
}

/** Rows of one commit, during which no other source writes. */
const batchMost = 5000;

export function addImportCommand(program: Command, edge: Edge): void {
  program
    .command('import')
    .description(
      'take records from Master.csv, files of cdr_custom, JSON lines, exports; again and again without doubles',
    )
    .argument('<file...>', 'files, also gzipped; - is the standard input')
    .option('--system <name>', 'the configured system they come from; needed when there are several')
    .addOption(new Option('--format <format>', 'default: found by the content').choices(formats))
    .option('--columns <names>', 'columns of a cdr_custom file: clid,src,-,start,… (- passes one over)')
    .option('--mapping <line>', 'the same as the line of cdr_custom.conf that made the file')
    .option('--separator <char>', 'between columns (default: a comma, or what the first line shows); "tab" is a tab')
    .option('--timezone <zone>', "zone of the file's local times (default: the system's); UTC for usegmtime=yes")
    .option('--derive-uniqueid', 'make a uniqueid for rows of a Master.csv that was written without it')
    .option('--complete', 'nobody writes the file any more: take a last line without line end too')
    .option('--dry-run', 'only read: tell what would be rejected, store nothing')
    .option('--rejects <file>', 'write rejected rows here, with their line numbers and reasons')
    .option('--batch <rows>', `rows of one commit, up to ${batchMost}`, '500')
    .option('--quiet', 'no progress and no summary')
    .option('--json', 'print the summary as JSON')
    .addHelpText('after', importHelp)
    .action(async (files: string[], options: ImportOptions) => importCommand(edge, files, options));
}

async function importCommand(edge: Edge, files: string[], options: ImportOptions): Promise<void> {
  const { config, log } = await edge.load(isNeeded);
  const [
    { readFile },
    { oldestFirst },
    { Twins },
    { importFiles, emptySummary },
    { withImportDesk, deskNowhere },
    { audited },
    { Progress },
    { RejectFile },
  ] = await Promise.all([
    import('../sources/import/read.ts'),
    import('../sources/import/rotation.ts'),
    import('../sources/import/twins.ts'),
    import('./importrun.ts'),
    import('./importdesk.ts'),
    import('./importaudit.ts'),
    import('./progress.ts'),
    import('./importrejects.ts'),
  ]);
  const { fileSize } = await import('../sources/import/open.ts');
  const system = systemOf(config, options.system);
  const reading = await readingOf(options, system);
  const batch = Number(options.batch);
  if (!/^\d+$/.test(options.batch) || batch < 1 || batch > batchMost)
    throw new ClientError(400, `--batch: "${options.batch}" is not a whole number from 1 to ${batchMost}`);
  if (files.filter((file) => file === '-').length > 1) throw new ClientError(400, '- can be given only once');
  const twins = new Twins();
  const open = (path: string) => readFile({ ...reading, path, twins });
  const sized = oldestFirst(files).map((path) => ({ path, size: fileSize(path), open: () => open(path) }));

  const progress = new Progress(options.quiet ? null : process.stderr, () => performance.now());
  const say = (text: string) => {
    progress.clear();
    process.stderr.write(`${text}\n`);
  };
  const rejects = new RejectFile(options.rejects ?? null, files, options.quiet ? () => undefined : say);
  const interrupt = onInterrupt(() => say('stopping after the batch in hand'));
  const summary = emptySummary();
  const named = options.system ?? (config.systems.length === 1 ? config.systems[0]!.name : null);
  const work = (desk: ImportDesk) => {
    const plan: ImportPlan = {
      files: sized,
      system: named,
      systems: config.systems.map(({ name }) => name),
      batch,
      send: desk.send,
      onReject: (from, item, reason) => rejects.add(from, item, reason),
      onOff: (file, minutes) => (options.quiet ? undefined : say(`warning: ${offText(file, minutes)}`)),
      onProgress: (place) => progress.show(place),
      signal: interrupt.signal,
    };
    return audited({ desk, paths: files, system: named, summary }, () => importFiles(plan, summary));
  };
  let isDone = false;
  try {
    await (options.dryRun ? work(deskNowhere) : withImportDesk(config, log, work));
    isDone = true;
  } finally {
    interrupt.end();
    progress.clear();
    rejects.close();
    // What was taken before a fault stays taken.
    if (isDone || summary.received > 0)
      tell(summary, progress.seconds, options, { rejects: rejects.paths, system: named, keep: config.rejects.keep });
  }
  process.exitCode = summary.isInterrupted ? 130 : summary.rejected > 0 ? 1 : 0;
}

/** What the command needs of the configuration: not the secrets of the sources. */
function isNeeded(path: string): boolean {
  return (
    path.startsWith('store') ||
    path.startsWith('rejects') ||
    path === 'systems' ||
    /^(rules|lookups|systems\[\d+\]\.rules)/.test(path) ||
    /^systems\[\d+\]\.(name|timezone|preset|extension_pattern)$/.test(path)
  );
}

function systemOf(config: Config, name: string | undefined): SystemConfig {
  const names = config.systems.map((system) => system.name);
  if (names.length === 0) throw new ConfigError('systems: none is configured; records must belong to one');
  if (name === undefined) return config.systems[0]!;
  const found = config.systems.find((system) => system.name === name);
  if (!found) throw new ClientError(400, `--system: "${name}" is not configured, expected one of ${names.join(', ')}`);
  return found;
}

async function readingOf(options: ImportOptions, system: SystemConfig) {
  const [{ parseColumns, parseMapping }, { isZone }] = await Promise.all([
    import('../sources/import/mapping.ts'),
    import('../cdr/time.ts'),
  ]);
  const { columns, mapping, timezone, separator } = options;
  if (columns !== undefined && mapping !== undefined)
    throw new ClientError(400, '--columns and --mapping say the same, expected one of them');
  if (timezone !== undefined && !isZone(timezone))
    throw new ClientError(400, `--timezone: "${timezone}" is not a zone like Europe/London`);
  const between = separator?.replace(/^(tab|\\t)$/, '\t');
  if (between !== undefined && !/^[^"\r\n]$/.test(between))
    throw new ClientError(400, `--separator: "${separator}" is not one character, or tab`);
  const named =
    columns === undefined ? (mapping === undefined ? undefined : parseMapping(mapping)) : parseColumns(columns);
  if (named && options.format !== undefined && options.format !== 'custom')
    throw new ClientError(400, `--columns and --mapping are of cdr_custom, not of --format ${options.format}`);
  return {
    timezone: timezone ?? system.timezone,
    isZoneSure: timezone !== undefined,
    derives: options.deriveUniqueid === true,
    isComplete: options.complete === true,
    ...(options.format ? { format: options.format } : {}),
    ...(named ? { columns: named } : {}),
    ...(between ? { separator: between } : {}),
  };
}

function tell(
  summary: Summary,
  seconds: number,
  options: ImportOptions,
  of: { rejects: readonly string[]; system: string | null; keep: number },
): void {
  if (options.json) {
    const { isInterrupted: interrupted, ...counts } = summary;
    return printJson({ ...counts, interrupted, seconds: Math.round(seconds * 1000) / 1000 });
  }
  if (!options.quiet) out(summaryText(summary, seconds, { dryRun: options.dryRun === true, ...of }));
}
