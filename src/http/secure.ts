// TLS of a listener: its certificate, and one more for each vhost that has its own (SNI, RFC 6066 §3).
import { readFileSync } from 'node:fs';
import type { Server } from 'node:http';
import { Server as TlsServer } from 'node:tls';
import { messageOf, Unavailable } from '../errors.ts';
import type { ListenerConfig } from './listenerconfig.ts';

type Tls = NonNullable<ListenerConfig['tls']>;
type Pem = Record<keyof Tls, Buffer>;

export interface Secure {
  /** For whoever names no vhost of ours. */
  first: Pem;
  addTo(server: Server): void;
}

/** null for plain HTTP. @throws Unavailable when a file cannot be read */
export function secureOf(entries: readonly Pick<ListenerConfig, 'tls' | 'vhost'>[]): Secure | null {
  const [first] = entries.flatMap(({ tls }) => tls ?? []);
  if (!first) return null;
  const named = entries.flatMap(({ tls, vhost }) => (tls && vhost !== undefined ? [{ vhost, pem: pemOf(tls) }] : []));
  return {
    first: pemOf(first),
    addTo: (server) => {
      if (!(server instanceof TlsServer)) return;
      for (const { vhost, pem } of named) server.addContext(vhost, pem);
    },
  };
}

function pemOf({ cert, key }: Tls): Pem {
  return { cert: read('cert', cert), key: read('key', key) };
}

function read(name: string, file: string): Buffer {
  try {
    return readFileSync(file);
  } catch (error) {
    throw new Unavailable(`listeners: tls.${name} cannot be read: ${messageOf(error)}`, { cause: error });
  }
}
