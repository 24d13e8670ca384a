// The published JSON Schema of the configuration is the one that the daemon goes by.
import { Ajv } from 'ajv';
import { describe, expect, it } from 'vitest';
import { readFileSync } from 'node:fs';
import { parse } from 'yaml';
import { configSchema } from '../src/configschema.ts';

interface Schema {
  description?: string;
  properties?: Record<string, Schema>;
  items?: Schema;
}

const published = JSON.parse(readFileSync('config/cdrd.schema.json', 'utf8')) as Schema;
const sample = parse(readFileSync('config/cdrd.yaml', 'utf8')) as Record<string, unknown>;
const check = new Ajv({ strict: false, allErrors: true }).compile(published);

describe('config/cdrd.schema.json', () => {
  it('is what "cdrd schema" prints', () => {
    expect(published, 'run: node src/cdrd.cjs schema > config/cdrd.schema.json').toEqual(configSchema());
  });

  it('is what editors are told to use for config/cdrd.yaml, and that file is good by it', () => {
    expect(readFileSync('config/cdrd.yaml', 'utf8').split('\n')[0]).toBe(
      '# yaml-language-server: $schema=./cdrd.schema.json',
    );
    expect([check(sample), check.errors]).toEqual([true, null]);
  });

  it('says what every key is for', () => {
    const mute: string[] = [];
    const walk = (schema: Schema, path: string) => {
      for (const [name, inner] of Object.entries(schema.properties ?? {})) {
        if (!inner.description) mute.push(`${path}${name}`);
        walk(inner, `${path}${name}.`);
        if (inner.items) walk(inner.items, `${path}${name}[].`);
      }
    };
    walk(published, '');
    expect(mute, 'give these keys a "description" in their schema').toEqual([]);
  });

  it.each([
    [{}],
    [{ systems: [{ name: 'pbx1', table: { url: '${CDRD_TABLE_URL}' } }] }],
    [{ systems: [{ name: 'pbx1', ami: { username: 'u', secret: '${S}' } }], log: { level: 'debug' } }],
  ])('takes %j', (config) => {
    expect([check(config), check.errors]).toEqual([true, null]);
  });

  it.each([
    [{ storre: {} }],
    [{ store: { urll: 'x' } }],
    [{ systems: [{ ami: {} }] }],
    [{ systems: [{ name: 'pbx1', ami: { username: 'u' } }] }],
    [{ systems: [{ name: 'pbx1', table: { url: 'http://x' } }] }],
    [{ listeners: [{ port: 'x' }] }],
    [{ listeners: [] }],
    [{ log: { level: 'loud' } }],
    [{ limits: { page_rows: 0 } }],
  ])('marks %j', (config) => {
    expect(check(config)).toBe(false);
  });
});
