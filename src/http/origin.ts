// Cookies, and whether a browser's request comes from a page of ours. A cookie is sent by the browser whatever page asks:
// SameSite=Strict keeps other sites out, the Origin header other origins of the same site.
import type { IncomingHttpHeaders } from 'node:http';

export const sessionCookie = 'cdrd_session';

/** The value of a cookie (RFC 6265 §4.2.1), null when there is none. */
export function cookieOf(headers: IncomingHttpHeaders, name: string): string | null {
  for (const pair of (headers.cookie ?? '').split(';')) {
    const at = pair.indexOf('=');
    if (at >= 0 && pair.slice(0, at).trim() === name) return pair.slice(at + 1).trim();
  }
  return null;
}

/** A Set-Cookie line; `seconds` 0 takes the cookie away. */
export function cookieLine(
  name: string,
  value: string,
  seconds: number,
  isSecure: boolean,
  sameSite: 'Strict' | 'Lax' = 'Strict',
): string {
  const parts = [`${name}=${value}`, 'Path=/', 'HttpOnly', `SameSite=${sameSite}`, `Max-Age=${seconds}`];
  return [...parts, ...(isSecure ? ['Secure'] : [])].join('; ');
}

/**
 * What speaks against trusting a cookie, null when nothing does. `must`: a write or a WebSocket, where every browser says its Origin;
 * reads of one's own origin carry none.
 * @param friends - other origins that are believed, as configured
 * @param own - scheme and host by which the client reached us (what a trusted proxy says, else the socket and the Host header)
 */
export function originFault(
  headers: IncomingHttpHeaders,
  own: string,
  must: boolean,
  friends: ReadonlySet<string> = new Set(),
): string | null {
  const { origin } = headers;
  const site = headers['sec-fetch-site'];
  if (origin === undefined) {
    if (site === undefined ? must : site !== 'same-origin' && site !== 'none') {
      return 'a session cookie needs an Origin header here; programs use a token instead';
    }
    return null;
  }
  if (friends.has(origin)) return null;
  if (URL.canParse(origin) && URL.canParse(own) && new URL(origin).origin === new URL(own).origin) return null;
  const proxy =
    origin.startsWith('https:') && own.startsWith('http:')
      ? '; a proxy that takes the TLS away must be in auth.trusted_proxies'
      : '';
  return `the Origin ${origin.slice(0, 100)} is not this server: a session cookie is good for our own pages only${proxy}`;
}

/** Why browsers never send this as an Origin (RFC 6454 §6.2), null when they may. */
export function originFormFault(text: string): string | null {
  const expected = 'expected an origin as browsers send it, like https://app.example or http://10.0.0.5:8080, or "*"';
  if (text === '*') return null;
  const url = URL.canParse(text) ? new URL(text) : null;
  if (url === null || text.includes('*') || !['http:', 'https:'].includes(url.protocol))
    return `found "${text}", ${expected}`;
  return url.origin === text ? null : `found "${text}", expected "${url.origin}": scheme, host and port, nothing else`;
}
