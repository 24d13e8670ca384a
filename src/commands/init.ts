// cdrd init: writes a configuration from what is found beside the PBX, its secrets, and CSV files for the rules; says what to paste.
// It changes nothing of Asterisk's, and replaces no file without being told to.
import { randomBytes } from 'node:crypto';
import { chmodSync, existsSync, readFileSync, writeFileSync } from 'node:fs';
import { dirname, join, resolve } from 'node:path';
import { parseEnv } from 'node:util';
import type { Command } from 'commander';
import type { Backend } from '../doctor/backend.ts';
import type { Etc } from '../doctor/etc.ts';
import type { Finding } from '../doctor/finding.ts';
import type { Inventory } from '../doctor/inventory.ts';
import { chosen } from '../doctor/manager.ts';
import type { Proposal } from '../doctor/proposal.ts';
import { startLine } from '../doctor/start.ts';
import { grantLines } from '../doctor/tableplace.ts';
import { ClientError, codeOf, messageOf, Unavailable } from '../errors.ts';
import type { Log } from '../log.ts';
import { findingLines } from './findings.ts';
import { out, plain } from './print.ts';

interface Options {
  asteriskEtc: string;
  name: string;
  force?: true;
  dryRun?: true;
}

/** A file that is to be written. */
interface Planned {
  file: string;
  text: string;
  mode: number;
}

export function addInitCommand(program: Command): void {
  program
    .command('init')
    .description(
      'write a configuration from what is found beside the PBX, with extensions, trunks and DIDs as CSV files, and say what to paste into Asterisk',
    )
    .option('--asterisk-etc <dir>', "the folder of Asterisk's files", '/etc/asterisk')
    .option('--name <name>', 'of this Asterisk, in every record', 'pbx1')
    .option('--force', 'replace files that are there')
    .option('--dry-run', 'write nothing, print what would be written')
    .action(async (options: Options) => {
      const { config } = program.opts<{ config?: string }>();
      await init(config ?? (process.env['CDRD_CONFIG'] || 'cdrd.yaml'), options);
    });
}

async function init(file: string, options: Options): Promise<void> {
  if (!/^[A-Za-z0-9][A-Za-z0-9_.-]{0,62}$/.test(options.name)) {
    throw new ClientError(400, `--name: found "${options.name}", expected letters, digits, _ . - (at most 63)`);
  }
  const [{ openEtc }, { fileFindings }, { readBackends }, proposals, { openLog }] = await Promise.all([
    import('../doctor/etc.ts'),
    import('../doctor/files.ts'),
    import('../doctor/backend.ts'),
    import('../doctor/proposal.ts'),
    import('../log.ts'),
  ]);
  const etc = openEtc(options.asteriskEtc);
  if (!etc) {
    const what = `there is no folder ${options.asteriskEtc}: name that of Asterisk's files with --asterisk-etc`;
    throw new ClientError(
      400,
      `${what}; where Asterisk is on another machine, begin with ${existsSync(file) ? file : 'config/cdrd.yaml'}`,
    );
  }
  const log = openLog({ level: 'fatal', format: 'auto' }, process.stderr);
  const { backends } = readBackends(etc, options.name);
  const backend = backends[0] ?? null;
  const { inventory, from } = await inventoryFrom(etc, backend, log);
  const envFile = join(dirname(file), 'cdrd.env');
  const proposal = proposals.propose({
    ...{ name: options.name, timezone: Intl.DateTimeFormat().resolvedOptions().timeZone, etc, inventory, backend },
    secrets: secretsIn(envFile),
    newSecret: () => randomBytes(18).toString('base64url'),
  });
  const home = resolve(file).startsWith('/etc/cdrd/') ? '/var/lib/cdrd' : null;
  const csv = [...proposals.csvFilesOf(inventory)];
  const planned: Planned[] = [
    { file, text: proposals.yamlOf(proposal, home), mode: 0o644 },
    { file: envFile, text: proposals.envOf(proposal), mode: 0o600 },
    ...csv.map(([name, text]) => ({ file: join(dirname(file), name), text, mode: 0o644 })),
  ];
  const subject = proposals.subjectOf(proposal);
  const { findings } = fileFindings(etc, subject, Date.now() * 1000);
  await demandGood(planned[0]!, proposal);
  if (options.dryRun) {
    for (const { file: path, text } of planned) out(`--- ${path}\n${path === envFile ? hidden(text) : text}`);
  } else {
    write(planned, options.force === true);
  }
  tellFound(proposal, inventory, from, etc);
  tellSteps({ file, envFile, proposal, findings, csv: csv.map(([name]) => join(dirname(file), name)) }, options);
}

/** FreePBX keeps the truth in its tables; where they cannot be read, Asterisk's files say most of it. */
async function inventoryFrom(
  etc: Etc,
  backend: Backend | null,
  log: Log,
): Promise<{ inventory: Inventory; from: string }> {
  const [{ inventoryOf }, { freepbxInventory, freepbxLogin }] = await Promise.all([
    import('../doctor/inventory.ts'),
    import('../doctor/freepbx.ts'),
  ]);
  const socket = backend?.socket ?? null;
  const login = freepbxLogin(etc, socket !== null && existsSync(socket) ? socket : null);
  if (!login) return { inventory: inventoryOf(etc), from: "Asterisk's files" };
  try {
    return { inventory: await freepbxInventory(login.url, log), from: `the tables that ${login.file} names` };
  } catch (error) {
    if (!(error instanceof Unavailable)) throw error;
    return { inventory: inventoryOf(etc), from: `Asterisk's files, because of the tables: ${error.message}` };
  }
}

/** Those of an init before: a secret that Asterisk was given already stays. */
function secretsIn(file: string): Readonly<Record<string, string | undefined>> {
  try {
    return parseEnv(readFileSync(file, 'utf8'));
  } catch (error) {
    if (codeOf(error) === 'ENOENT') return {};
    throw new Unavailable(`${file} cannot be read: ${messageOf(error)}`, { cause: error });
  }
}

/** What is written must be what "cdrd check" takes: it is tried in a file of its own, before anything is written. */
async function demandGood({ text }: Planned, { secrets }: Proposal): Promise<void> {
  const [{ loadConfig }, { mkdtempSync, rmSync }, { tmpdir }] = await Promise.all([
    import('../config.ts'),
    import('node:fs'),
    import('node:os'),
  ]);
  const folder = mkdtempSync(join(tmpdir(), 'cdrd-init-'));
  try {
    const file = join(folder, 'cdrd.yaml');
    writeFileSync(file, text, { mode: 0o600 });
    loadConfig(file, secrets);
  } finally {
    rmSync(folder, { recursive: true, force: true });
  }
}

/** All of them or none. */
function write(planned: readonly Planned[], isForced: boolean): void {
  const there = planned.filter(({ file }) => existsSync(file)).map(({ file }) => file);
  if (there.length > 0 && !isForced) {
    throw new ClientError(
      400,
      `${there.join(', ')} is there already: --force replaces it, --dry-run only shows what would be written`,
    );
  }
  for (const { file, text, mode } of planned) {
    try {
      // The mode of a file that is there stays; it must not hold a secret for a moment in which others can read it.
      if (existsSync(file)) chmodSync(file, mode);
      writeFileSync(file, text, { mode });
    } catch (error) {
      throw new Unavailable(`${file} cannot be written: ${messageOf(error)}`, { cause: error });
    }
  }
}

function hidden(env: string): string {
  return env.replace(/=.*$/gm, '=(not shown)');
}

function tellFound(proposal: Proposal, inventory: Inventory, from: string, etc: Etc): void {
  const { backend, preset, because } = proposal;
  const words = { extensions: 'extension', trunks: 'trunk', dids: 'DID', endpoints: 'endpoint' } as const;
  const counts = (['extensions', 'trunks', 'dids', 'endpoints'] as const).map((kind) => {
    const { length } = inventory[kind];
    return `${length} ${words[kind]}${length === 1 ? '' : 's'}`;
  });
  out(`Found in ${etc.folder}:`);
  out(`  preset ${preset}: ${because}`);
  out(backend ? `  records go to the table "${backend.table}" (${backend.where})` : '  records go to no table');
  out(plain(`  ${counts.join(', ')}, by ${from}`));
  for (const [path, reason] of etc.unreadable) out(plain(`  ${path} cannot be read (${reason}): run this as root`));
}

interface Steps {
  file: string;
  envFile: string;
  proposal: Proposal;
  findings: readonly Finding[];
  csv: readonly string[];
}

function tellSteps({ file, envFile, proposal, findings, csv }: Steps, { dryRun }: Options): void {
  const { secrets, backend } = proposal;
  const wrong = findings.filter(({ level, paste }) => level !== 'ok' && paste !== null);
  let step = 0;
  const say = (text: string) => out(`\n${(step += 1)}. ${text}`);
  if (!dryRun) say(`Written: ${[file, ...csv].join(', ')}, and the secrets in ${envFile} (mode 0600).`);
  if (wrong.length > 0) {
    say(`Asterisk needs ${wrong.length === 1 ? 'this' : 'these'}:`);
    const secret = dryRun ? 'CHANGE-ME' : secrets['CDRD_AMI_SECRET']!;
    for (const one of wrong) {
      const ours = { paste: one.paste!.replace('CHANGE-ME', secret), why: one.why!.replace(chosen, '') };
      for (const line of findingLines({ ...one, ...(one.code === 'manager-user' ? ours : {}) })) out(plain(line));
    }
  }
  tellGrant(backend, dryRun ? 'CHANGE-ME' : (secrets['CDRD_TABLE_PASSWORD'] ?? null), say);
  const command = resolve(file) === resolve(process.env['CDRD_CONFIG'] || '/') ? 'cdrd' : `cdrd --config ${file}`;
  if (csv.length > 0) {
    say('Extensions, trunks and DIDs count for the rules once they are imported:');
    for (const path of csv) out(`   ${command} ${singular(path)} import ${path}`);
  }
  say(`See whether all is well, then start it:\n   ${command} doctor\n   ${starts(command)}`);
}

/** The service reads /etc/cdrd/cdrd.yaml, and no other. */
function starts(command: string): string {
  return command === 'cdrd' ? startLine() : `${command} run`;
}

function tellGrant(backend: Backend | null, password: string | null, say: (text: string) => void): void {
  if (backend === null || backend.file !== null || password === null) return;
  say('Its database needs a user for cdrd, who may read that table and nothing else (as its root: mysql, then):');
  for (const line of grantLines(backend, password)) out(`   ${line}`);
}

/** `extension` of `./extensions.csv` */
function singular(path: string): string {
  const name = path.replace(/^.*\//, '').replace(/\.csv$/, '');
  return name === 'companies' ? 'company' : name.replace(/s$/, '');
}
