// cdrd's own side of the machine: files with secrets, the disk, the zone. It reads sizes and rights, and a secret only to see
// whether it stands in a file.
import { readFileSync, statfsSync, statSync } from 'node:fs';
import { dirname, join, resolve } from 'node:path';
import { offsetOf } from '../cdr/time.ts';
import { finding, type Finding } from './finding.ts';
import type { Subject } from './settings.ts';

export interface OwnPlaces {
  /** null: it is not known, or could not be read. */
  configFile: string | null;
  dataFolder: string;
  /** Of SQLite; null: a server keeps the records. */
  storeFile: string | null;
  /** Private keys of the listeners. */
  keys: readonly string[];
  /** Of the configuration: they should not stand in a file that others can read. */
  secrets: readonly string[];
}

/** Read or write for whoever is neither the owner nor of the group. */
const others = 0o006;
/** Free on the disk below which it is a fault, and a warning; the alerts in config/prometheus have the same. */
export const [fullBytes, lowBytes] = [100 * 1024 ** 2, 1024 ** 3];

export function ownFindings(places: OwnPlaces): Finding[] {
  return [...secretFindings(places), ...diskFindings(places)];
}

function secretFindings({ configFile, dataFolder, keys, secrets }: OwnPlaces): Finding[] {
  const beside = configFile === null ? [] : ['environment', 'cdrd.env'].map((name) => join(dirname(configFile), name));
  const always = [join(dataFolder, 'admin.token'), ...keys, ...beside];
  const config = configFile !== null && holdsSecret(configFile, secrets) ? [configFile] : [];
  return [...config, ...always]
    .map((file) => resolve(file))
    .flatMap((file): Finding[] => {
      const mode = modeOf(file);
      if (mode === null || (mode & others) === 0) return [];
      const what = `${file} has a secret in it and can be read by everybody on this machine (mode ${(mode & 0o777).toString(8).padStart(4, '0')}).`;
      const why = 'Whoever has an account here, or breaks into another service, has that secret too.';
      return [finding('secret-open', { what, why, paste: `chmod o-rwx ${file}` })];
    });
}

function holdsSecret(file: string, secrets: readonly string[]): boolean {
  try {
    // The word may stand elsewhere too, as a name: only what is written where a secret belongs counts.
    const lines = readFileSync(file, 'utf8').split('\n');
    const places = lines.filter((line) => /\b(secret|url)\b/.test(line) && !line.includes('${'));
    return secrets.some((secret) => secret.length > 0 && places.some((line) => line.includes(secret)));
  } catch {
    return false;
  }
}

function modeOf(file: string): number | null {
  try {
    return statSync(file).mode;
  } catch {
    return null;
  }
}

function diskFindings({ dataFolder, storeFile }: OwnPlaces): Finding[] {
  const folders = [...new Set([resolve(dataFolder), ...(storeFile === null ? [] : [dirname(resolve(storeFile))])])];
  const found = folders.flatMap((folder): Finding[] => {
    const free = freeBytes(folder);
    if (free === null || free >= lowBytes) return [];
    const what = `${Math.floor(free / 1024 ** 2)} MiB are free in ${folder}.`;
    const why = 'On a full disk nothing is stored; what AMI tells then is only caught up from the table.';
    return [finding(free < fullBytes ? 'disk-full' : 'disk-low', { what, why, paste: `df -h ${folder}` })];
  });
  // Both are mostly on one disk.
  return found.slice(0, 1);
}

/** For whoever is not root; of the nearest folder that is there. */
function freeBytes(folder: string): number | null {
  try {
    const { bavail, bsize } = statfsSync(folder);
    return bavail * bsize;
  } catch {
    return dirname(folder) === folder ? null : freeBytes(dirname(folder));
  }
}

/** Beside its PBX, a system has the zone of this machine. @param now - in microseconds. */
export function zoneFindings({ system, timezone }: Subject, now: number): Finding[] {
  const host = Intl.DateTimeFormat().resolvedOptions().timeZone;
  if (offsetOf(now, timezone) === offsetOf(now, host)) return [];
  const what = `The system's times are read as ${timezone}, and this machine, on which its Asterisk runs, is set to ${host}.`;
  const why = 'Times that AMI or the table tell without a zone are then hours off.';
  return [finding('zone-system', { system, what, why, into: 'cdrd.yaml', paste: `timezone: ${host}` })];
}
