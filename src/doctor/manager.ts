// What manager.conf says of cdrd's user: may it come in, from where, what may it hear. Pure; a secret is compared and never told.
import { BlockList, isIP } from 'node:net';
import {
  isSame,
  isYes,
  placeFor,
  sectionOf,
  settingOf,
  valueOf,
  type Conf,
  type Section,
  type Setting,
} from './conf.ts';
import { finding, type Code, type Finding, type Told } from './finding.ts';
import { usualUser, type Subject } from './settings.ts';

const reload = 'asterisk -rx "manager reload"';
const userWhy = 'Without a user of its own cdrd cannot log in, and hears no record the moment a call ends.';

/** The doctor never tells a secret. */
export const chosen =
  ' In the place of CHANGE-ME: the secret that cdrd has (ami.secret, usually CDRD_AMI_SECRET in cdrd.env).';

/** The lines of a user for cdrd; `secret` may be a word that says to choose one. */
export function userLines(name: string, secret: string, read = 'cdr'): string {
  return [
    ...[`[${name}]`, `secret = ${secret}`, 'deny = 0.0.0.0/0.0.0.0', 'permit = 127.0.0.1/255.255.255.255'],
    ...[`read = ${read}`, 'write = none'],
  ].join('\n');
}

export function managerFindings(conf: Conf | null, folder: string, { system, ami }: Subject): Finding[] {
  const file = conf?.file ?? `${folder}/manager.conf`;
  const place = conf ? placeFor(conf, 'general') : { into: file, isInside: false };
  const found: Finding[] = [];
  const tell = (code: Code, told: Told) =>
    found.push(finding(code, { system, into: place.into, then: reload, ...told }));
  const general = sectionOf(conf, 'general');
  if (!isYes(valueOf(general, 'enabled'))) {
    const where = settingOf(general, 'enabled')?.where ?? `${file} has no "enabled = yes" in [general]`;
    tell('manager-off', {
      what: `The manager interface is off (${where}).`,
      why: 'cdrd hears records over it, the moment a call ends.',
      into: file,
      paste: '[general]\nenabled = yes\nbindaddr = 127.0.0.1',
    });
  }
  if (ami) found.push(...doorFindings(general, file, system, ami));
  const name = ami?.username ?? usualUser;
  const user = sectionOf(conf, name);
  if (!user || isSame(name, 'general')) {
    const paste = userLines(name, 'CHANGE-ME', ami?.events === 'calls' ? 'cdr,call' : 'cdr');
    tell('manager-user', { what: `${file} has no section [${name}].`, why: `${userWhy}${ami ? chosen : ''}`, paste });
    return found;
  }
  found.push(...userFindings(user, general, { system, ami }));
  return found;
}

/** Where AMI listens, against where cdrd calls. */
function doorFindings(
  general: Section | undefined,
  file: string,
  system: string | null,
  ami: NonNullable<Subject['ami']>,
): Finding[] {
  const isTls = ami.tls !== 'off';
  const told = (text: string) => ({ system, into: file, then: reload, what: text });
  if (isTls && !isYes(valueOf(general, 'tlsenable'))) {
    const what = `cdrd calls with TLS (ami.tls: ${ami.tls}), and ${file} has no "tlsenable = yes".`;
    const why = 'The connection fails before the login.';
    const paste = `[general]\ntlsenable = yes\ntlsbindaddr = 127.0.0.1:${ami.port}\ntlscertfile = /etc/asterisk/keys/asterisk.pem`;
    return [finding('manager-tls', { ...told(what), why, paste })];
  }
  const key = isTls ? 'tlsbindaddr' : 'bindaddr';
  const { host, port } = addressOf(valueOf(general, key) ?? '');
  // What is no number, Asterisk passes over.
  const listens = port ?? (Number(valueOf(general, isTls ? 'tlsbindport' : 'port')) || (isTls ? 5039 : 5038));
  const isLoopback = ['127.0.0.1', '::1', 'localhost'].includes(ami.host);
  const isOpen = ['', '0.0.0.0', '::', '[::]'].includes(host);
  const isReached = isOpen || host === ami.host || (isLoopback && /^(127\.|::1$|localhost$)/.test(host));
  if (listens === ami.port && isReached) return [];
  const tlsPort = Number(
    addressOf(valueOf(general, 'tlsbindaddr') ?? '').port ?? valueOf(general, 'tlsbindport') ?? 5039,
  );
  if (!isTls && ami.port === tlsPort && isYes(valueOf(general, 'tlsenable'))) {
    const what = `cdrd calls port ${ami.port} in plain text, and AMI speaks TLS there (${file}).`;
    const why = 'The connection fails before the login. In cdrd.yaml, set ami.tls: verify.';
    return [finding('manager-tls', { ...told(what), why, into: 'cdrd.yaml', paste: 'tls: verify', then: null })];
  }
  const what = `AMI listens at ${isOpen ? 'every address' : host}, port ${listens} (${file}); cdrd calls ${ami.host}, port ${ami.port}.`;
  const why = 'Nobody answers cdrd there. Mend one of them: ami.host and ami.port in cdrd.yaml, or these lines.';
  const paste = isTls
    ? `[general]\ntlsbindaddr = ${ami.host}:${ami.port}`
    : `[general]\nport = ${ami.port}\nbindaddr = ${ami.host}`;
  return [finding('manager-place', { ...told(what), why, paste })];
}

/** `10.0.0.1:5039`, `[::1]:5039`, or without a port. */
function addressOf(text: string): { host: string; port: number | null } {
  const [, host = text, port] = /^(\[.*\]|[^:]*):(\d+)$/.exec(text) ?? [];
  return { host: host.replace(/^\[(.*)\]$/, '$1'), port: port === undefined ? null : Number(port) };
}

function userFindings(
  user: Section,
  general: Section | undefined,
  { system, ami }: Omit<Subject, 'timezone'>,
): Finding[] {
  const found: Finding[] = [];
  const file = user.where.replace(/:\d+$/, '');
  const tell = (code: Code, told: Told) => found.push(finding(code, { system, into: file, then: reload, ...told }));
  const at = (key: string) => settingOf(user, key)?.where ?? user.where;
  const secret = valueOf(user, 'secret') ?? '';
  if (secret === '' || (ami && secret !== ami.secret)) {
    tell('manager-secret', {
      what:
        secret === ''
          ? `[${user.name}] has no secret (${user.where}).`
          : `The secret of [${user.name}] (${at('secret')}) is not the one in cdrd's configuration.`,
      why: 'Asterisk refuses the login, and a firewall such as fail2ban may lock this machine out.',
      paste: `secret = THE-SECRET-IN-CDRD'S-CONFIGURATION`,
    });
  }
  const door = doorOf(user);
  if (ami && !letsIn(door, ami.host)) {
    tell('manager-acl', {
      what: `deny and permit of [${user.name}] (${door[0]!.where}) keep out ${ownAddress(ami.host)}, from where cdrd calls.`,
      why: 'Asterisk refuses the login. The last line that fits counts.',
      paste: 'deny = 0.0.0.0/0.0.0.0\npermit = 127.0.0.1/255.255.255.255',
    });
  }
  const read = classesOf(user, 'read');
  const wanted = ami?.events === 'calls' ? 'cdr,call' : 'cdr';
  if (!read.has('cdr')) {
    tell('manager-read', {
      what: `[${user.name}] may not read call records: ${saidOf(user, 'read')} (${at('read')}).`,
      why: 'Asterisk accepts the login and then sends nothing, without a word.',
      paste: `read = ${[...read, ...wanted.split(',')].filter((word, index, all) => word !== 'none' && all.indexOf(word) === index).join(',')}`,
    });
  } else if (ami?.events === 'calls' && !read.has('call')) {
    tell('manager-read-call', {
      what: `[${user.name}] may not hear channels: ${saidOf(user, 'read')} (${at('read')}), and cdrd is set to ami.events: calls.`,
      why: 'There are no live calls, and records lack what only events tell: ring time, who hung up, why.',
      paste: `read = ${[...read, 'call'].join(',')}`,
    });
  }
  const write = [...classesOf(user, 'write')].filter((word) => word !== 'none');
  if (write.length > 0) {
    tell('manager-write', {
      what: `[${user.name}] may write: ${saidOf(user, 'write')} (${at('write')}).`,
      why: 'cdrd only listens. Whoever gets hold of its secret could place calls or run commands on this PBX.',
      paste: 'write = none',
    });
  }
  const filter = user.settings.find(({ key, value }) => /^eventfilter\b/i.test(key) && mayKeepBack(key, value));
  if (filter) {
    tell('manager-filter', {
      what: `[${user.name}] has an eventfilter that may keep Cdr events back: ${filter.value} (${filter.where}).`,
      why: 'What a filter keeps back, Asterisk does not send, without a word. Take the line out, or let Cdr pass.',
      paste: 'eventfilter = Event: Cdr',
    });
  }
  const bind = valueOf(general, 'bindaddr') ?? '';
  if (door.length === 0 && valueOf(user, 'acl') === undefined && !/^(127\.|::1$|\[::1\])/.test(bind)) {
    tell('manager-open', {
      what: `AMI listens at ${bind || 'every address'}, and [${user.name}] may log in from anywhere (${user.where}).`,
      why: 'Its secret crosses the network as plain text, and anybody may try to guess it.',
      paste: 'deny = 0.0.0.0/0.0.0.0\npermit = 127.0.0.1/255.255.255.255',
    });
  }
  return found;
}

/** `read = all` reads call records too. */
function classesOf(user: Section, key: string): Set<string> {
  const words = (valueOf(user, key) ?? '')
    .toLowerCase()
    .split(/[\s,]+/)
    .filter(Boolean);
  return new Set(words.includes('all') ? ['all', 'cdr', 'call'] : words);
}

function saidOf(user: Section, key: string): string {
  const value = valueOf(user, key);
  return value === undefined ? `it has no line "${key}"` : `${key} = ${value}`;
}

function doorOf(user: Section): Setting[] {
  return user.settings.filter(({ key }) => isSame(key, 'deny') || isSame(key, 'permit'));
}

/** The address that Asterisk sees when cdrd calls `host` from the same machine. */
function ownAddress(host: string): string {
  return isIP(host) === 0 ? '127.0.0.1' : host;
}

/** The last line that fits counts; where none does, everybody may come in (main/acl.c, ast_apply_acl). */
function letsIn(door: readonly Setting[], host: string): boolean {
  const address = ownAddress(host);
  const fits = door.filter(({ value }) => value.split(',').some((network) => holds(network.trim(), address)));
  return fits.length === 0 || isSame(fits.at(-1)!.key, 'permit');
}

/** `10.0.0.0/255.0.0.0`, `10.0.0.0/8`, `::1`; what cannot be read holds nothing. */
function holds(network: string, address: string): boolean {
  const [base = '', mask] = network.split('/');
  const kind = isIP(base);
  if (kind === 0 || kind !== isIP(address)) return false;
  const bits = mask === undefined ? (kind === 4 ? 32 : 128) : isIP(mask) === 4 ? bitsOf(mask) : Number(mask);
  if (!Number.isInteger(bits) || bits < 0 || bits > (kind === 4 ? 32 : 128)) return false;
  if (bits === 0) return true;
  const list = new BlockList();
  list.addSubnet(base, bits, kind === 4 ? 'ipv4' : 'ipv6');
  return list.check(address, kind === 4 ? 'ipv4' : 'ipv6');
}

function bitsOf(mask: string): number {
  return mask.split('.').reduce((sum, part) => sum + Number(part).toString(2).replaceAll('0', '').length, 0);
}

/** A filter that keeps something in lets nothing else through; one that keeps out (`!`) matters where it names Cdr. */
function mayKeepBack(key: string, value: string): boolean {
  const isExclusion = value.startsWith('!') || /action\(exclude\)/i.test(key);
  const namesCdr = /\bcdr\b/i.test(value) || /name\(cdr\)/i.test(key);
  return isExclusion ? namesCdr : !namesCdr;
}
