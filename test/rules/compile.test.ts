// Rules as people write them: what holds, what is set, and what is told of rules that are wrong or can never hit.
import { mkdtempSync, rmSync, writeFileSync } from 'node:fs';
import { tmpdir } from 'node:os';
import { join } from 'node:path';
import fc from 'fast-check';
import { afterAll, describe, expect, it, test } from 'vitest';
import { dispositions, type Cdr } from '../../src/cdr/cdr.ts';
import { rulebookOf, type RulesGiven } from '../../src/configrules.ts';
import { pathText } from '../../src/configfile.ts';
import { classify, type FactTrace } from '../../src/rules/classify.ts';
import { Pattern } from '../../src/rules/pattern.ts';
import { peerOf } from '../../src/rules/run.ts';
import { noTables } from '../../src/rules/tables.ts';
import { cdrOf } from '../cdr/rows.ts';

const folder = mkdtempSync(join(tmpdir(), 'cdrd-rules-'));
afterAll(() => rmSync(folder, { recursive: true }));
const file = (name: string, text: string) => {
  writeFileSync(join(folder, name), text);
  return join(folder, name);
};

const bare = (rules: unknown[], given: RulesGiven = {}) => ({
  ...given,
  systems: [{ name: 'a', preset: 'none', rules }],
});
const nothing = { accountcode: '', src: '', dst: '', channel: '', dstchannel: '', custom: {}, userfield: '' };
const tell = (rules: unknown[], changes: Partial<Cdr>, given: RulesGiven = {}, trace?: FactTrace[]) => {
  const { systems, complaints } = rulebookOf(bare(rules, given));
  expect(complaints).toEqual([]);
  return classify(systems.get('a')!, cdrOf({ ...nothing, ...changes }), noTables, trace);
};
const faults = (rules: unknown, given: RulesGiven = {}) =>
  rulebookOf(bare(rules as unknown[], given)).complaints.map(([at, message]) => `${pathText(at)}: ${message}`);

describe('a condition holds for', () => {
  const holds = (when: object, changes: Partial<Cdr>) =>
    tell([{ when, set: { company: 'x' } }], changes).company === 'x';
  test.each<[string, object, Partial<Cdr>, boolean]>([
    ['a text', { dst: '600' }, { dst: '600' }, true],
    ['no other text', { dst: '600' }, { dst: '6001' }, false],
    ['nothing there, when it is known to be empty', { dstchannel: '' }, { dstchannel: '' }, true],
    ['nothing there, when a NULL or no key says so', { dstchannel: '' }, { dstchannel: null }, true],
    ['nothing there, of a column of the PBX', { did: ['', 's'] }, {}, true],
    ['nothing there, of an earlier fact', { called_ext: '' }, {}, true],
    ['what is there, turned round', { dstchannel: { not: '' } }, { dstchannel: 'PJSIP/101-00000001' }, true],
    ['nothing that is there', { dstchannel: { not: '' } }, { dstchannel: null }, false],
    ['one of a list', { dst: ['1', '2'] }, { dst: '2' }, true],
    ['none of a list', { dst: ['1', '2'] }, { dst: '3' }, false],
    ['a beginning', { dcontext: { prefix: 'from-' } }, { dcontext: 'from-trunk' }, true],
    ['no other beginning', { dcontext: { prefix: 'from-' } }, { dcontext: 'xfrom-' }, false],
    ['a pattern', { src: { match: '^\\+44' } }, { src: '+441632960111' }, true],
    ['no other pattern', { src: { match: '^\\+44' } }, { src: '441632960111' }, false],
    ['a number from', { src: { from: 100 } }, { src: '100' }, true],
    ['no number below', { src: { from: 100 } }, { src: '99' }, false],
    ['a number to', { billsec: { to: 5 } }, { billsec: 5 }, true],
    ['no number above', { billsec: { to: 5 } }, { billsec: 6 }, false],
    ['no text that is no number', { src: { from: 0 } }, { src: '10x' }, false],
    ['what is not', { dst: { not: '600' } }, { dst: '601' }, true],
    ['not what is', { dst: { not: ['600'] } }, { dst: '600' }, false],
    ['what is not known, turned round', { did: { not: { match: '.' } } }, {}, true],
    ['a column of the PBX by its name', { did: '44' }, { custom: { did: '44' } }, true],
    ['a CDR variable', { 'custom.company': 'c' }, { custom: { company: 'c' } }, true],
    ['a pair of the userfield', { 'userfield.k': 'v' }, { userfield: 'k=v;l=w' }, true],
    ['no pair of prose', { 'userfield.k': 'v' }, { userfield: 'k=v; said he' }, false],
    ['a property', { 'properties.trunk': 't' }, { custom: { properties: '{"trunk":"t"}' } }, true],
    ['extension numbers', { dst: { in: 'extension_numbers' } }, { dst: '101' }, true],
    ['no other numbers', { dst: { in: 'extension_numbers' } }, { dst: '1' }, false],
    ['the peer of a channel', { channel_peer: 'PJSIP/acme-101' }, { channel: 'PJSIP/acme-101-0000001a' }, true],
    ['a time', { start: { prefix: '2023-11-14T' } }, { start: 1_700_000_000_000_000 }, true],
    ['no other time', { start: '2023-11-14T22:13:21Z' }, { start: 1_700_000_000_000_000 }, false],
    ['no answer', { answer: '' }, { answer: null }, true],
    ['not an answer', { answer: '' }, { answer: 1_700_000_000_000_000 }, false],
    ['all conditions', { src: '1', dst: '2' }, { src: '1', dst: '2' }, true],
    ['not only some', { src: '1', dst: '2' }, { src: '1', dst: '3' }, false],
  ])('%s', (_title, when, changes, expected) => {
    expect(holds(when, changes)).toBe(expected);
  });
});

describe('a fact', () => {
  it('comes from the first rule that has a value for it', () => {
    const rules = [
      { set: { company: '{accountcode}' } },
      { when: { src: '1' }, set: { company: 'second', extension: '7' } },
      { set: { company: 'third', extension: '8' } },
    ];
    expect(tell(rules, { accountcode: 'first', src: '1' })).toMatchObject({ company: 'first', extension: '7' });
    expect(tell(rules, { src: '1' })).toMatchObject({ company: 'second', extension: '7' });
    expect(tell(rules, { accountcode: '  ' })).toMatchObject({ company: 'third', extension: '8' });
  });
  it('is made of groups, columns, fields and facts, and not at all when one of them is missing', () => {
    const rules = [
      {
        when: { accountcode: { match: '^(?P<who>[a-z]+)-?(?P<n>\\d+)?' } },
        set: { company: '{who}', extension: '{who}/{n}' },
      },
      { set: { target: '{company} of {custom.city}' } },
    ];
    expect(tell(rules, { accountcode: 'acme-7', custom: { city: 'York' } })).toMatchObject({
      ...{ company: 'acme', extension: 'acme/7', target: 'acme of York' },
    });
    expect(tell(rules, { accountcode: 'acme' })).toMatchObject({ company: 'acme', extension: null, target: null });
  });
  it('is never longer than what is kept, never blank, and a word where words are asked for', () => {
    expect(tell([{ set: { company: '{accountcode}' } }], { accountcode: 'x'.repeat(256) }).company).toBeNull();
    expect(tell([{ set: { direction: '{accountcode}' } }], { accountcode: 'sideways' }).direction).toBeNull();
    expect(tell([{ set: { direction: '{accountcode}' } }], { accountcode: 'transit' }).direction).toBe('transit');
    expect(tell([{ set: { is_park: '{accountcode}' } }], { accountcode: 'no' }).properties).toEqual({});
    expect(tell([{ set: { is_park: true } }], {}).properties).toEqual({ is_park: true });
  });
  it('of a party is known to rules that stand before it, as sides come first', () => {
    const rules = [{ when: { caller_kind: 'app' }, set: { company: 'pbx' } }, { set: { caller_kind: 'app' } }];
    expect(tell(rules, {}).company).toBe('pbx');
  });
  it('beats what the record says of itself, also where IPCortex reads it', () => {
    const custom = { company: 'told', trunk: 'told', dial_short: '' };
    const rules = [{ set: { company: 'ruled', trunk: 'ruled' } }];
    const { company, properties } = tell(rules, { custom });
    expect([company, properties]).toEqual(['ruled', { company: 'ruled', trunk: 'ruled', dial_short: '' }]);
  });
  it('tells which rule gave it, from which values', () => {
    const trace: FactTrace[] = [];
    const rules = [{ name: 'by account', when: { accountcode: { match: '^(?P<c>\\w+)/' } }, set: { company: '{c}' } }];
    tell(rules, { accountcode: 'acme/9' }, {}, trace);
    const from = { accountcode: 'acme/9' };
    expect(trace).toEqual([{ fact: 'company', value: 'acme', rule: 'by account', origin: 'systems[0].rules', from }]);
  });
});

test.each([
  ['PJSIP/acme-101-0000001a', 'PJSIP/acme-101'],
  ['Local/600@queue-0000001a;2', 'Local/600@queue'],
  ['IAX2/handbag-3265', 'IAX2/handbag'],
  ['DAHDI/i1/101-1', 'DAHDI/i1/101'],
  ['SIP/acme-101', 'SIP/acme-101'],
  ['PJSIP/telco', 'PJSIP/telco'],
  ['', ''],
])('the peer of %j is %j', (channel, peer) => {
  expect(peerOf(channel)).toBe(peer);
});

test('own rules go before shared ones, and those before the preset', () => {
  const given = (own: unknown[], shared: unknown[]) =>
    rulebookOf({ systems: [{ name: 'a', rules: own }], rules: shared }).systems.get('a')!;
  const cdr = cdrOf({ ...nothing, accountcode: 'preset' });
  const company = (own: unknown[], shared: unknown[]) => classify(given(own, shared), cdr, noTables).company;
  expect(company([{ set: { company: 'own' } }], [{ set: { company: 'shared' } }])).toBe('own');
  expect(company([], [{ set: { company: 'shared' } }])).toBe('shared');
  expect(company([], [])).toBe('preset');
});

describe('a table of a file', () => {
  const sites = () => ({
    lookups: { sites: { file: file('sites.csv', 'code;company;ext\r\nA1;acme;101\r\nb2;umbrella;\r\n'), key: 'code' } },
  });
  it('is asked by its key, without case, and tells its columns', () => {
    const rules = [
      { when: { accountcode: { in: 'sites' } }, set: { company: '{sites.company}', extension: '{sites.ext}' } },
    ];
    expect(tell(rules, { accountcode: 'a1' }, sites())).toMatchObject({ company: 'acme', extension: '101' });
    expect(tell(rules, { accountcode: 'B2' }, sites())).toMatchObject({ company: 'umbrella', extension: null });
    expect(tell(rules, { accountcode: 'c3' }, sites())).toMatchObject({ company: null });
  });
  test.each([
    ['a column that is not there', 'a,b\n1,2\n', 'k', /has no column "k", expected one of a, b$/],
    ['a key that comes twice', 'k,b\n1,2\n1,3\n', 'k', /row 3: "1" stands in row 2 already/],
    ['an empty key', 'k,b\n,2\n', 'k', /row 2: the key is empty/],
    ['too many values', 'k,b\n1,2,3\n', 'k', /row 2: has 3 values, expected 2$/],
    ['nothing', '', 'k', /the file is empty/],
    ['a quote that is not closed', 'k,b\n1,"2\n', 'k', /is no CSV/],
  ])('with %s is a fault', (_title, text, key, message) => {
    const [fault] = faults([], { lookups: { t: { file: file('t.csv', text), key } } });
    expect(fault).toMatch(/^lookups\.t\.file: /);
    expect(fault).toMatch(message);
  });
  test('that is not there, has a bad name or another key is a fault', () => {
    expect(faults([], { lookups: { t: { file: '/nowhere.csv', key: 'k' } } })[0]).toMatch(
      /^lookups\.t\.file: .*cannot be read/,
    );
    expect(faults([], { lookups: { dids: { file: 'x', key: 'k' } } })[0]).toMatch(/^lookups\.dids: found the name/);
    expect(faults([], { lookups: { t: { file: 'x', kee: 'k' } } })).toEqual([
      'lookups.t.kee: is not a key of a look-up table, expected file, key',
      'lookups.t.key: found nothing, expected the name of a column',
    ]);
  });
  test('with a fault is told of once: rules that look into it have none of theirs', () => {
    const rules = [
      { when: { accountcode: { in: 'sites' } }, set: { company: '{sites.company}' } },
      { when: { src: { not: { in: 'sites' } } }, set: { company: 'x' } },
      { when: { src: '1' }, set: { company: 'x' } },
    ];
    const empty = { file: file('sites.csv', 'code;company\n;acme\n'), key: 'code' };
    expect(faults(rules, { lookups: { sites: empty } })).toEqual([expect.stringMatching(/the key is empty/)]);
    expect(faults(rules, { lookups: { sites: { file: '/nowhere.csv', key: 'k' } } })).toEqual([
      expect.stringMatching(/cannot be read/),
    ]);
    expect(faults(rules, { lookups: { sites: 'x' } })).toEqual([
      'lookups.sites.file: found nothing, expected the path of a CSV file',
    ]);
  });
});

describe('told at the check, with its place', () => {
  const set = { company: 'x' };
  test.each<[string, unknown[], RegExp]>([
    ['no rule', [5], /^systems\[0\]\.rules\[0\]: found 5, expected a rule/],
    ['an unknown key', [{ sets: 1, set }], /rules\[0\]\.sets: is not a key of a rule, expected one of name, when, set/],
    ['nothing set', [{ when: {} }], /rules\[0\]\.set: found nothing, expected facts/],
    [
      'no such fact',
      [{ set: { compny: 'x' } }],
      /rules\[0\]\.set\.compny: is no fact that a rule can set, expected one of .*company/,
    ],
    [
      'an unknown group',
      [{ when: { src: { match: '(?P<a>.)' } }, set: { company: '{b}' } }],
      /set\.company: found \{b\}, expected a named group of this rule's patterns \(\{a\}\)/,
    ],
    ['a brace without its other', [{ set: { company: '{b' } }], /expected every \{ to have its \}/],
    [
      'a pattern that could run for ever',
      [{ when: { src: { match: '(a)\\1' } }, set }],
      /when\.src\.match: found .*expected a regular expression of RE2: invalid escape/,
    ],
    ['a look-ahead', [{ when: { src: { match: '(?=a)' } }, set }], /expected a regular expression of RE2/],
    [
      'a pattern too long',
      [{ when: { src: { match: 'a'.repeat(1001) } }, set }],
      /has 1001 characters, expected at most 1000/,
    ],
    [
      'a group twice',
      [{ when: { src: { match: '(?P<a>.)' }, dst: { match: '(?P<a>.)' } }, set }],
      /has a group "a", and so has another/,
    ],
    [
      'a number that YAML has cut',
      [{ when: { dst: 49 }, set }],
      /when\.dst: found 49, expected a text: put it in quotes/,
    ],
    ['such a number in a list', [{ when: { dst: ['1', 49] }, set }], /when\.dst\[1\]: found 49, expected a text/],
    ['no condition', [{ when: { dst: { like: 'x' } }, set }], /expected a text, a list of texts, \{prefix\}/],
    [
      'two conditions in one',
      [{ when: { dst: { prefix: 'x', match: 'y' } }, set }],
      /expected a text, a list of texts/,
    ],
    ['not within not', [{ when: { dst: { not: { not: 'x' } } }, set }], /found "not" within "not"/],
    [
      'a range the wrong way round',
      [{ when: { dst: { from: 5, to: 4 } }, set }],
      /can never hold: from 5 is above to 4/,
    ],
    ['a range of texts', [{ when: { dst: { from: '5' } }, set }], /when\.dst\.from: found "5", expected a number/],
    [
      'an unknown table',
      [{ when: { dst: { in: 'nowhere' } }, set }],
      /expected a look-up table: one of extensions, companies, dids/,
    ],
    [
      'an unknown column',
      [{ when: { dst: { in: 'dids' } }, set: { company: '{dids.owner}' } }],
      /expected a column of dids: one of number, company/,
    ],
    [
      'one table twice',
      [{ when: { dst: { in: 'dids' }, src: { in: 'dids' } }, set }],
      /"dids" stands twice in this rule/,
    ],
    [
      'a misspelt field',
      [{ when: { chanel: 'x' }, set }],
      /when\.chanel: is no field, expected channel; a column of that name is custom\.chanel/,
    ],
    ['a short field misspelt', [{ when: { scr: 'x' }, set }], /when\.scr: is no field, expected src/],
    ['a field in capitals', [{ when: { Src: 'x' }, set }], /when\.Src: is no field, expected src/],
    [
      'an unknown property',
      [{ when: { 'properties.cmpany': 'x' }, set }],
      /when\.properties\.cmpany: is no property of IPCortex's records, expected one of target, company/,
    ],
    [
      'an unknown property in a template',
      [{ set: { company: '{properties.cmpany}' } }],
      /set\.company: is no property of IPCortex's records/,
    ],
    [
      'a range without a whole number',
      [{ when: { dst: { from: 1.2, to: 1.8 } }, set }],
      /when\.dst: can never hold: no whole number of at most 15 digits is from 1\.2 to 1\.8/,
    ],
    ['a range from beyond all numbers', [{ when: { dst: { from: Infinity } }, set }], /no whole number of at most 15/],
    [
      'a value that a fact cannot have',
      [{ set: { direction: 'sideways' } }],
      /set\.direction: found "sideways", expected inbound, outbound, internal, transit/,
    ],
    [
      'an unknown include',
      [{ include: 'asterisk' }],
      /rules\[0\]\.include: found "asterisk", expected one of pjsip-prefix/,
    ],
    [
      'a fact that comes later',
      [{ when: { direction: 'inbound' }, set: { caller_kind: 'app' } }],
      /direction is worked out later than the facts this rule sets/,
    ],
  ])('%s', (_title, rules, message) => {
    expect(faults(rules).join('\n')).toMatch(message);
  });
});

describe('a rule that can never hit is told of, with the reason', () => {
  const set = { company: 'x' };
  const pair = (...whens: object[]) => whens.map((when) => ({ when, set }));
  const ofAccount = { company: '{accountcode}' };
  const ofGroup = { when: { src: { match: '(?P<src>1.)$' } }, set: { company: '{src}' } };
  test.each<[string, unknown[], RegExp]>([
    ['one of none', [{ when: { dst: [] }, set }], /rules\[0\]: can never hit: dst is asked to be one of none/],
    [
      'a word that a field never is',
      [{ when: { disposition: 'Busy' }, set }],
      /rules\[0\]: can never hit: disposition is never "Busy"/,
    ],
    ['a word as a number', [{ when: { amaflags: 'BILLING' }, set }], /amaflags is never "BILLING", but a whole number/],
    ['a number as nobody writes it', [{ when: { duration: ['07', 'x'] }, set }], /duration is never \["07","x"\]/],
    ['a number below 0', [{ when: { billsec: { to: -1 } }, set }], /billsec is never below 0/],
    ['a day as a time', [{ when: { start: '2026-11-22' }, set }], /start is never "2026-11-22", but a time like/],
    ['no time, of what always has one', [{ when: { start: '' }, set }], /start is never "", but a time/],
    ['a time with a space', [{ when: { end: { prefix: '2026-11-22 03' } }, set }], /end is never \{"prefix":.*a time/],
    ['a range of times', [{ when: { answer: { from: 2026, to: 2027 } }, set }], /answer is never \{"from":.*a time/],
    ['letters as a beginning of a number', [{ when: { duration: { prefix: 'x' } }, set }], /duration is never/],
    ['a number that begins with 0', [{ when: { sequence: { prefix: '00' } }, set }], /sequence is never/],
    ['letters in a number', [{ when: { billsec: { match: '[a-z]' } }, set }], /billsec is never \{"match":"\[a-z\]"\}/],
    ['a unit of a number', [{ when: { billsec: { match: '^\\d+ ?s$' } }, set }], /billsec is never/],
    ['a day as all of a time', [{ when: { start: { match: '^2026-11-22$' } }, set }], /start is never \{"match"/],
    ['a day by counts', [{ when: { end: { match: '^\\d{4}-\\d{2}-\\d{2}$' } }, set }], /end is never/],
    ['an hour where the day is', [{ when: { answer: { match: '^[0-9]+:' } }, set }], /answer is never/],
    [
      'a time without its T',
      [{ when: { start: { match: '-22.?\\d\\d:.*Z$' }, end: { match: '-222' } }, set }],
      /end is never/,
    ],
    ['a 0 before a number', [{ when: { billsec: { match: '^0\\d' } }, set }], /billsec is never/],
    [
      'no number from 0 on',
      [{ when: { billsec: { not: { from: 0 } } }, set }],
      /billsec is never \{"not":\{"from":0\}\}/,
    ],
    ['no number of any', [{ when: { duration: { not: { from: -2, to: 1e15 } } }, set }], /duration is never/],
    ['slashes in a time', [{ when: { start: { match: '^22/11/' } }, set }], /start is never/],
    [
      'no word that there is',
      [{ when: { disposition: { not: [...dispositions] } }, set }],
      /disposition is never \{"not":\[.*\]\}, but one of NO ANSWER/,
    ],
    ['no word at all', [{ when: { disposition: '' }, set }], /disposition is never ""/],
    [
      'a fact that nobody sets',
      [{ when: { company: 'a' }, set: { trunk: 'x' } }],
      /can never hit: no rule before this one sets company/,
    ],
    [
      'a rule without conditions before it',
      [
        { name: 'all', set },
        { when: { src: '1' }, set },
      ],
      /rules\[1\]: can never hit: "all" before it has set company wherever this one would/,
    ],
    [
      'the same conditions before it',
      [
        { when: { src: '1' }, set },
        { when: { src: '1', dst: '2' }, set },
      ],
      /rules\[1\]: can never hit/,
    ],
    [
      'a wider beginning',
      [
        { when: { src: { prefix: '4' } }, set },
        { when: { src: { prefix: '44' } }, set },
      ],
      /rules\[1\]: can never hit/,
    ],
    [
      'a wider list',
      [
        { when: { src: ['1', '2'] }, set },
        { when: { src: '2' }, set },
      ],
      /rules\[1\]: can never hit/,
    ],
    [
      'a wider range',
      [
        { when: { src: { from: 1 } }, set },
        { when: { src: { from: 2, to: 3 } }, set },
      ],
      /rules\[1\]: can never hit/,
    ],
    [
      'a range around a list',
      [
        { when: { src: { from: 100, to: 199 } }, set },
        { when: { src: ['150', '160'] }, set },
      ],
      /rules\[1\]: can never hit/,
    ],
    [
      'a pattern that a text matches',
      [
        { when: { channel_peer: { match: '^q' } }, set },
        { when: { channel_peer: 'qq' }, set },
      ],
      /rules\[1\]: can never hit/,
    ],
    [
      'another text than the one that was set before',
      [{ set: { trunk: 'z' } }, { when: { trunk: { not: 'z' } }, set }],
      /rules\[1\]: can never hit: trunk is "z" by then/,
    ],
    [
      'a text that none of those before sets',
      [
        { when: { src: '1' }, set: { xfer: 'y' } },
        { set: { xfer: 'x' } },
        { when: { src: '2' }, set: { xfer: 'w' } },
        { when: { xfer: 'w' }, set: { auth: '1' } },
      ],
      /rules\[3\]: can never hit: xfer is "y" or "x" by then/,
    ],
    [
      'an empty field as a fact',
      [{ when: { accountcode: '' }, set: { auth: '{accountcode}' } }],
      /rules\[0\]: can never hit: accountcode is empty wherever it holds/,
    ],
    [
      'a channel of somebody else',
      [{ when: { channel: 'PJSIP/101-00000001', channel_peer: 'PJSIP/102' }, set }],
      /rules\[0\]: can never hit: no channel is "PJSIP\/101-00000001" with "PJSIP\/102" as its channel_peer/,
    ],
    [
      'beginnings of a channel and its peer that exclude each other',
      [{ when: { dstchannel: { prefix: 'PJSIP/1' }, dstchannel_peer: { prefix: 'PJSIP/2' } }, set }],
      /rules\[0\]: can never hit: no dstchannel/,
    ],
    ['no uniqueid', [{ when: { uniqueid: '' }, set }], /rules\[0\]: can never hit: uniqueid is never ""/],
    [
      'a system that is not there',
      [{ when: { system: 'nosuch' }, set }],
      /rules\[0\]: can never hit: system is never "nosuch", but one of a/,
    ],
    [
      'a field that is there by its condition',
      [
        { when: { src: ['1'] }, set: { company: '{src}' } },
        { when: { src: '1' }, set },
      ],
      /rules\[1\]: can never hit/,
    ],
    ['the same rule', [{ set: ofAccount }, { set: ofAccount }], /rules\[1\]: can never hit/],
    [
      'the same field under more conditions',
      [{ set: ofAccount }, { when: { src: '1' }, set: ofAccount }],
      /rules\[1\]/,
    ],
    ['the same rule of a group', [ofGroup, ofGroup], /rules\[1\]: can never hit/],
    ['a field that it asks for itself', [{ set: ofAccount }, { when: { accountcode: 'x' }, set }], /rules\[1\]/],
    ['a pattern that is a beginning', pair({ src: { prefix: '1' } }, { src: { match: '^12' } }), /rules\[1\]/],
    [
      'a beginning behind all that is there',
      pair({ src: { not: '' } }, { src: { prefix: '7' } }),
      /rules\[1\]: can never/,
    ],
    [
      'a pattern behind all that is there',
      pair({ src: { not: '' } }, { src: { match: '7$' } }),
      /rules\[1\]: can never/,
    ],
    ['a range behind all but a text', pair({ src: { not: ['', 'x'] } }, { src: { from: 7 } }), /rules\[1\]: can never/],
    ['a table behind all that is there', pair({ src: { not: '' } }, { src: { in: 'dids' } }), /rules\[1\]: can never/],
    ['all but more texts', pair({ src: { not: '5' } }, { src: { not: ['5', '6'] } }), /rules\[1\]: can never/],
    [
      'a beginning behind all but another',
      pair({ src: { not: { prefix: '5' } } }, { src: { match: '^7' } }),
      /rules\[1\]: can never/,
    ],
    [
      'a range behind all but another',
      pair({ src: { not: { from: 1, to: 5 } } }, { src: { from: 6, to: 9 } }),
      /rules\[1\]: can never/,
    ],
    ['a range below another', pair({ src: { not: { from: 6 } } }, { src: { to: 5 } }), /rules\[1\]: can never/],
    ['a beginning behind a pattern', pair({ src: { match: '^1' } }, { src: { prefix: '12' } }), /rules\[1\]/],
    ['a beginning in the middle', [{ when: { src: { match: 'a^b' } }, set }], /src is never .*, which no text matches/],
    ['an end in the middle', [{ when: { src: { match: '^a$b' } }, set }], /src is never .*, which no text matches/],
    ['no such month', [{ when: { start: { prefix: '2026-13-01T' } }, set }], /start is never/],
    ['no such hour', [{ when: { end: '2026-11-22T24:00:00Z' }, set }], /end is never/],
    [
      'a field that a pattern wants empty',
      [{ when: { dst: { match: '^$' } }, set: { company: '{dst}' } }],
      /rules\[0\]: can never hit: dst is empty wherever it holds/,
    ],
  ])('%s', (_title, rules, message) => {
    expect(faults(rules).join('\n')).toMatch(message);
  });
  test.each<[string, unknown[]]>([
    [
      'a fact that a rule before sets only at times',
      [
        { when: { src: '1' }, set: { trunk: 'z' } },
        { when: { trunk: { not: 'z' } }, set },
      ],
    ],
    [
      'one of the texts that were set before',
      [
        { when: { src: '1' }, set: { trunk: 'y' } },
        { set: { trunk: 'z' } },
        { when: { trunk: { not: 'z' } }, set: { xfer: '1' } },
      ],
    ],
    [
      'a field before one that was set',
      [
        { set: { trunk: '{accountcode}' } },
        { set: { trunk: 'z' } },
        { when: { trunk: { not: 'z' } }, set: { xfer: '1' } },
      ],
    ],
    ['an empty field beside what is set', [{ when: { accountcode: '' }, set: { auth: '{src}' } }]],
    [
      'an empty field, and a fact of another step',
      [{ when: { accountcode: '' }, set: { auth: '{accountcode}', company: 'x' } }],
    ],
    ['an empty field, and another fact', [{ when: { accountcode: '' }, set: { auth: '{accountcode}', xfer: '1' } }]],
    ['a channel and its peer', [{ when: { channel: ['PJSIP/101-00000001', 'x'], channel_peer: 'PJSIP/101' }, set }]],
    [
      'beginnings that go together',
      [{ when: { channel: { prefix: 'PJSIP/10' }, channel_peer: { prefix: 'PJSIP/' } }, set }],
    ],
    ['no channel and no peer', [{ when: { channel: '', channel_peer: '' }, set }]],
    [
      'a fact that has come since',
      [
        { when: { src: '9' }, set: { target: 'y' } },
        { when: { target: 'x' }, set: { company: 'a' } },
        { set: { company: '{target}' } },
        { when: { dst: '1' }, set: { target: 'x' } },
        { when: { target: 'x' }, set },
        { set: { company: '{target}' } },
      ],
    ],
    ['a group with the name of a field', [{ set: { company: '{src}' } }, { ...ofGroup, set: { company: '{src}' } }]],
    [
      'a field that may be empty where it is asked for',
      [{ set: ofAccount }, { when: { accountcode: ['', 'x'] }, set }],
    ],
    ['a pattern with a choice of beginnings', pair({ src: { match: '^1' } }, { src: { match: '^1|2' } })],
    ['a narrower pattern', pair({ src: { match: '^12' } }, { src: { match: '^1' } })],
    ['beginnings and ends where they belong', [{ when: { src: { match: '^$' }, dst: { match: '^a$' } }, set }]],
    ['a choice of ends', [{ when: { src: { match: 'a$|b' }, dst: { match: 'a(^b)?' } }, set }]],
    ['a month of one digit so far', [{ when: { start: { prefix: '2026-1' }, end: { prefix: '2026-12-3' } }, set }]],
    ['a template that may be empty', [{ set: { company: '{accountcode}' } }, { when: { src: '1' }, set }]],
    ['a narrower rule before a wider one', [{ when: { src: '1' }, set }, { set }]],
    ['a pattern that some texts match', pair({ src: { match: '^1' } }, { src: ['1', '2'] })],
    ['a pattern of what is there, when nothing may be', pair({ src: { match: '.*' } }, { src: '' })],
    ['all but one that begins so', pair({ src: { not: '75' } }, { src: { prefix: '7' } })],
    ['all that is there, when nothing may be', pair({ src: { not: '' } }, { src: { match: '^7?' } })],
    ['all that is there, when no text of some is asked', pair({ src: { not: '' } }, { src: { not: '5' } })],
    ['all but a text that a table may have', pair({ src: { not: '5' } }, { src: { in: 'dids' } })],
    ['all but a narrower beginning', pair({ src: { not: { prefix: '75' } } }, { src: { prefix: '7' } })],
    ['all but a wider beginning', pair({ src: { not: { prefix: '7' } } }, { src: { prefix: '75' } })],
    ['all but a range that meets it', pair({ src: { not: { from: 1, to: 5 } } }, { src: { from: 5 } })],
    ['all but a pattern', pair({ src: { not: { match: '7$' } } }, { src: { prefix: '7' } })],
    ['a table that changes', pair({ src: { in: 'dids' } }, { src: '1' })],
    ['a table that changes, turned round', pair({ src: { not: { in: 'dids' } } }, { src: '1' })],
    ['a day as the beginning of a time', [{ when: { start: { prefix: '2026-11-22' } }, set }]],
    ['a second, whose end may be a fraction', [{ when: { end: { prefix: '2026-11-22T03:15:29.5' } }, set }]],
    ['a time with its fraction', [{ when: { start: '2026-11-22T03:15:29.411497Z' }, set }]],
    ['one day of a list of which one is a time', [{ when: { end: ['2026-11-22', '2026-11-22T03:15:29Z'] }, set }]],
    ['no answer', [{ when: { answer: '', amaflags: '' }, set }]],
    ['a beginning of a number', [{ when: { duration: { prefix: '1' }, sequence: { prefix: '0' } }, set }]],
    ['a pattern of numbers', [{ when: { billsec: { match: '^[1-5]\\d*x?$' }, duration: { match: '.' } }, set }]],
    ['a pattern of times', [{ when: { start: { match: 'T0[0-6]:.+Z$' }, end: { match: '-11-22T' } }, set }]],
    ['a pattern with a choice', [{ when: { billsec: { match: 'a|1' }, duration: { match: '(x)?5' } }, set }]],
    ['a pattern with counts or flags', [{ when: { billsec: { match: 'x{0}5' }, start: { match: '(?i)t' } }, set }]],
    ['what is no number, turned round', [{ when: { billsec: { not: { match: '[a-z]' } } }, set }]],
    [
      'a number above some, or none',
      [{ when: { billsec: { not: { from: 1 } }, sequence: { not: { from: 0 } } }, set }],
    ],
    ['numbers above many', [{ when: { duration: { not: { from: 0, to: 7200 } } }, set }]],
    ['a whole time by counts', [{ when: { start: { match: '^\\d{4}-\\d\\d-\\d{2}T[\\d:]+[.\\d]*Z$' } }, set }]],
    ['words that leave one', [{ when: { disposition: { not: dispositions.slice(1) } }, set }]],
    ['the system that is', [{ when: { system: 'a' }, set }]],
    ['a fact that nobody sets, where just that is asked', [{ when: { called_ext: '' }, set }]],
    ['one of two facts', [{ set }, { when: { src: '1' }, set: { company: 'y', trunk: 'z' } }]],
    [
      'other fields',
      [
        { when: { src: '1' }, set },
        { when: { dst: '1' }, set },
      ],
    ],
    [
      'a narrower range',
      [
        { when: { src: { from: 2, to: 3 } }, set },
        { when: { src: { from: 1 } }, set },
      ],
    ],
  ])('but not after %s', (_title, rules) => {
    expect(faults(rules)).toEqual([]);
  });
  it('beside rules with other faults, which count as if they were mended', () => {
    const rules = [
      { when: { chanel: 'x' }, set: { caller_kind: 'app' } },
      { when: { caller_kind: 'app' }, set },
      { when: { src: [] }, set: { target: 'x' } },
    ];
    expect(faults(rules).map((fault) => fault.replace(/: .*/, ''))).toEqual([
      'systems[0].rules[0].when.chanel',
      'systems[0].rules[2]',
    ]);
  });

  it('and a shared rule only when no system lets it live', () => {
    const shared = [{ when: { src: '1' }, set }];
    const system = (name: string, rules: unknown[]) => ({ name, preset: 'none', rules });
    const complaints = (...systems: object[]) => rulebookOf({ systems, rules: shared }).complaints;
    expect(complaints(system('a', [{ set }]), system('b', []))).toEqual([]);
    expect(complaints(system('a', [{ set }]), system('b', [{ set }]))).toHaveLength(1);
  });

  describe('and a shared rule that asks for what the rules of a system set', () => {
    const plain = { name: 's1', preset: 'plain' };
    const none = { name: 's2', preset: 'none' };
    const ofKind = { when: { caller_kind: 'extension' }, set: { trunk: 't-{src}' } };
    const told = (rules: unknown[], ...systems: object[]) =>
      rulebookOf({ systems, rules }).complaints.map(([at, message]) => `${pathText(at)}: ${message}`);
    const unset = 'rules[0].when.caller_kind: can never hit: no rule before this one sets caller_kind';
    it('only where none of the systems that it is for has them', () => {
      expect(told([ofKind], plain, none)).toEqual([]);
      expect(told([{ set: { company: 'c-{caller_ext}' } }], none, plain)).toEqual([]);
      expect(told([ofKind], none, { ...none, name: 's3' })).toEqual([unset]);
      const of = (system: unknown) => [{ ...ofKind, when: { ...ofKind.when, system } }];
      expect(told(of('s1'), plain, none)).toEqual([]);
      expect(told(of('s2'), plain, none)).toEqual([`${unset} (system s2)`]);
      expect(told(of('s2'), none, { ...none, name: 's3' })).toEqual([`${unset} (system s2)`]);
      expect(told(of({ not: 's1' }), none, plain, { ...none, name: 's3' })).toEqual([`${unset} (system s2, s3)`]);
      expect(told(of({ in: 'companies' }), plain, none)).toEqual([]);
    });
    it('and with the reason of each system, where they differ', () => {
      const before = { name: 'all', set: { caller_kind: 'app', trunk: 'x' } };
      expect(told([ofKind], { ...plain, rules: [before] }, none)).toEqual([
        'rules[0]: can never hit: "all" before it has set trunk wherever this one would (system s1)',
        `${unset} (system s2)`,
      ]);
    });
    it('never for two of its facts of which each system lets one live', () => {
      const both = { when: { src: '1' }, set: { caller_ext: '9', trunk: 'x' } };
      const having = (name: string, set: object) => ({ ...none, name, rules: [{ set }] });
      const [ext, trunk] = [having('s1', { caller_ext: '8' }), having('s2', { trunk: 'y' })];
      expect(told([both], ext, trunk)).toEqual([]);
      const whys = [0, 1].map((at) => `"systems[${at}].rules[0]" before it has set caller_ext wherever this one would`);
      expect(told([both], ext, { ...ext, name: 's3' })).toEqual([
        `rules[0]: can never hit: ${whys[0]} (system s1); ${whys[1]} (system s3)`,
      ]);
      const many = Array.from({ length: 5 }, (_, at) => ({ ...ext, name: `many${at}` }));
      expect(told([both], ...many)[0]).toMatch(/\(system many2\); and 2 more reasons in other systems$/);
    });
    it('not while the rules of another system cannot be judged', () => {
      expect(told([ofKind], none, { ...plain, extension_pattern: '(' })).toEqual([
        expect.stringContaining('systems[1].extension_pattern'),
      ]);
    });
    it('in a system of its own as before, and beside other faults of the rule', () => {
      const rules = [{ when: { chanel: 'x', caller_kind: 'app' }, set: { company: '{called_ext}' } }];
      expect(told([], plain, { ...none, rules }).map((fault) => fault.replace(/: .*/, ''))).toEqual([
        'systems[1].rules[0].when.chanel',
        'systems[1].rules[0].when.caller_kind',
        'systems[1].rules[0].set.company',
      ]);
    });
  });
});

it('whatever stands where rules should, is told and never thrown', () => {
  const value = fc.oneof(
    fc.jsonValue(),
    fc.array(fc.record({ name: fc.jsonValue(), when: fc.jsonValue(), set: fc.jsonValue() }, { requiredKeys: [] })),
  );
  fc.assert(
    fc.property(value, value, value, (rules, shared, lookups) => {
      expect(Array.isArray(rulebookOf({ systems: [{ name: 'a', rules }], rules: shared, lookups }).complaints)).toBe(
        true,
      );
    }),
    { numRuns: 300 },
  );
});

test('a literal beginning, told apart before the pattern is asked, changes no answer', () => {
  const sources = [
    '^ab',
    '^ab*c',
    '^a|b',
    '^PJSIP/(x|y)',
    '^ab?',
    '^a{2}',
    'ab',
    '^(ab|cd)',
    '^a[b|c]',
    '^ab|cd',
    '^a\\|b',
    '^\\d',
    '^a(b)|c',
  ];
  const text = fc
    .array(fc.constantFrom('a', 'b', 'c', 'd', '|', 'x', 'PJSIP/', '1'), { maxLength: 6 })
    .map((parts) => parts.join(''));
  fc.assert(
    fc.property(fc.constantFrom(...sources), text, (source, given) => {
      expect(new Pattern(source, false).find(given) !== null).toBe(new RegExp(source).test(given));
    }),
    { numRuns: 3000 },
  );
});

it('rules are of the systems that are configured and of no other: without one they are only judged', () => {
  expect([...rulebookOf({ systems: [] }).systems.keys()]).toEqual([]);
  expect([...rulebookOf({ systems: [{ name: 'a' }, {}] }).systems.keys()]).toEqual(['a']);
  expect(rulebookOf({ systems: [], rules: [{ unknown: 1 }] }).complaints).not.toEqual([]);
});
