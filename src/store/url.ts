// What `store.url` may say. Faults are told without the URL: it holds a password.
import { resolve } from 'node:path';

/** The file of an `sqlite:` URL, relative to the working folder; undefined for a server. */
export function sqliteFile(url: string): string | undefined {
  return url.startsWith('sqlite:') ? resolve(url.slice('sqlite:'.length)) : undefined;
}

/** The URL without its password, for messages. */
export function publicUrl(url: string): string {
  return url.replace(/^([a-z]+:\/\/[^:/@]*):[^@]*@/, '$1:***@');
}

export interface Server {
  host: string;
  port: number;
  user: string;
  password: string;
  database: string;
}

/** @throws TypeError, URIError for what storeUrlFault complains of. */
export function serverOf(url: string): Server {
  const { hostname, port, username, password, pathname } = new URL(url.replace(/^mariadb:/, 'mysql:'));
  return {
    host: hostname.replace(/^\[|\]$/g, ''),
    port: Number(port || 3306),
    user: decodeURIComponent(username),
    password: decodeURIComponent(password),
    database: decodeURIComponent(pathname.slice(1)),
  };
}

/** What is wrong with it, as the end of a sentence; null when it can be used. */
export function storeUrlFault(url: string): string | null {
  if (url.startsWith('sqlite:')) return url === 'sqlite:' ? 'names no file, expected sqlite:FILE' : null;
  if (!/^(mysql|mariadb):\/\//.test(url)) return `found "${publicUrl(url)}", expected sqlite:FILE or mysql://…`;
  try {
    const { host, database } = serverOf(url);
    return host && database ? null : 'names no host or no database, expected mysql://USER:PASSWORD@HOST:PORT/DATABASE';
  } catch {
    return 'is not a URL, expected mysql://USER:PASSWORD@HOST:PORT/DATABASE with @ : / # % in the password percent-encoded';
  }
}
