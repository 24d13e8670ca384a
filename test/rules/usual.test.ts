// What a system gets that says nothing of rules: the preset pjsip-prefix.
import { describe, expect, test } from 'vitest';
import type { Cdr } from '../../src/cdr/cdr.ts';
import { normalise } from '../../src/cdr/normalise.ts';
import { byAcctid, cdrOf } from '../cdr/rows.ts';
import { derive } from '../support/rows.ts';

const nobody = {
  ...{ accountcode: '', peeraccount: '', src: '', dst: '', channel: '', dstchannel: '', userfield: '', custom: {} },
};
const of = (changes: Partial<Cdr>) => partiesOf(cdrOf({ ...nobody, ...changes }));

const directionOf = (changes: Partial<Cdr>) => derive(cdrOf({ ...nobody, ...changes })).direction;

function partiesOf(cdr: Cdr) {
  const { company, target, extension, peerExtension } = derive(cdr);
  return { company, target, extension, peerExtension };
}

describe('the sample calls', () => {
  test.each([
    // An internal call, the queue call of the same phone, an outbound and an inbound one over the trunk.
    [81, { company: 'acme', target: 'acme', extension: '101', peerExtension: '102' }],
    [57, { company: 'acme', target: null, extension: '101', peerExtension: '600' }],
    [73, { company: 'acme', target: 'acme', extension: '102', peerExtension: null }],
    [86, { company: 'acme', target: 'acme', extension: '101', peerExtension: null }],
    // A Local channel: parties by src and dst.
    [64, { company: 'ACME', target: 'ACME', extension: '101', peerExtension: '110' }],
  ])('acctid %i', (acctid, facts) => {
    expect(partiesOf(normalise(byAcctid(acctid), 'pbx1'))).toEqual(facts);
  });

  test('their userfield brings the properties', () => {
    const { properties } = derive(normalise(byAcctid(56), 'pbx1'));
    expect(properties).toEqual({ src_ext: '101', dial_short: '101', dial_full: '101' });
  });
});

describe('the company is', () => {
  const channel = 'PJSIP/acme-101-00000004';
  const dstchannel = 'PJSIP/umbrella-201-00000005';
  test('the property, before the account code, before the channel', () => {
    const custom = { company: 'property' };
    expect(of({ custom, accountcode: 'account', channel }).company).toBe('property');
    expect(of({ accountcode: 'account', channel }).company).toBe('account');
    expect(of({ channel }).company).toBe('acme');
    expect(of({}).company).toBeNull();
  });
  test('and so for the called one', () => {
    const custom = { target: 'property' };
    expect(of({ custom, peeraccount: 'account', dstchannel }).target).toBe('property');
    expect(of({ peeraccount: 'account', dstchannel }).target).toBe('account');
    expect(of({ dstchannel }).target).toBe('umbrella');
  });
  test.each(['>123', ' >123', '>'])("not IPCortex's pointer %j to another account", (accountcode) => {
    expect(of({ accountcode, channel }).company).toBe('acme');
    expect(of({ accountcode }).company).toBeNull();
  });
  test('written as it came, without spaces around it', () =>
    expect(of({ accountcode: ' ACME ' }).company).toBe('ACME'));
  test('never a text of white space, nor one too long for a handle', () => {
    expect(of({ accountcode: '  ', custom: { company: 'x'.repeat(256) } }).company).toBeNull();
    expect(of({ custom: { company: 'x'.repeat(255) } }).company).toHaveLength(255);
  });
});

describe('the name of a channel', () => {
  test.each([
    ['PJSIP/acme-101-00000004', 'acme', '101'],
    ['SIP/acme_2-4021-0000abcd', 'acme_2', '4021'],
    ['IAX2/101-00000004', null, '101'],
    ['SCCP/123456-00000004', null, '123456'],
    ['PJSIP/trunk-telco-00000007', null, null],
    ['PJSIP/Anveo-0000000a', null, null],
    ['PJSIP/4412345678-0000000a', null, null],
    ['Local/101@internal-00000001;1', null, null],
    ['DAHDI/i1/101-1', null, null],
    ['PJSIP/101-0000000G', null, null],
    ['AsyncGoto/PJSIP/acme-101-00000004', null, null],
  ])('reads %s as company %j, extension %j', (channel, company, extension) => {
    expect(of({ channel })).toMatchObject({ company, extension });
  });
});

describe('the extension is the local party', () => {
  const [phone, trunk] = ['PJSIP/102-0000000a', 'PJSIP/telco-0000000b'];
  test('the source of an outbound record', () => {
    const facts = of({ channel: phone, dstchannel: trunk, src: '441632960100', dst: '015551234567' });
    expect(facts).toMatchObject({ extension: '102', peerExtension: null });
  });
  test('the answering phone of an inbound record, else the number that was called', () => {
    const inbound = { channel: trunk, src: '+441632960111', dst: '600' };
    expect(of({ ...inbound, dstchannel: phone })).toMatchObject({ extension: '102', peerExtension: null });
    expect(of(inbound)).toMatchObject({ extension: '600', peerExtension: null });
  });
  test('the caller of an internal record, and the other one is the peer', () => {
    const facts = of({ channel: 'PJSIP/101-0000000a', dstchannel: phone, src: '101', dst: '102' });
    expect(facts).toMatchObject({ extension: '101', peerExtension: '102' });
  });
  test("never the outside number that IPCortex's src_ext shows of an inbound record", () => {
    const custom = { src_ext: '+441632960111' };
    expect(of({ custom, channel: trunk, dstchannel: phone })).toMatchObject({ extension: '102' });
    expect(of({ custom: { src_ext: '4021' }, channel: phone })).toMatchObject({ extension: '4021' });
  });
  test('by src and dst when both channels are Local', () => {
    const locals = { channel: 'Local/102@from-queue-00000001;2', dstchannel: 'Local/103@x-00000002;1' };
    expect(of({ ...locals, src: '101', dst: '103' })).toMatchObject({ extension: '101', peerExtension: '103' });
  });
  test('unknown between two outside numbers', () => {
    const facts = of({ channel: trunk, dstchannel: trunk, src: '+441632960111', dst: '+441632960112' });
    expect(facts).toMatchObject({ extension: null, peerExtension: null });
  });
});

describe('the direction', () => {
  const [phone, other] = ['PJSIP/102-0000000a', 'PJSIP/103-0000000c'];
  const [trunk, trunk2] = ['PJSIP/telco-0000000b', 'DAHDI/i1/0044-1'];
  const [inside, outside] = ['102', '+441632960111'];
  test.each([
    ['internal', { channel: phone, dstchannel: other, src: inside, dst: '103' }],
    ['internal', { channel: phone, src: inside, dst: '600' }],
    ['outbound', { channel: phone, dstchannel: trunk, src: outside, dst: outside }],
    ['outbound', { channel: phone, src: inside, dst: outside }],
    ['outbound', { channel: 'Local/102@x-00000001;1', dstchannel: trunk, src: inside, dst: '' }],
    ['inbound', { channel: trunk, dstchannel: phone, src: outside, dst: outside }],
    ['inbound', { channel: trunk, src: '', dst: '600' }],
    ['inbound', { channel: 'Local/600@q-00000001;2', dstchannel: phone, src: outside, dst: '600' }],
    ['transit', { channel: trunk, dstchannel: trunk2, src: outside, dst: outside }],
  ])('is %s of %j', (direction, cdr) => {
    expect(directionOf(cdr)).toBe(direction);
  });
  test('of a call that came over a trunk and met nobody is inbound, whatever number was called', () => {
    expect(directionOf({ channel: trunk, src: outside, dst: outside })).toBe('inbound');
    expect(directionOf({ channel: trunk, src: '', dst: 's' })).toBe('inbound');
    // A NULL of a table says no more than an empty text.
    expect(directionOf({ channel: trunk, dstchannel: null, src: outside, dst: outside })).toBe('inbound');
  });
  test('is unknown where the side of a party is', () => {
    expect(directionOf({ channel: phone, src: inside, dst: '*97' })).toBeNull();
    expect(directionOf({ channel: 'Local/s@x-00000001;1', src: '', dst: inside })).toBeNull();
    expect(directionOf({})).toBeNull();
  });
});

test('a record that knows nothing but itself is nobody’s', () => {
  const nothing = Object.fromEntries(Object.keys(nobody).map((name) => [name, name === 'custom' ? {} : null]));
  expect(of(nothing as Partial<Cdr>)).toEqual({ company: null, target: null, extension: null, peerExtension: null });
});
