// What is wrong with a configuration, in parts for tools, and in our words for files that are no YAML of ours.
import { afterAll, expect, it } from 'vitest';
import { writeFileSync } from 'node:fs';
import { join } from 'node:path';
import { ConfigFaults, loadConfig } from '../src/config.ts';
import { partsOf } from '../src/configfile.ts';
import { tempFolder } from './support/store.ts';

const { folder, remove } = tempFolder();
const file = join(folder, 'cdrd.yaml');
afterAll(remove);

function faultsOf(text: string | Buffer, environment: NodeJS.ProcessEnv = {}) {
  writeFileSync(file, text);
  try {
    loadConfig(file, environment);
    return [];
  } catch (error) {
    if (error instanceof ConfigFaults) return error.faults.map(partsOf);
    throw error;
  }
}

it('each fault says where, what was found and what was expected', () => {
  const text = 'systems:\n  - name: a\n    ami: {port: x}\nlisteners: [{port: 99999}]\nlog: {level: loud}\nnope: 1\n';
  const faults = faultsOf(text, { CDRD_LIMITS__PAGE_ROWS: '0' });
  expect(faults.map(({ path, found, expected, line }) => [path, found, expected, line])).toEqual([
    ['systems[0].ami.username', 'nothing', 'a text that is not empty that matches ^[^\\r\\n\\u0000]*$', 3],
    ['systems[0].ami.secret', 'nothing', 'a text that is not empty that matches ^[^\\r\\n\\u0000]*$', 3],
    ['systems[0].ami.port', '"x"', 'a whole number from 1 to 65535', 3],
    ['listeners[0].port', '99999', 'a whole number from 0 to 65535', 4],
    ['log.level', '"loud"', 'one of trace, debug, info, warn, error, fatal', 5],
    ['nope', 'is not a key of this section', expect.stringContaining('one of store, systems') as string, 6],
    ['limits.page_rows', '0', 'a whole number from 1 to 10000', null],
  ]);
  expect(faults.at(-1)!.where).toBe('CDRD_LIMITS__PAGE_ROWS');
});

it('cors is refused with the reason: a star with cookies, a star among others, what is no origin', () => {
  const cors = (text: string) =>
    faultsOf(`listeners: [{port: 1, cors: ${text}}]\n`).map(({ path, message }) => [path, message]);
  expect(cors('{origins: ["https://app.example"], credentials: allow}')).toEqual([]);
  expect(cors('{origins: ["*"]}')).toEqual([]);
  expect(cors('{origins: ["*"], credentials: allow}')).toEqual([
    [
      'listeners[0].cors.credentials',
      'found "allow" with the origin "*", expected deny: any page in the world could act with the cookie of whoever is logged in',
    ],
  ]);
  expect(cors('{origins: ["*", "https://app.example"]}')).toEqual([
    ['listeners[0].cors.origins', 'found "*" beside others, expected "*" alone'],
  ]);
  expect(cors('{origins: ["https://app.example/", "app"]}')).toEqual([
    ['listeners[0].cors.origins[0]', expect.stringContaining('expected "https://app.example"') as string],
    [
      'listeners[0].cors.origins[1]',
      expect.stringContaining('found "app", expected an origin as browsers send it') as string,
    ],
  ]);
  expect(cors('{origins: x}')).toEqual([['listeners[0].cors.origins', 'found "x", expected a list']]);
});

it.each<[string, string | Buffer, string]>([
  ['two documents', 'store: {}\n---\nlog: {}\n', 'found a second document (a line of ---), expected one'],
  [
    'bytes that are no text',
    Buffer.from([0x7f, 0x45, 0x4c, 0x46, 0, 1, 2]),
    'found bytes that are no text, expected YAML in UTF-8',
  ],
  ['another encoding', Buffer.from('# Büro\n', 'latin1'), 'found bytes that are no text, expected YAML in UTF-8'],
  ['a binary value', 'store: {url: !!binary aGVsbG8=}\n', 'found the tag !!binary, expected plain YAML without tags'],
])('%s is refused in our own words', (_, text, message) => {
  const faults = faultsOf(text);
  expect(faults[0]).toMatchObject({ message, expected: message.split('expected ')[1] });
  expect(faults[0]!.where).toContain(file);
});
