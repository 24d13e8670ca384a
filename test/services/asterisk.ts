// Starts a real Asterisk that writes its records to a real `cdr` table and raises them over AMI, as on a user's PBX.
// Its settings are the files in asterisk/; this file fills in ports and secrets.
import { randomBytes } from 'node:crypto';
import { mkdirSync, readFileSync, readdirSync, writeFileSync } from 'node:fs';
import { join } from 'node:path';
import { connectAmi } from './ami.ts';
import type { AmiAccess } from './ami.ts';
import { openChroot } from './chroot.ts';
import { Daemon } from './daemon.ts';
import { query, startMariaDb } from './mariadb.ts';
import type { MariaDb } from './mariadb.ts';
import { startPhones } from './phones.ts';
import type { Phones } from './phones.ts';
import { Run } from './runs.ts';
import { freeTcpPort, freeUdpPort, waitFor } from './wait.ts';

const SETTINGS = join(import.meta.dirname, 'asterisk');
const DATABASE = 'asteriskcdrdb';

export interface PbxOptions {
  /** Written before every uniqueid and linkedid (`pbx1-1700000000.3`); none by default. */
  systemname?: string;
}

export interface Pbx {
  /** The manager user as we recommend it: reads `cdr`, writes nothing. */
  ami: AmiAccess;
  /** The same with the right to live calls: reads `cdr` and `call`. */
  watcher: AmiAccess;
  /** A manager user who may originate calls and give commands. */
  tester: AmiAccess;
  /** `mysql://` URL of a user who may only SELECT. */
  tableUrl: string;
  /** `mysql://` URL of a user who may do everything in the PBX's database. */
  adminTableUrl: string;
  /** The PBX's own database server. */
  database: MariaDb;
  phones: Phones;
  /** On the host: its settings are in `etc`, what it logs in `var/log`. */
  folder: string;
  /** Asterisk's pid on the host; another one after a restart. */
  readonly pid: number;
  /** SIGSTOP to Asterisk: connections stay open and nobody answers. */
  pause: () => void;
  resume: () => void;
  /** Ends Asterisk and starts it on the same ports; `sequence` counts from 0 again. */
  restart: () => Promise<void>;
  /** Ends everything and removes its data. */
  stop: () => Promise<void>;
}

/** Resolves when AMI answers, the table can be written and the phones can call. */
export async function startAsterisk({ systemname }: PbxOptions = {}): Promise<Pbx> {
  const root = await openChroot('pbx');
  const database = await startMariaDb('pbx');
  const run = new Run(root, 'asterisk').open();
  const closers: (() => Promise<void>)[] = [];
  const stop = async (): Promise<void> => {
    for (const close of closers.toReversed()) await close();
    run.close();
    await database.stop();
  };
  try {
    const adminTableUrl = await database.createDatabase(DATABASE);
    await query(adminTableUrl, readFileSync(join(SETTINGS, 'cdr.sql'), 'utf8'));
    const odbcUrl = new URL(await database.createUser('asterisk', 'SELECT, INSERT', DATABASE));
    const tableUrl = await database.createUser('reader', 'SELECT', DATABASE);

    const [amiPort, sipPort, phonePort] = await Promise.all([freeTcpPort(), freeUdpPort(), freeUdpPort()]);
    const access = { host: '127.0.0.1', port: amiPort };
    const ami = { ...access, username: 'cdrd', secret: newSecret() };
    const watcher = { ...access, username: 'watcher', secret: newSecret() };
    const tester = { ...access, username: 'tester', secret: newSecret() };
    writeSettings(run, {
      run: run.inside,
      systemname: systemname === undefined ? '' : `systemname = ${systemname}`,
      amiPort: String(amiPort),
      cdrdSecret: ami.secret,
      watcherSecret: watcher.secret,
      testerSecret: tester.secret,
      odbcPassword: odbcUrl.password,
      databasePort: String(database.port),
      sipPort: String(sipPort),
      phonePort: String(phonePort),
    });
    const daemon = new Daemon({
      run,
      name: 'asterisk',
      command: ['asterisk', '-f', '-C', `${run.inside}/etc/asterisk.conf`],
      env: { ODBCINI: `${run.inside}/etc/odbc.ini` },
      isReady: () => isReady(tester),
    });
    closers.push(() => daemon.stop());
    await daemon.start();
    const phones = await startPhones(run, phonePort, sipPort);
    closers.push(() => phones.stop());
    return {
      ami,
      watcher,
      tester,
      tableUrl,
      adminTableUrl,
      database,
      phones,
      folder: run.folder,
      get pid() {
        return daemon.pid;
      },
      pause: () => daemon.pause(),
      resume: () => daemon.resume(),
      restart: async () => {
        await daemon.stop();
        const second = epochSecond();
        await daemon.start();
        // A uniqueid is the second and a count from 0: two lives in one second would give the same ones again.
        await waitFor('the next second', 2_000, async () => (epochSecond() > second ? true : null));
      },
      stop,
    };
  } catch (error) {
    await stop();
    throw error;
  }
}

function writeSettings(run: Run, values: Readonly<Record<string, string>>): void {
  mkdirSync(join(run.folder, 'etc'));
  for (const name of ['cdr-csv', 'cdr-custom']) mkdirSync(join(run.folder, 'var/log', name), { recursive: true });
  mkdirSync(join(run.folder, 'var/spool'));
  fillSettings(run, SETTINGS, values);
}

/** Writes the settings of a folder into the run's `etc`, with a value for each `{{key}}`; throws when one is not known. */
export function fillSettings(run: Run, settings: string, values: Readonly<Record<string, string | number>>): void {
  for (const name of readdirSync(settings).filter((file) => /\.(conf|ini)$/.test(file))) {
    const text = readFileSync(join(settings, name), 'utf8').replace(/\{\{(\w+)\}\}/g, (_, key: string) => {
      const value = values[key];
      if (value === undefined) throw new Error(`${name}: nothing is known for {{${key}}}`);
      return String(value);
    });
    writeFileSync(join(run.folder, 'etc', name), text);
  }
}

/** Booted in full, both backends in place, connected to the table, and able to speak to the phones. */
async function isReady(tester: AmiAccess): Promise<boolean> {
  const ami = await connectAmi(tester);
  try {
    await ami.command('core waitfullybooted');
    const [cdr, odbc, pjsip] = await Promise.all(
      ['cdr show status', 'odbc show', 'module show like chan_pjsip'].map((command) => ami.command(command)),
    );
    return (
      /cdr_manager/.test(cdr ?? '') &&
      /^\s*csv\s*$/m.test(cdr ?? '') &&
      /Adaptive ODBC/.test(cdr ?? '') &&
      /active connections: [1-9]/.test(odbc ?? '') &&
      /\d +Running/.test(pjsip ?? '')
    );
  } finally {
    ami.close();
  }
}

function epochSecond(): number {
  return Math.floor(Date.now() / 1000);
}

/** Hexadecimal: safe in Asterisk's files. */
function newSecret(): string {
  return randomBytes(16).toString('hex');
}
