// The token of an Authorization header (RFC 6750 §2.1).
import type { IncomingHttpHeaders } from 'node:http';

/** null when there is none. */
export function bearerOf(headers: IncomingHttpHeaders): string | null {
  const match = /^Bearer +(\S+) *$/i.exec(headers.authorization ?? '');
  return match?.[1] ?? null;
}
