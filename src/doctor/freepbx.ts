// Which extensions, trunks and DIDs a FreePBX or Issabel has: its tables users, devices, trunks, incoming, with the login that
// freepbx.conf or amportal.conf has. It reads a few columns, never a password of a phone, and writes nothing.
import { Value } from 'typebox/value';
import { ConfigError } from '../errors.ts';
import type { Log } from '../log.ts';
import { placeOf, TableConfig } from '../sources/table/config.ts';
import { openReader, type TableRow } from '../sources/table/reader.ts';
import type { Etc } from './etc.ts';
import { unique, type Inventory } from './inventory.ts';

/** FreePBX's own database, and where that stands. */
export interface FreepbxLogin {
  /** For one reader; with the password, so never to be told. */
  url: string;
  file: string;
}

/** More rows than any PBX has. */
const rowsMax = 50_000;

/** null: this is no FreePBX, or its login may not be read. `usualSocket`: that of the database on this machine, as PHP would take it. */
export function freepbxLogin(etc: Etc, usualSocket: string | null): FreepbxLogin | null {
  const found = etc.text('freepbx.conf') ?? etc.text('issabelpbx.conf') ?? etc.text('amportal.conf');
  if (!found) return null;
  const told = new Map<string, string>();
  for (const line of found.text.split(/\r?\n/)) {
    const php = /^\s*\$amp_conf\[['"](\w+)['"]\]\s*=\s*(['"])(.*)\2\s*;/.exec(line);
    const plain = /^\s*([A-Z]\w*)\s*=\s*(.*?)\s*$/.exec(line);
    if (php) told.set(php[1]!, php[3]!);
    else if (plain) told.set(plain[1]!, plain[2]!);
  }
  const user = told.get('AMPDBUSER');
  if (user === undefined) return null;
  const [host, port] = [told.get('AMPDBHOST') || 'localhost', told.get('AMPDBPORT') || '3306'];
  const socket = told.get('AMPDBSOCK') ?? (host === 'localhost' ? usualSocket : null);
  const login = [user, told.get('AMPDBPASS') ?? ''].map(encodeURIComponent).join(':');
  const database = encodeURIComponent(told.get('AMPDBNAME') || 'asterisk');
  const rest = socket ? `?socket=${encodeURIComponent(socket)}` : '';
  return { url: `mysql://${login}@${host}:${port}/${database}${rest}`, file: found.file };
}

/** @throws Unavailable with a sentence for a person */
export async function freepbxInventory(url: string, log: Log): Promise<Inventory> {
  const read = async (name: string, columns: readonly string[]): Promise<TableRow[]> => {
    const config = Value.Parse(TableConfig, Value.Default(TableConfig, { url, name }));
    const reader = openReader(placeOf(url), config, log);
    try {
      const there = (await reader.shape()).columns.map((column) => column.name);
      const wanted = columns.filter((column) => there.includes(column));
      if (!wanted.includes(columns[0]!))
        throw new ConfigError(`the table "${name}" is none of FreePBX's: it has no ${columns[0]}`);
      return await reader.select((query) => query.clearSelect().select(wanted).orderBy(wanted[0]!).limit(rowsMax));
    } finally {
      await reader.close();
    }
  };
  const users = await read('users', ['extension', 'name']);
  const devices = await read('devices', ['id', 'tech', 'dial', 'user', 'description']);
  const trunks = await read('trunks', ['trunkid', 'tech', 'channelid', 'name', 'usercontext', 'disabled']);
  const incoming = await read('incoming', ['extension', 'cidnum', 'destination', 'description']);
  return unique({
    extensions: users.map((row) => ({ number: textOf(row, 'extension'), company: null, name: named(row, 'name') })),
    endpoints: devices.flatMap(endpointOf),
    trunks: trunks.flatMap(trunkPeers),
    dids: [...incoming].sort((a, b) => textOf(a, 'cidnum').length - textOf(b, 'cidnum').length).flatMap(didOf),
  });
}

function textOf(row: TableRow, column: string): string {
  return String(row[column] ?? '').trim();
}

function named(row: TableRow, column: string): string | null {
  return textOf(row, column) || null;
}

/** A device whose peer is its user's number needs no line; one of another number does (FreePBX's deviceanduser mode). */
function endpointOf(row: TableRow): Inventory['endpoints'] {
  const [peer, user] = [textOf(row, 'dial'), textOf(row, 'user')];
  if (!/^(PJSIP|SIP|IAX2)\//i.test(peer) || !/^\d+$/.test(user) || peer.endsWith(`/${user}`)) return [];
  return [{ peer, extension: user, name: named(row, 'description') }];
}

const technologies: Record<string, string> = { pjsip: 'PJSIP', sip: 'SIP', iax: 'IAX2', iax2: 'IAX2' };

/** Calls come in over the peer of `usercontext` where there is one (chan_sip). */
function trunkPeers(row: TableRow): Inventory['trunks'] {
  const technology = technologies[textOf(row, 'tech').toLowerCase()];
  if (technology === undefined || textOf(row, 'disabled') === 'on') return [];
  const peers = [textOf(row, 'channelid'), textOf(row, 'usercontext')].filter(
    (peer) => peer !== '' && peer !== 'notneeded',
  );
  return [...new Set(peers)].map((peer) => ({ peer: `${technology}/${peer}`, name: named(row, 'name') }));
}

/** Places that have a number of their own: an extension, a queue, a ring group. */
const places = /^(?:from-did-direct|ext-local|ext-queues|ext-group|ext-findmefollow),(\d+),/;

function didOf(row: TableRow): Inventory['dids'] {
  const number = textOf(row, 'extension');
  if (!/^\+?\d+$/.test(number)) return [];
  const [, extension = null] = places.exec(textOf(row, 'destination')) ?? [];
  return [{ number, extension, name: named(row, 'description') }];
}
