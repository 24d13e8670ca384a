// The shipped configuration says every key, at its default, with a comment; the environment overrides any of them.
import { afterAll, beforeAll, describe, expect, it } from 'vitest';
import { readFileSync, writeFileSync } from 'node:fs';
import { join } from 'node:path';
import { Value } from 'typebox/value';
import { parse } from 'yaml';
import { Config, ConfigFaults, loadConfig } from '../src/config.ts';
import { mappingLines } from '../src/sources/ami/mapping.ts';
import { tempFolder } from './support/store.ts';

const sample = readFileSync('config/cdrd.yaml', 'utf8');
/** Keys without a default stand commented out, `#key:` or below one `#  key:`, `#  - key:`, `#    key:`; prose has one space after the sign. */
const whole = sample.replace(/^(\s*)#((?: {2}){0,2}(?:- )?[a-z_]+:)/gm, '$1$2');
const noDefault = new Set([
  'name',
  'username',
  'secret',
  'url',
  'timezone',
  'tls_ca',
  'vhost',
  'cert',
  'key',
  'secret_file',
]);
/** What a company leaves out is what stands above. */
const ofCompanies = /^config\.retention\.companies\[0\]/;

/** The faults of a configuration, by path. */
const told = (load: () => unknown) => {
  try {
    load();
  } catch (error) {
    if (error instanceof ConfigFaults) return error.faults.map(({ path, message }) => `${path}: ${message}`);
    throw error;
  }
  return [];
};

interface Schema {
  default?: unknown;
  properties?: Record<string, Schema>;
  items?: Schema;
}

describe('config/cdrd.yaml', () => {
  const environment = { CDRD_AMI_SECRET: 's', CDRD_TABLE_PASSWORD: 'p' };

  it('is good as it is', () => {
    expect(loadConfig('config/cdrd.yaml', environment).systems[0]).toMatchObject({
      name: 'pbx1',
      ami: { port: 5038, secret: 's' },
    });
  });

  it('names every key there is, at its default', () => {
    const missing: string[] = [];
    const walk = (schema: Schema, value: unknown, path: string) => {
      for (const [key, inner] of Object.entries(schema.properties ?? {})) {
        const given = (value as Record<string, unknown> | undefined)?.[key];
        const here = `${path}.${key}`;
        if (given === undefined) missing.push(here);
        else if (inner.properties) walk(inner, given, here);
        else if (inner.items) walk(inner.items, (given as unknown[])[0], `${here}[0]`);
        else if (ofCompanies.test(here)) continue;
        else if (!noDefault.has(key) || (inner.default !== undefined && key === 'name'))
          expect([here, given]).toEqual([here, inner.default]);
      }
    };
    walk(Config as unknown as Schema, parse(whole), 'config');
    expect(missing).toEqual([]);
    expect(Value.Errors(Config, parse(whole.replaceAll(/\$\{\w+\}/g, 'x')))).toEqual([]);
  });

  it('explains every key with a comment right above it', () => {
    const lines = sample.split('\n');
    const isKey = (line: string) => /^\s*(#(?: {2}){0,2})?(- )?[a-z_]+:/.test(line);
    const isProse = (line: string | undefined) => /^\s*(# |#? +# |$)/.test(line ?? '');
    const sections = /^(auth|log|limits|completeness):$/;
    const bare = lines.filter((line, at) => isKey(line) && !sections.test(line) && !isProse(lines[at - 1]));
    expect(bare).toEqual([]);
  });
});

describe('config/asterisk', () => {
  it('has the very lines the daemon tells to paste', () => {
    expect(readFileSync('config/asterisk/cdr_manager.conf', 'utf8')).toContain(mappingLines);
    expect(readFileSync('README.md', 'utf8')).toContain(mappingLines);
  });
});

describe('the environment', () => {
  const { folder, remove } = tempFolder();
  const file = join(folder, 'cdrd.yaml');
  const proxies = join(folder, 'proxies.yaml');
  beforeAll(() => writeFileSync(file, 'systems: [{name: a, ami: {username: u, secret: "${S}"}}]\n'));
  afterAll(remove);

  it('overrides any key, also in lists, with the type the key wants', () => {
    const config = loadConfig(file, {
      S: 'from: {the} environment #',
      CDRD_STORE__URL: 'sqlite:/elsewhere.db',
      CDRD_SYSTEMS__0__AMI__PORT: '5039',
      CDRD_SYSTEMS__0__AMI__USERNAME: '0049',
      CDRD_LISTENERS__0__PORT: '9090',
      CDRD_LIMITS__DRAIN_SECONDS: '2.5',
    });
    expect(config).toMatchObject({
      store: { url: 'sqlite:/elsewhere.db' },
      systems: [{ ami: { port: 5039, username: '0049', secret: 'from: {the} environment #' } }],
      listeners: [{ host: '127.0.0.1', port: 9090 }],
      limits: { drain_seconds: 2.5 },
    });
  });

  it('says what a name that sets nothing should have been', () => {
    const attempt = () => loadConfig(file, { S: 's', CDRD_LOG_LEVEL: 'debug', CDRD_STORE: 'x', CDRD_MY_SECRET: 'x' });
    expect(attempt).toThrow(
      'CDRD_LOG_LEVEL: sets nothing, expected CDRD_LOG__LEVEL\nCDRD_STORE: sets nothing, expected CDRD_STORE__KEY',
    );
  });

  it('may not bring a weak admin token', () => {
    expect(() => loadConfig(file, { S: 's', CDRD_ADMIN_TOKEN: 'a' })).toThrow(
      'CDRD_ADMIN_TOKEN: expected 16 to 512 letters',
    );
  });

  it('takes only addresses and networks as trusted proxies', () => {
    const load = (...list: string[]) => {
      const entries = list.map((text, at): [string, string] => [`CDRD_AUTH__TRUSTED_PROXIES__${at}`, text]);
      writeFileSync(proxies, `systems: []\nauth: {trusted_proxies: [${list.map(() => 'x').join(', ')}]}\n`);
      return loadConfig(proxies, Object.fromEntries(entries)).auth.trusted_proxies;
    };
    const good = ['127.0.0.1', '10.0.0.0/8', '::1', '2001:db8::/32'];
    expect(load(...good)).toEqual(good);
    for (const bad of ['1.2.3', '10.0.0.0/33', '10.0.0.0/0', '::1/129', '10.0.0.0/8/8', 'proxy']) {
      expect(() => load(bad)).toThrow(`found "${bad}", expected an address or a network like 10.0.0.0/8`);
    }
  });

  it('may have systems that nobody is heard of: their records come from files and over HTTP', () => {
    writeFileSync(proxies, 'systems: [{name: archive, timezone: UTC}]\n');
    expect(loadConfig(proxies, {}).systems).toMatchObject([{ name: 'archive', preset: 'pjsip-prefix' }]);
  });

  it('names the words there are where it finds another', () => {
    writeFileSync(proxies, 'systems: [{name: a, ami: {username: u, secret: s, events: call}}]\n');
    expect(() => loadConfig(proxies, {})).toThrow('systems[0].ami.events: found "call", expected one of cdr, calls');
  });

  it.each([
    ['rules: x', 'rules: found "x", expected a list of rules'],
    ['rules: [5]', 'rules[0]: found 5, expected a rule: name, when, set'],
    ['lookups: x', 'lookups: found "x", expected tables by their names: {file, key}'],
    ['systems: [{name: a, rules: x}]', 'systems[0].rules: found "x", expected a list of rules'],
    ['limits: x', 'limits: found "x", expected a section'],
  ])('tells once what has another shape: %s', (text, message) => {
    writeFileSync(proxies, `${text}\n`);
    expect(told(() => loadConfig(proxies, {}))).toEqual([message]);
  });

  it('cannot set what is not there, and says which variable tried', () => {
    const attempt = () =>
      loadConfig(file, { S: 's', CDRD_STORE__URL__X: '1', CDRD_SYSTEMS__7__NAME: 'x', CDRD_NOPE__A: '1' });
    expect(attempt).toThrow(
      'CDRD_STORE__URL__X: store.url: found a section (not shown), expected a text that is not empty',
    );
    expect(attempt).toThrow('CDRD_SYSTEMS__7__NAME: there is no systems[7].name to set');
    expect(attempt).toThrow('CDRD_NOPE__A: nope: is not a key of this section');
  });
});
