// What "cdrd check" says of webhooks that are set wrong; secrets and URLs are never shown.
import { afterAll, describe, expect, it } from 'vitest';
import { writeFileSync } from 'node:fs';
import { join } from 'node:path';
import { stringify } from 'yaml';
import { loadConfig } from '../../src/config.ts';
import { tempFolder } from '../support/store.ts';

const { folder, remove } = tempFolder();
afterAll(remove);
const secret = `whsec_${'A'.repeat(32)}`;
const good = { name: 'crm', url: 'https://crm.example.com/calls', secret };

function load(...webhooks: object[]) {
  const file = join(folder, 'cdrd.yaml');
  writeFileSync(file, stringify({ webhooks }));
  return loadConfig(file, {}).webhooks;
}

function faultOf(change: object): string {
  try {
    load({ ...good, ...change });
  } catch (error) {
    return (error as Error).message.replace(/^.*?yaml(:\d+:\d+)?: /gm, '');
  }
  return 'nothing';
}

describe('the section webhooks', () => {
  it('has a default for all but the name, the URL and the secret', () => {
    expect(load(good)).toEqual([
      {
        ...{
          ...good,
          headers: {},
          types: ['cdr'],
          ops: ['created'],
          filter: {},
          from: 'now',
          batch: 1,
          timeout_seconds: 10,
        },
        ...{ retry_seconds: 5, retry_max_seconds: 3600, give_up_seconds: 86_400, allow_private: false },
        settle_seconds: 5,
      },
    ]);
  });

  it.each([
    [{ name: 'A B' }, 'webhooks[0].name: found "A B", expected a text that matches ^[a-z0-9][a-z0-9_-]{0,62}$'],
    [
      { url: 'crm.example.com' },
      'webhooks[0].url: found a text (not shown), expected a URL like https://crm.example.com/calls',
    ],
    [
      { url: 'ftp://crm.example.com' },
      'webhooks[0].url: found a text (not shown), expected a URL like https://crm.example.com/calls',
    ],
    [
      { url: 'http://crm.example.com/' },
      /^webhooks\[0\]\.url: found http, expected https: phone numbers would go in the open/,
    ],
    [{ url: 'https://u:p@crm.example.com/' }, /^webhooks\[0\]\.url: found a name and a password in it \(not shown\)/],
    [
      { url: 'https://192.168.0.7/x' },
      'webhooks[0].url: found 192.168.0.7, a private address: set allow_private: true if that is meant',
    ],
    [
      { url: 'https://[::1]/x' },
      'webhooks[0].url: found ::1, a private address: set allow_private: true if that is meant',
    ],
    [{ secret: 'hunter2' }, /^webhooks\[0\]\.secret: expected whsec_ and 24 to 64 bytes in base64.*\(not shown\)$/],
    [{ secret_file: '/nowhere' }, 'webhooks[0].secret: expected a secret or a secret_file, one of them'],
    [
      { headers: { 'X Key': 'a' } },
      'webhooks[0].headers.X Key: found this name, expected letters, digits and - (at most 64)',
    ],
    [
      { headers: { 'Webhook-Id': 'a' } },
      'webhooks[0].headers.Webhook-Id: is a header that cdrd sends itself, expected another name',
    ],
    [
      { headers: { 'X-Key': 'a', 'x-key': 'b' } },
      'webhooks[0].headers.x-key: names a second header, expected each once, whatever its case',
    ],
    [
      { headers: { 'X-Key': 'hunter2\r\nHost: x' } },
      'webhooks[0].headers.X-Key: found a text (not shown) with other characters than printable ASCII, expected one line of these',
    ],
    [{ headers: { 'X-Key': 4711 } }, 'webhooks[0].headers.X-Key: found a number (not shown), expected it to be string'],
    [{ headers: ['a'] }, 'webhooks[0].headers: found a list (not shown), expected a section'],
    [{ filter: { compny: 'x' } }, /^webhooks\[0\]\.filter\.compny: /],
    [{ filter: { and: [{}, { min_duration: -1 }] } }, /^webhooks\[0\]\.filter\.and\[1\]\.min_duration: /],
    [{ filter: { outcome: 'busy' } }, /^webhooks\[0\]\.filter\.outcome: /],
    [{ filter: { text: 'x' } }, /^webhooks\[0\]\.filter\.text: a search for words needs from and to/],
    [{ types: ['cdr', 'call'], filter: { disposition: 'BUSY' } }, /^webhooks\[0\]\.filter\.disposition: /],
    [{ batch: 0 }, 'webhooks[0].batch: found 0, expected a whole number from 1 to 100'],
    [{ timeout_seconds: 61 }, 'webhooks[0].timeout_seconds: found 61, expected a number above 0 to 60'],
    [{ types: [] }, /^webhooks\[0\]\.types: found \[\]/],
    [{ retries: 3 }, /^webhooks\[0\]\.retries: is not a key of this section, expected one of name, url,/],
  ])('%j is told with what was expected', (change, fault) => {
    const found = faultOf(change);
    if (typeof fault === 'string') expect(found).toBe(fault);
    else expect(found).toMatch(fault);
    expect(found).not.toMatch(/hunter2|u:p/);
  });

  it('takes private addresses and http where that is meant, and conditions on calls for calls', () => {
    const hook = {
      ...good,
      url: 'http://192.168.0.7/x',
      allow_private: true,
      types: ['call'],
      filter: { outcome: 'busy' },
    };
    expect(load(hook)).toMatchObject([hook]);
  });

  it('waits no longer at first than at most', () => {
    expect(() => load({ ...good, retry_seconds: 10, retry_max_seconds: 5 })).toThrow(
      'webhooks[0].retry_max_seconds: found 5, expected at least retry_seconds, which is 10',
    );
    expect(() => load({ ...good, retry_seconds: 5, retry_max_seconds: 5 })).not.toThrow();
  });

  it('has each name once', () => {
    expect(() => load(good, { ...good, url: 'https://b.example.com' })).toThrow(
      'webhooks[1].name: "crm" names a second webhook, expected a name of its own',
    );
  });
});
