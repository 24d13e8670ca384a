// cdrd doctor: what is wrong beside the PBX, why it matters, the lines to paste. Ends with 0, 1 (warnings) or 2 (faults).
import { accessSync, constants, existsSync } from 'node:fs';
import { join } from 'node:path';
import type { Command } from 'commander';
import type { Config } from '../config.ts';
import type { Patient, Word } from '../doctor/doctor.ts';
import type { Finding, Level, Report } from '../doctor/finding.ts';
import { ClientError, codeOf, messageOf } from '../errors.ts';
import type { Edge } from './edge.ts';
import { findingLines } from './findings.ts';
import { out, plain, printJson } from './print.ts';

interface Options {
  asteriskEtc?: string;
  system?: string;
  json?: true;
}

const exitCodes: Record<Level, number> = { ok: 0, warning: 1, fault: 2 };

export function addDoctorCommand(program: Command, edge: Edge): void {
  program
    .command('doctor')
    .description(
      'look at Asterisk, its files, its table and the daemon; prints what to mend and how, ends with 1 on warnings, 2 on faults',
    )
    .option(
      '--asterisk-etc <dir>',
      "the folder of Asterisk's files (default: systems[].asterisk_etc, or /etc/asterisk)",
    )
    .option('--system <name>', 'only this system')
    .option('--json', 'print JSON')
    .action(async (options: Options) => {
      const report = await examined(edge.configFile(), options);
      process.exitCode = exitCodes[report.verdict];
      if (options.json) printJson(report);
      else print(report);
    });
}

async function examined(file: string, { asteriskEtc, system }: Options): Promise<Report> {
  const [{ ConfigFaults, loadConfig }, { examine }, desk, { finding }, { openLog }] = await Promise.all([
    import('../config.ts'),
    import('../doctor/doctor.ts'),
    import('../doctor/desk.ts'),
    import('../doctor/finding.ts'),
    import('../log.ts'),
  ]);
  const log = openLog({ level: 'fatal', format: 'auto' }, process.stderr);
  let config: Config | null = null;
  const known: Finding[] = [];
  try {
    config = loadConfig(file, process.env);
    known.push(...desk.emptyFindings(config));
  } catch (error) {
    if (!(error instanceof ConfigFaults)) throw error;
    const why = 'The daemon does not start with it, and what needs the configuration was not looked at.';
    for (const { where, path, message } of error.faults) {
      known.push(
        finding('config-fault', { what: `${where}: ${path ? `${path}: ` : ''}${message}.`, why, paste: 'cdrd check' }),
      );
    }
  }
  const all = config ? desk.patientsOf(config) : [];
  const patients = asteriskEtc === undefined ? all : withEtc(all, asteriskEtc, system);
  const chosen = patients.filter((patient) => system === undefined || patient.system === system);
  if (system !== undefined && chosen.length === 0)
    throw new ClientError(400, `--system: "${system}" is not configured`);
  const timezone = Intl.DateTimeFormat().resolvedOptions().timeZone;
  const nobody: Patient = { system: null, timezone, etc: asteriskEtc ?? 'auto' };
  return examine({
    patients: chosen.length > 0 ? chosen : [nobody],
    own: config ? desk.ownPlacesOf(config, file) : null,
    daemon: config ? await wordOf(config) : 'unknown',
    ...{ known, log },
  });
}

/** One folder is of one Asterisk. */
function withEtc(all: Patient[], etc: string, system: string | undefined): Patient[] {
  if (system === undefined && all.length > 1) {
    const names = all.map((patient) => patient.system).join(', ');
    throw new ClientError(
      400,
      `--asterisk-etc: ${all.length} systems are configured, expected --system with one of ${names}`,
    );
  }
  return all.map((patient) => (system === undefined || patient.system === system ? { ...patient, etc } : patient));
}

/** Makes nothing in the folder: what root would make there, the daemon's user could not open. */
async function wordOf({ store: { data_dir: folder } }: Config): Promise<Word> {
  if (!existsSync(folder)) return 'none';
  try {
    accessSync(folder, constants.R_OK | constants.X_OK);
  } catch (error) {
    return { closed: `The data folder ${folder} may not be read (${codeOf(error) ?? messageOf(error)})` };
  }
  if (!existsSync(join(folder, 'cdrd.lock'))) return 'none';
  const [{ call }, { controlPath }, { holdFolder }] = await Promise.all([
    import('./daemon.ts'),
    import('../http/control.ts'),
    import('../store/lock.ts'),
  ]);
  try {
    const release = holdFolder(folder);
    if (release) {
      release();
      return 'none';
    }
    return (await call(controlPath(folder), 'GET', '/word', undefined)) as Word;
  } catch (error) {
    return { mute: messageOf(error) };
  }
}

function print({ verdict, findings }: Report): void {
  for (const [at, one] of findings.entries()) {
    const isLong = at > 0 && findings[at - 1]!.why !== null;
    if (isLong && one.why === null) out('');
    out(findingLines(one).map(plain).join('\n'));
  }
  const count = (level: Level) => findings.filter((one) => one.level === level).length;
  const some = (number: number, word: string) => `${number} ${word}${number === 1 ? '' : 's'}`;
  const sum = `${some(count('fault'), 'fault')}, ${some(count('warning'), 'warning')}`;
  out(verdict === 'ok' ? 'All is well.' : `${sum}. The README explains each code ("Is all well?").`);
}
