// cdrd man: the manual pages. cdrd(1) is made of the commands themselves, cdrd.yaml(5) of the shipped configuration.
import { readFileSync } from 'node:fs';
import { fileURLToPath } from 'node:url';
import { Argument, type Command, type Help } from 'commander';
import { version } from './edge.ts';
import { configPageOf } from './manconfig.ts';
import { out } from './print.ts';
import { heading, item, roff, subheading, titleLine, verbatim } from './roff.ts';

const pages = ['cdrd', 'cdrd.yaml'] as const;

const sample = fileURLToPath(new URL('../../config/cdrd.yaml', import.meta.url));

/** What the process ends with, and when (main.ts, and the commands themselves). */
export const exitCodes: readonly [code: number, when: string][] = [
  [0, 'all is well'],
  [
    1,
    'completeness: records are missing, or rows were not understood; explain: there is no such record; import: there were rejects; doctor: there are warnings',
  ],
  [2, 'doctor: there are faults'],
  [64, 'wrong usage'],
  [
    69,
    'something that is needed is away: the store, a port; or another is at it: a cdrd on the same data folder or with the same system, a reconcile, a job',
  ],
  [70, "a fault of cdrd's own"],
  [78, 'the configuration has a fault; systemd does not start again then'],
  [130, 'import, classify, purge, anonymise, migrate, backup or restore was interrupted'],
];

const files: readonly [file: string, what: string][] = [
  ['/etc/cdrd/cdrd.yaml', 'the configuration of the service; see cdrd.yaml(5)'],
  ['/etc/cdrd/cdrd.env', 'its secrets, as NAME=value lines; mode 0600'],
  ['/var/lib/cdrd', 'the store, its lock, the control socket and the first admin token (admin.token)'],
];

export function addManCommand(program: Command): void {
  program
    .command('man')
    .description('print a manual page: cdrd man | man -l -')
    .addArgument(new Argument('[page]').choices(pages).default('cdrd'))
    .action((page: (typeof pages)[number]) => {
      // Debian's builds say which day they are of (reproducible-builds.org, SOURCE_DATE_EPOCH).
      const epoch = Number(process.env['SOURCE_DATE_EPOCH'] ?? Math.floor(Date.now() / 1000));
      const of = { date: new Date(epoch * 1000).toISOString().slice(0, 10), version: version() };
      out(page === 'cdrd' ? commandPageOf(program, of) : configPageOf(readFileSync(sample, 'utf8'), of));
    });
}

export interface Edition {
  /** `2026-11-22` */
  date: string;
  version: string;
}

/** cdrd(1) in roff. */
export function commandPageOf(program: Command, { date, version: of }: Edition): string {
  const help = program.createHelp();
  return [
    titleLine('cdrd', 1, date, of),
    heading('NAME'),
    'cdrd \\- call\\-record daemon for Asterisk',
    heading('SYNOPSIS'),
    `.B cdrd\n${roff('[OPTIONS] COMMAND ...')}`,
    heading('DESCRIPTION'),
    roff(program.description()),
    roff('Commands speak with the running daemon; without one they open the store themselves.'),
    heading('OPTIONS'),
    ...optionsOf(program, help),
    heading('COMMANDS'),
    ...program.commands.flatMap((command) => commandOf(command, command.name(), help)),
    heading('ENVIRONMENT'),
    ...item('CDRD_CONFIG', 'the configuration, where --config does not say it'),
    ...item('CDRD_SECTION__KEY', 'sets that key of the configuration: CDRD_STORE__URL, CDRD_LISTENERS__0__PORT ...'),
    heading('FILES'),
    ...files.flatMap(([file, what]) => item(file, what)),
    heading('EXIT STATUS'),
    ...exitCodes.flatMap(([code, when]) => item(String(code), when)),
    heading('SEE ALSO'),
    '.BR cdrd.yaml (5),\n.BR asterisk (8)',
  ].join('\n');
}

function commandOf(command: Command, path: string, help: Help): string[] {
  const below = command.commands.flatMap((one) => commandOf(one, `${path} ${one.name()}`, help));
  const words = command.registeredArguments.map((argument) => argument.name());
  const named = command.registeredArguments
    .filter(({ description, argChoices }) => description !== '' || argChoices !== undefined)
    .flatMap((argument) => item(argument.name(), help.argumentDescription(argument)));
  const usage = command.usage();
  return [
    subheading(`${path}${command.commands.length === 0 && words.length > 0 ? ` ${usage}` : ''}`),
    roff(command.description()),
    ...named,
    ...optionsOf(command, help),
    ...afterOf(command),
    ...below,
  ];
}

/** All but --help, which every command has. */
function optionsOf(command: Command, help: Help): string[] {
  return help
    .visibleOptions(command)
    .filter(({ long }) => long !== '--help')
    .flatMap((option) => item(option.flags, help.optionDescription(option)));
}

/** What a command's --help says below its options. */
function afterOf(command: Command): string[] {
  const before = command.configureOutput();
  let text = '';
  command.configureOutput({ ...before, writeOut: (part) => (text += part) });
  command.outputHelp();
  const own = command.helpInformation();
  command.configureOutput(before);
  const after = text.slice(own.length).trim();
  return after === '' ? [] : ['.PP', ...verbatim(after)];
}
