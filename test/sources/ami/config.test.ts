import Value from 'typebox/value';
import { expect, test } from 'vitest';
import { AmiConfig } from '../../../src/sources/ami/config.ts';

const given = { username: 'cdrd', secret: 's3cret' };
const accepts = (more: object) => Value.Check(AmiConfig, Value.Default(AmiConfig, { ...given, ...more }));

test('username and secret are enough, and everything else has its default', () => {
  expect(Value.Default(AmiConfig, { ...given })).toEqual({
    ...given,
    host: '127.0.0.1',
    port: 5038,
    events: 'cdr',
    ping_seconds: 10,
    connect_seconds: 5,
    reconnect_min_seconds: 1,
    reconnect_max_seconds: 60,
    refused_wait_seconds: 300,
    buffer_rows: 10_000,
    tls: 'off',
  });
  expect(accepts({})).toBe(true);
});

test.each(['username', 'secret', 'host'])('%s cannot start a header of its own', (key) => {
  for (const bad of ['a\r\nAction: Command', 'a\nb', 'a\n', 'a\rb', 'a\0b', ''])
    expect(accepts({ [key]: bad })).toBe(false);
  expect(accepts({ [key]: 'zoë: "x"' })).toBe(true);
});

test('fractions of a second are fine, no time and more than a day are not', () => {
  for (const key of ['ping_seconds', 'connect_seconds', 'refused_wait_seconds']) {
    expect(accepts({ [key]: 0.1 })).toBe(true);
    expect(accepts({ [key]: 0 })).toBe(false);
    expect(accepts({ [key]: 86_401 })).toBe(false);
  }
});

test('unknown keys, odd ports and unknown words are refused', () => {
  for (const bad of [{ user: 'x' }, { port: 0 }, { port: 65_536 }, { tls: 'on' }, { buffer_rows: 0 }]) {
    expect(accepts(bad)).toBe(false);
  }
});

test('every key says what it is for', () => {
  for (const [key, schema] of Object.entries(AmiConfig.properties)) {
    expect((schema as { description?: string }).description, key).toMatch(/\.$/);
  }
});
