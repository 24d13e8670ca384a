// Who answers a request: of the entries of one address the one whose vhost and prefix fit, of its dialects the one that owns the path. Pure.
import type { IncomingHttpHeaders } from 'node:http';
import { bearerOf } from './bearer.ts';
import type { ListenerConfig } from './listenerconfig.ts';
import type { Claim } from './dialects/names.ts';

/** One entry of `listeners`, among those of its host and port. */
export interface Mount<Name extends string = string> {
  /** Its place among them. */
  at: number;
  vhost: string | null;
  /** Empty or like `/portsip`. */
  prefix: string;
  dialects: readonly Name[];
  cors: ListenerConfig['cors'];
}

export interface Speaker<Name extends string = string> {
  mount: Mount<Name>;
  /** null: nobody owns the path, which may still be ours (/healthz). */
  dialect: Name | null;
  /** Whether the headers have decided. */
  isNegotiated: boolean;
}

type Claims<Name extends string> = Readonly<Record<Name, Claim>>;

export interface Asked {
  url?: string | undefined;
  headers: IncomingHttpHeaders;
}

export function mountsOf<Name extends string>(
  entries: readonly (Pick<ListenerConfig, 'vhost' | 'prefix' | 'cors'> & { dialects: readonly Name[] })[],
): Mount<Name>[] {
  return entries.map(({ vhost, prefix, dialects, cors }, at) => ({
    ...{ at, vhost: vhost?.toLowerCase() ?? null, prefix: prefix ?? '', dialects, cors },
  }));
}

/** Those of a vhost of the request's name go before those of any name, then the longest prefix. */
export function speakerOf<Name extends string>(
  mounts: readonly Mount<Name>[],
  claims: Claims<Name>,
  { url = '/', headers }: Asked,
): Speaker<Name> {
  const path = pathOf(url);
  const host = hostOf(headers);
  const fitting = mounts.filter(({ vhost, prefix }) => (vhost === null || vhost === host) && isUnder(path, prefix));
  const [mount = mounts[0]!] = fitting.sort(
    (a, b) => Number(b.vhost !== null) - Number(a.vhost !== null) || b.prefix.length - a.prefix.length,
  );
  // `/portsip` is `/portsip/`.
  const own = (isUnder(path, mount.prefix) ? path.slice(mount.prefix.length) : path) || '/';
  return { mount, ...ownerOf(mount.dialects, claims, own, headers) };
}

function ownerOf<Name extends string>(
  dialects: readonly Name[],
  claims: Claims<Name>,
  path: string,
  headers: IncomingHttpHeaders,
): Pick<Speaker<Name>, 'dialect' | 'isNegotiated'> {
  let owners: Name[] = [];
  let longest = 0;
  for (const name of dialects) {
    for (const prefix of claims[name].paths) {
      if (prefix.length < longest || !isUnder(path, prefix)) continue;
      if (prefix.length > longest) owners = [];
      longest = prefix.length;
      owners.push(name);
    }
  }
  // Who listens alone is asked for everything.
  if (owners.length === 0) return { dialect: dialects.length === 1 ? dialects[0]! : null, isNegotiated: false };
  const isNegotiated = owners.length > 1;
  const isBearer = bearerOf(headers) !== null;
  const fits = (name: Name) => (claims[name].answers === 'bearer') === isBearer;
  return { dialect: owners.find(fits) ?? owners[0]!, isNegotiated };
}

/** Whether two dialects of one mount own the same path; they then need `negotiate`. */
export function sharedPaths<Name extends string>(
  dialects: readonly Name[],
  claims: Claims<Name>,
): { names: [Name, Name]; path: string }[] {
  return dialects.flatMap((name, at) =>
    dialects.slice(at + 1).flatMap((other) => {
      const path = claims[name].paths.find((one) => claims[other].paths.includes(one));
      return path === undefined ? [] : [{ names: [name, other] as [Name, Name], path }];
    }),
  );
}

function pathOf(url: string): string {
  const end = url.search(/[?#;]/);
  return end < 0 ? url : url.slice(0, end);
}

export function isUnder(path: string, prefix: string): boolean {
  return path.startsWith(prefix) && (path.length === prefix.length || prefix === '' || path[prefix.length] === '/');
}

/** The name in the header Host, without the port. */
function hostOf({ host = '' }: IncomingHttpHeaders): string {
  return host.replace(/:\d*$/, '').toLowerCase();
}
