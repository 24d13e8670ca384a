// The doctor as the daemon and the command have it: a configuration made into what is to be examined, one examination at a time.
import { placeOf } from '../sources/table/config.ts';
import type { SystemConfig } from '../sources/config.ts';
import { serverOf, sqliteFile } from '../store/url.ts';
import { examine, type Examination, type Patient, type Word } from './doctor.ts';
import { finding, type Finding, type Report } from './finding.ts';
import type { OwnPlaces } from './own.ts';

/** The parts of the configuration that matter here. */
export interface Housed {
  systems: readonly (SystemConfig & { timezone: string })[];
  store: { url: string; data_dir: string };
  listeners: readonly { tls?: { key: string } | undefined }[];
  webhooks?: readonly { secret?: string | undefined }[];
}

export function patientsOf({ systems }: Housed): Patient[] {
  return systems.map(({ name, timezone, ami, table, asterisk_etc: etc }) => ({
    ...{ system: name, timezone, etc },
    ...(ami ? { ami } : {}),
    ...(table ? { table } : {}),
  }));
}

/** @param configFile - null: it was not read from one. */
export function ownPlacesOf(
  { systems, store, listeners, webhooks = [] }: Housed,
  configFile: string | null,
): OwnPlaces {
  const secrets = systems.flatMap(({ ami, table }) => {
    const place = table ? placeOf(table.url) : null;
    return [...(ami ? [ami.secret] : []), ...(place?.kind === 'mysql' ? [place.password] : [])];
  });
  const storeFile = sqliteFile(store.url) ?? null;
  if (storeFile === null) secrets.push(serverOf(store.url).password);
  secrets.push(...webhooks.flatMap(({ secret }) => secret?.split(/\s+/) ?? []));
  const keys = listeners.flatMap(({ tls }) => (tls ? [tls.key] : []));
  return { configFile, dataFolder: store.data_dir, storeFile, keys, secrets };
}

export function emptyFindings({ systems }: Housed): Finding[] {
  if (systems.length > 0) return [];
  const what = 'No system is configured.';
  const why =
    'cdrd hears no Asterisk. "cdrd init" proposes a configuration from what it finds here; --force puts it in the place of this one.';
  return [finding('config-none', { what, why, paste: 'cdrd init --dry-run', then: 'cdrd init --force' })];
}

/** What is examined in a running daemon. */
export class Doctor {
  readonly #examination: Omit<Examination, 'daemon'>;
  readonly #word: () => Promise<Word>;
  #running: Promise<Report> | undefined;

  constructor(housed: Housed, configFile: string | null, log: Examination['log'], word: () => Promise<Word>) {
    const own = ownPlacesOf(housed, configFile);
    this.#examination = { patients: patientsOf(housed), own, known: emptyFindings(housed), log };
    this.#word = word;
  }

  /** Many who ask at once ask once: each examination is a login to AMI. */
  report(): Promise<Report> {
    this.#running ??= this.#word()
      .then((daemon) => examine({ ...this.#examination, daemon }))
      .finally(() => (this.#running = undefined));
    return this.#running;
  }
}
