// The examination: Asterisk's files, AMI, the table, cdrd's own files and the daemon's word, put together to one report.
import { networkInterfaces } from 'node:os';
import { messageOf } from '../errors.ts';
import type { Log } from '../log.ts';
import { probeAmi } from '../sources/ami/probe.ts';
import { placeOf } from '../sources/table/config.ts';
import { probeTable } from '../sources/table/probe.ts';
import type { Backend } from './backend.ts';
import { daemonFindings, type DaemonWord } from './daemonside.ts';
import { openEtc } from './etc.ts';
import { fileFindings } from './files.ts';
import { finding, reportOf, sentence, type Finding, type Report } from './finding.ts';
import { amiFindings, tableFindings } from './live.ts';
import { ownFindings, zoneFindings, type OwnPlaces } from './own.ts';
import type { Subject } from './settings.ts';
import { startLine } from './start.ts';

/** A system with the folder of its Asterisk's files. */
export interface Patient extends Subject {
  /** `auto`: /etc/asterisk where this Asterisk is on this machine; `none`: they are not looked at. */
  etc: string;
}

/** `none`: no daemon runs. `unknown`: nobody knows where it would be. `closed`: this user may not ask it. */
export type Word = DaemonWord | 'none' | 'unknown' | { mute: string } | { closed: string };

export interface Examination {
  patients: readonly Patient[];
  /** null: nothing of the configuration is known. */
  own: OwnPlaces | null;
  daemon: Word;
  /** What is known already, like faults of the configuration. */
  known?: readonly Finding[];
  log: Log;
  /** In microseconds. */
  now?: number;
}

export const usualEtc = '/etc/asterisk';

/** Never throws for what it finds; takes as long as AMI and the tables may take to answer. */
export async function examine(asked: Examination): Promise<Report> {
  const { patients, own, daemon, known = [], log, now = Date.now() * 1000 } = asked;
  const seen = await Promise.all(patients.map((patient) => look(patient, daemon, log, now)));
  return reportOf([...known, ...seen.flat(), ...(own ? ownFindings(own) : []), ...wordFindings(daemon, now)]);
}

async function look(patient: Patient, daemon: Word, log: Log, now: number): Promise<Finding[]> {
  const { backends, findings } = readFiles(patient, now);
  const [ami, table] = await Promise.all([lookAtAmi(patient, daemon), lookAtTable(patient, backends, log)]);
  // The zone of this machine says nothing of files that were brought from elsewhere.
  const zone = isHere(patient) && patient.etc === 'auto' && patient.system !== null ? zoneFindings(patient, now) : [];
  return [...findings, ...ami, ...table, ...zone];
}

function readFiles(patient: Patient, now: number): { backends: Backend[]; findings: Finding[] } {
  const { system, etc: given } = patient;
  const elsewhere = (what: string) => ({ backends: [], findings: [finding('etc-elsewhere', { system, what })] });
  if (given === 'none') return elsewhere('Its files are not looked at (asterisk_etc: none).');
  if (given === 'auto' && !isHere(patient)) {
    return elsewhere(
      'This Asterisk is on another machine; run "cdrd doctor --asterisk-etc DIR" on a copy of its files.',
    );
  }
  const folder = given === 'auto' ? usualEtc : given;
  const etc = openEtc(folder);
  if (etc) return fileFindings(etc, patient, now);
  if (given === 'auto') return elsewhere(`There is no ${folder} here; --asterisk-etc DIR names another folder.`);
  const why = 'Nothing of what Asterisk is told could be looked at.';
  return { backends: [], findings: [finding('etc-missing', { system, what: `There is no folder ${folder}.`, why })] };
}

/** A refusal is told by the daemon already: another try would bring this machine closer to being locked out. */
async function lookAtAmi(patient: Patient, daemon: Word): Promise<Finding[]> {
  const { ami, system } = patient;
  if (!ami) return [];
  const told = typeof daemon === 'object' && 'sources' in daemon ? daemon.sources : [];
  const refused = told.find(({ name, state }) => name === `${system}/ami` && state === 'refused');
  if (refused) return amiFindings({ kind: 'refused', message: refused.detail ?? 'the login is refused' }, patient);
  return amiFindings(await probeAmi(ami), patient);
}

async function lookAtTable(patient: Patient, backends: readonly Backend[], log: Log): Promise<Finding[]> {
  const { system, table, timezone } = patient;
  if (!table) return [];
  try {
    return tableFindings(await probeTable(table, timezone, log), patient, backends);
  } catch (error) {
    const [, what = '', paste = null] = /^(.*?)(?:; run on the server: (GRANT .*))?$/s.exec(messageOf(error)) ?? [];
    const why = 'What AMI misses is not caught up: the table is the complete truth.';
    return [finding('table-login', { system, what: sentence(what), why, paste })];
  }
}

/** Whether its Asterisk runs on this machine, as far as addresses tell. */
function isHere({ ami, table }: Subject): boolean {
  if (ami) return isOwnAddress(ami.host);
  if (!table) return true;
  const place = placeOf(table.url);
  return place.kind === 'sqlite' || place.socket !== undefined || isOwnAddress(place.host);
}

function isOwnAddress(host: string): boolean {
  if (/^(localhost|127\.|::1$)/.test(host)) return true;
  return Object.values(interfaces()).some((addresses) => addresses?.some(({ address }) => address === host));
}

/** None where nobody may ask: under systemd the daemon has no AF_NETLINK. */
function interfaces(): ReturnType<typeof networkInterfaces> {
  try {
    return networkInterfaces();
  } catch {
    return {};
  }
}

function wordFindings(daemon: Word, now: number): Finding[] {
  if (daemon === 'unknown') return [];
  if (daemon === 'none') {
    const why = 'Nothing is heard or read until one is started.';
    return [finding('daemon-off', { what: 'No daemon runs on the data folder.', why, paste: startLine() })];
  }
  if ('mute' in daemon) {
    const why = 'It may be stuck, or this user may not speak to it.';
    return [finding('daemon-mute', { what: sentence(daemon.mute), why })];
  }
  if ('closed' in daemon) {
    const why =
      'What the daemon knows of its sources, of lost and missing records was not looked at. Ask as root, or as its user.';
    return [finding('daemon-closed', { what: sentence(daemon.closed), why, paste: 'sudo cdrd doctor' })];
  }
  return daemonFindings(daemon, now);
}
