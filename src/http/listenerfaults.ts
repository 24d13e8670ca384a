// What several listeners may not be together: twice in one place, with two certificates, with two owners of one path. Shapes may be wrong here.
import { X509Certificate } from 'node:crypto';
import { readFileSync } from 'node:fs';
import { createSecureContext } from 'node:tls';
import { messageOf } from '../errors.ts';
import { claims as known, usualDialects, type Claim } from './dialects/names.ts';
import { isUnder, sharedPaths } from './mounts.ts';

type Loose = Record<string, unknown>;
/** Where in its entry, and what is wrong there. */
export type ListenerFault = [entry: number, path: string[], message: string];

interface Entry {
  at: number;
  host: string;
  port: unknown;
  vhost: string;
  prefix: string;
  dialects: string[];
  negotiate: boolean;
  tls: string;
}

export function listenerFaults(
  listeners: readonly Loose[],
  claims: Readonly<Record<string, Claim>> = known,
): ListenerFault[] {
  const entries = listeners.map((given, at) => entryOf(given, at, claims));
  return entries.flatMap((entry, at): ListenerFault[] => [
    ...pathFaults(entry, claims),
    ...tlsFaults(listeners[at]!, at),
    ...entries.slice(0, at).flatMap((other) => betweenFaults(other, entry, claims)),
  ]);
}

function entryOf({ host, port, vhost, prefix, dialects, negotiate, tls }: Loose, at: number, claims: object): Entry {
  const text = (value: unknown) => (typeof value === 'string' ? value : '');
  const list: unknown[] = Array.isArray(dialects) ? dialects : [...usualDialects];
  return {
    ...{ at, host: text(host), port, vhost: text(vhost).toLowerCase(), prefix: text(prefix) },
    dialects: list.filter((name): name is string => typeof name === 'string' && Object.hasOwn(claims, name)),
    ...{ negotiate: negotiate === true, tls: JSON.stringify(tls ?? null) },
  };
}

/** Two dialects of one entry. */
function pathFaults({ at, dialects, negotiate }: Entry, claims: Readonly<Record<string, Claim>>): ListenerFault[] {
  const twice = dialects.find((name, index) => dialects.indexOf(name) !== index);
  if (twice !== undefined) return [[at, ['dialects'], `found ${twice} twice, expected each once`]];
  return sharedPaths(dialects, claims).flatMap(({ names, path }): ListenerFault[] => {
    const takers = names.filter((name) => claims[name]!.answers === 'bearer');
    const canNegotiate = takers.length === 1;
    if (negotiate && canNegotiate) return [];
    const ways = [
      'put one of them on a listener of its own (another port)',
      'or give it an entry of its own with a vhost or a prefix',
      ...(canNegotiate ? [`or set negotiate: true (requests with a bearer token go to ${takers[0]!})`] : []),
    ];
    return [[at, ['dialects'], `${names.join(' and ')} both own ${path}: ${ways.join(', ')}`]];
  });
}

/** Two entries of one host and port. */
function betweenFaults(other: Entry, entry: Entry, claims: Readonly<Record<string, Claim>>): ListenerFault[] {
  const place = `${entry.host}:${String(entry.port)}`;
  if (entry.port === 0 || other.host !== entry.host || other.port !== entry.port) return [];
  if (other.tls !== entry.tls && (other.tls === 'null' || entry.tls === 'null'))
    return [[entry.at, ['tls'], `${place} speaks TLS in one entry and not in another, expected the same in both`]];
  if (other.vhost !== entry.vhost) return [];
  if (other.tls !== entry.tls)
    return [[entry.at, ['tls'], `${place} has two certificates, expected one, or a vhost of its own for each`]];
  if (other.prefix === entry.prefix)
    return [[entry.at, [], `${place} is bound twice, expected another host or port, or a vhost or prefix of its own`]];
  const [outer, inner] = other.prefix.length < entry.prefix.length ? [other, entry] : [entry, other];
  if (!isUnder(inner.prefix, outer.prefix)) return [];
  const rest = inner.prefix.slice(outer.prefix.length);
  const hidden = outer.dialects.flatMap((name) => claims[name]!.paths).find((path) => isUnder(path, rest));
  if (hidden === undefined) return [];
  const message = `${inner.prefix} would hide ${outer.prefix}${hidden} of another entry, expected another prefix`;
  return [[inner.at, ['prefix'], message]];
}

function tlsFaults({ tls }: Loose, at: number): ListenerFault[] {
  const { cert, key } = (typeof tls === 'object' && tls !== null ? tls : {}) as Loose;
  const pem: Record<string, Buffer> = {};
  const faults = Object.entries({ cert, key }).flatMap(([name, file]): ListenerFault[] => {
    if (typeof file !== 'string' || file === '') return [];
    try {
      pem[name] = readFileSync(file);
      if (name === 'cert') new X509Certificate(pem[name]);
      return [];
    } catch (error) {
      return [[at, ['tls', name], `found "${file}", expected a PEM file that can be read: ${messageOf(error)}`]];
    }
  });
  if (faults.length > 0 || !pem['cert'] || !pem['key']) return faults;
  try {
    createSecureContext({ cert: pem['cert'], key: pem['key'] });
    return [];
  } catch (error) {
    return [[at, ['tls', 'key'], `found "${String(key)}", expected the key of tls.cert: ${messageOf(error)}`]];
  }
}
