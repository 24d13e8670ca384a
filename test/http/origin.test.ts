import { describe, expect, it } from 'vitest';
import { cookieLine, cookieOf, originFault } from '../../src/http/origin.ts';

describe('cookies', () => {
  it('are found by their exact name among others', () => {
    const of = (cookie: string, name = 'a') => cookieOf({ cookie }, name);
    expect([of('a=1'), of('b=2; a=1; c=3'), of('aa=1; xa=2'), of('a'), of('a=b=c')]).toEqual([
      '1',
      '1',
      null,
      null,
      'b=c',
    ]);
    expect(cookieOf({}, 'a')).toBeNull();
  });

  it('can be read by no script and are sent from no other site', () => {
    expect(cookieLine('s', 'x', 60, false)).toBe('s=x; Path=/; HttpOnly; SameSite=Strict; Max-Age=60');
    expect(cookieLine('s', '', 0, true)).toBe('s=; Path=/; HttpOnly; SameSite=Strict; Max-Age=0; Secure');
  });
});

describe('the origin of a request with a cookie', () => {
  const isGood = (origin: string | undefined, host: string, must = true, site?: string) =>
    originFault(
      { ...(origin === undefined ? {} : { origin }), ...(site === undefined ? {} : { 'sec-fetch-site': site }) },
      host.includes('//') ? host : `http://${host}`,
      must,
    ) === null;

  it('is good when it is this very scheme, host and port', () => {
    expect(isGood('http://127.0.0.1:8080', '127.0.0.1:8080')).toBe(true);
    expect(isGood('https://cdr.example', 'https://cdr.example')).toBe(true);
    expect(isGood('https://CDR.example:443', 'https://cdr.example:443')).toBe(true);
    expect(isGood('http://[::1]:8080', '[::1]:8080')).toBe(true);
  });

  it('is bad with another scheme; where a proxy may have taken the TLS away, the sentence says what to set', () => {
    expect(isGood('http://cdr.example', 'https://cdr.example')).toBe(false);
    expect(isGood('http://cdr.example:443', 'https://cdr.example')).toBe(false);
    expect(originFault({ origin: 'https://cdr.example' }, 'http://cdr.example', true)).toContain(
      'auth.trusted_proxies',
    );
  });

  it('is bad from another host, another port, a sandboxed page, or what is no URL', () => {
    for (const origin of [
      'https://evil.example',
      'https://cdr.example.evil.example',
      'http://cdr.example:81',
      'null',
      '',
    ]) {
      expect([origin, isGood(origin, 'cdr.example')]).toEqual([origin, false]);
    }
    expect(isGood('http://cdr.example', 'http://')).toBe(false);
    expect(originFault({ origin: 'https://cdr.example' }, 'https://undefined', false)).toContain('is not this server');
  });

  it('must be said for a write; a read of our own pages says none', () => {
    expect([isGood(undefined, 'x', true), isGood(undefined, 'x', false)]).toEqual([false, true]);
    expect([isGood(undefined, 'x', true, 'same-origin'), isGood(undefined, 'x', false, 'cross-site')]).toEqual([
      true,
      false,
    ]);
    expect(isGood(undefined, 'x', false, 'same-site')).toBe(false);
  });
});
