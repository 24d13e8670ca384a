// The example of the README does what it says.
import { mkdtempSync, readFileSync, rmSync, writeFileSync } from 'node:fs';
import { tmpdir } from 'node:os';
import { join } from 'node:path';
import { afterAll, expect, it } from 'vitest';
import { parse } from 'yaml';
import type { Cdr } from '../../src/cdr/cdr.ts';
import { rulebookOf } from '../../src/configrules.ts';
import { classify } from '../../src/rules/classify.ts';
import { noTables } from '../../src/rules/tables.ts';
import { cdrOf } from '../cdr/rows.ts';

const folder = mkdtempSync(join(tmpdir(), 'cdrd-readme-'));
afterAll(() => rmSync(folder, { recursive: true }));

const [, block] = /\n( {4}rules:\n(?: {4}.*\n)+)/.exec(readFileSync('README.md', 'utf8'))!;
const given = parse(block!.replace(/^ {4}/gm, '')) as { rules: unknown[]; lookups: Record<string, { file: string }> };
const file = join(folder, 'sites.csv');
writeFileSync(file, 'code,company\nx1,elsewhere\n');
const { systems, complaints } = rulebookOf({
  systems: [{ name: 'a' }],
  rules: given.rules,
  lookups: { sites: { ...given.lookups['sites'], file } },
});
const bare = {
  accountcode: '',
  peeraccount: '',
  src: '',
  dst: '',
  channel: '',
  dstchannel: '',
  custom: {},
  userfield: '',
};
const of = (changes: Partial<Cdr>) => classify(systems.get('a')!, cdrOf({ ...bare, ...changes }), noTables);

it('its rules are good, and give what they are said to give', () => {
  expect(complaints).toEqual([]);
  expect(of({ accountcode: 'york-7' }).company).toBe('shops-york');
  expect(of({ accountcode: 'x1' }).company).toBe('elsewhere');
  expect(of({ accountcode: 'other' }).company).toBe('other');
  const inbound = { channel: 'PJSIP/telco-00000001', src: '+441632960111', dst: 's', custom: { did: '+441632960100' } };
  expect(of(inbound)).toMatchObject({ target: 'hotel', direction: 'inbound' });
  const lift = { channel: 'PJSIP/lift-00000001', dstchannel: 'PJSIP/telco-00000002', dst: '999999999' };
  expect(of(lift)).toMatchObject({ company: 'building', extension: '900', direction: 'outbound' });
});
