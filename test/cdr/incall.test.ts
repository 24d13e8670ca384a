// What records are in their call, of calls that were really made; expected by reading what happened on the phone.
import { describe, expect, it } from 'vitest';
import type { Properties, StoredCdr } from '../../src/cdr/cdr.ts';
import { groupsOf } from '../../src/cdr/groups.ts';
import { byBegin } from '../../src/cdr/legs.ts';
import { deviceOf } from '../../src/cdr/parties.ts';
import { inCallOf } from '../../src/cdr/incall.ts';
import { shownCustom, shownProperties } from '../../src/cdr/properties.ts';
import { record, stored } from './conversation.ts';
import { files, read } from './situation.ts';

const by = (extension: string): Properties => ({ xfer: extension, bill_to: extension });
const pays = (extension: string): Properties => ({ bill_to: extension });
const picked: Properties = { is_pick: true };
const bounced: Properties = { is_bounce: true };
/** With `unanswered` on and off. */
const ofBoth = (name: string, told: Record<string, Properties>) => ({ [name]: told, [`${name}-unanswered-no`]: told });

/** By file and devices; records and files that are not here have none. */
const expected: Record<string, Record<string, Properties>> = {
  'attended-transfer-by-caller': { 'trunk1>102': by('101') },
  ...ofBoth('attended-transfer-by-keys-transferrer-hangs-up-first', {
    '101>103@internal': by('102'),
    '101>103': by('102'),
  }),
  ...ofBoth('attended-transfer-by-keys-while-ringing', { '101>103@internal': by('102'), '101>103': by('102') }),
  ...ofBoth('attended-transfer-caller-hangs-up-first', { '101>103': by('102') }),
  'attended-transfer-of-inbound': { 'trunk1>102': by('101') },
  'attended-transfer-target-hangs-up-first': { '101>103': by('102') },
  'attended-transfer-to-outside': { '103>trunk1': by('101') },
  ...ofBoth('blind-transfer-by-callee', { '101>103': by('102') }),
  'blind-transfer-by-caller': { 'trunk1>102': by('101') },
  'blind-transfer-by-keys': { 'trunk1>102': by('101') },
  // The end of the dialplan, too, is of the channel that was sent on.
  ...ofBoth('blind-transfer-no-answer', { '101>103': by('102'), '101>': by('102') }),
  // 102 did take the call, and sends it back: nothing bounced.
  'blind-transfer-there-and-back': { 'trunk1>102': by('101'), 'trunk1>101 again': by('102') },
  'blind-transfer-to-busy': { 'trunk1>102': by('101'), 'trunk1>': by('101') },
  'blind-transfer-to-outside': { 'trunk1>trunk1': by('101') },
  // The queue rings 101 himself, too.
  ...ofBoth('blind-transfer-to-queue', {
    'trunk1>101 again': by('101'),
    'trunk1>102': by('101'),
    'trunk1>103': by('101'),
  }),
  'blind-transfer-to-voicemail': { 'trunk1>106': by('101'), 'trunk1>': by('101') },
  'blind-transfer-twice': { 'trunk1>102': by('101'), 'trunk1>103': by('102') },
  // In a conference nobody sends anybody on; who was sent into it is told.
  'conference-attended-transfer-into': { 'trunk1>': by('103') },
  'conference-begun-by-keys': { '101>102 again': by('102'), '101>103': by('102') },
  'conference-blind-transfer-into': { 'trunk1>': by('103') },
  'conference-blind-transfer-into-empty': { 'trunk1>101': by('103') },
  ...ofBoth('forward-by-phone', {
    '101>105@internal': pays('104'),
    '105@internal>105': pays('104'),
    '101>105': pays('104'),
  }),
  'forward-by-phone-not-answered': { 'trunk1>105@internal': pays('104'), '105@internal>105': pays('104') },
  ...ofBoth('forward-in-dialplan', {
    '101>105@internal': pays('107'),
    '105@internal>105': pays('107'),
    '101>105': pays('107'),
  }),
  'forward-to-mobile': { 'trunk1>trunk1': pays('108') },
  ...ofBoth('park-timeout-comes-back', { 'trunk1>101 again': bounced }),
  'park-timeout-not-answered': { 'trunk1>101 again': bounced },
  'pickup-from-queue': { 'trunk1>104': picked },
  'pickup-from-queue-local-members': { 'trunk1>102@from-queue': picked, '102@from-queue>104': picked },
  'pickup-from-ring-group': { 'trunk1>104': picked },
  'pickup-from-ring-group-local-channels': { '102@from-queue>105': picked, 'trunk1>102@from-queue': picked },
  ...ofBoth('pickup-of-group', { '101>103': picked }),
  ...ofBoth('pickup-of-one-phone', { 'trunk1>103': picked }),
  // An operator's program leaves what a blind transfer leaves.
  'transfer-by-operator': { 'trunk1>103': by('101') },
};

/** By both devices, `trunk1>102`; the second of the same in a call is `trunk1>102 again`, in the order of their beginning. */
function toldOf(records: readonly StoredCdr[]): Record<string, Properties> {
  const told: Record<string, Properties> = {};
  const seen = new Set<string>();
  const found = new Map(groupsOf(records).flatMap((group) => [...inCallOf(group)]));
  for (const { id, channel, dstchannel } of records.toSorted(byBegin)) {
    let name = `${deviceOf(channel!)}>${deviceOf(dstchannel!)}`;
    while (seen.has(name)) name += ' again';
    seen.add(name);
    if (found.has(id)) told[name] = found.get(id)!;
  }
  return told;
}

describe('what a record is in a real call', () => {
  it.each(files.map((file) => file.replace(/\.txt$/, '')))('is told where the other records tell it: %s', (name) => {
    // One company for all: here nobody is to be kept from anything.
    const records = read(`${name}.txt`).records.map((one) => ({ ...one, company: null, target: null }));
    expect(toldOf(records)).toEqual(expected[name] ?? {});
  });

  it('is expected of files that are there', () => {
    expect(Object.keys(expected).filter((name) => !files.includes(`${name}.txt`))).toEqual([]);
  });
});

const talk = record('101-1 > 102-2 Dial 0 2 6', { dst: '103' });
const sent = record('101-1 > 103-3 Dial 6 - 12', { disposition: 'NO ANSWER' });
const back = record('101-1 > 102-4 Dial 12 15 20');
const propertiesOf = (records: readonly StoredCdr[]) => {
  const found = inCallOf(records);
  return records.map(({ id }) => found.get(id) ?? {});
};

it('a call that was sent on, not taken, and rings who had sent it, bounces', () => {
  expect(propertiesOf(stored([talk, sent, back]))).toEqual([{}, by('102'), { ...by('102'), ...bounced }]);
  const taken = { ...sent, disposition: 'ANSWERED' as const, answer: sent.start + 1e6, billsec: 5 };
  expect(propertiesOf(stored([talk, taken, back]))).toEqual([{}, by('102'), by('103')]);
});

it('who takes back what he parked himself has not been rung', () => {
  const park = record('101-1 > . Park 6 6 12', { dst: '102' });
  const again = record('101-1 > 102-4 Dial 12 12 20', { dst: '102' });
  expect(propertiesOf(stored([talk, park, again]))).toEqual([{}, {}, {}]);
  expect(propertiesOf(stored([talk, park, { ...again, dst: 'PJSIP_102' }]))).toEqual([{}, {}, bounced]);
});

it('who joins the conference that he sent somebody to has not been rung', () => {
  const conference = { lastapp: 'ConfBridge', lastdata: '800', dst: '800' };
  const alone = record('101-1 > . ConfBridge 6 6 9', conference);
  const together = record('101-1 > 102-4 ConfBridge 9 9 20', conference);
  expect(propertiesOf(stored([talk, alone, together]))).toEqual([{}, by('102'), by('102')]);
});

it('is no number from behind a wall: each company that sees the record sees a record that tells it', () => {
  const companies = (one: StoredCdr, company: string | null, target: string | null) => ({ ...one, company, target });
  const [one, two] = stored([talk, sent]) as [StoredCdr, StoredCdr];
  const told = (first: [string | null, string | null], second: [string | null, string | null]) =>
    propertiesOf([companies(one, ...first), companies(two, ...second)])[1];
  expect(told(['acme', 'acme'], ['ACME', 'acme'])).toEqual(by('102'));
  expect(told(['acme', 'beta'], ['acme', 'beta'])).toEqual(by('102'));
  expect(told(['acme', 'acme'], ['acme', 'beta'])).toEqual({});
  expect(told([null, 'acme'], [null, 'beta'])).toEqual({});
  expect(told([null, 'acme'], [null, null])).toEqual(by('102'));
});

it('gives way to the record itself, but for what that has empty', () => {
  const inCall = { ...by('102'), ...picked };
  const bare = { custom: {}, company: 'acme', target: null };
  expect(shownProperties({ ...bare, properties: { xfer: '109', bill_to: '', trunk: 't' }, inCall })).toEqual({
    ...{ xfer: '109', bill_to: '102', trunk: 't', is_pick: true },
  });
  const properties = { trunk: 't' };
  expect(shownProperties({ ...bare, properties, inCall: {} })).toBe(properties);
});

describe('what events of channels told of others', () => {
  const custom = { ami_transferrer: '102', ami_pickup: '104', ami_ring_seconds: '2.000' };
  const properties: Properties = { ...by('102'), trunk: 't', is_pick: true };
  const inCall = (records: readonly StoredCdr[]) => inCallOf(records).get(2);
  /** Record 2 was sent on by 102 into a leg of beta; record 1 is what came before it, of these companies. */
  const told = (company: string | null, target: string | null, who: Partial<StoredCdr> = {}) => {
    const [one, two] = stored([talk, sent]) as [StoredCdr, StoredCdr];
    const said = inCall([
      { ...one, company, target, linkedid: null, dst: '9', extension: null, peerExtension: null, ...who },
      { ...two, company: 'beta', target: null, custom },
    ]);
    return said?.told;
  };

  it('may be read where the phone is in a record that each company sees', () => {
    expect(told('beta', null, { extension: '102' })).toBe('ami_transferrer');
    expect(told('acme', 'BETA', { peerExtension: '102' })).toBe('ami_transferrer');
    expect(told('beta', null, { src: '104', dst: '102' })).toBe('ami_transferrer ami_pickup');
    expect(told('acme', null, { extension: '102' })).toBeUndefined();
    expect(told('beta', null)).toBeUndefined();
  });

  it('may be read in a record that shows the number itself, as the one that was dialled, and only that number', () => {
    const [one, two] = stored([talk, sent]) as [StoredCdr, StoredCdr];
    const first = { ...one, company: 'acme', target: null, linkedid: null, dst: '9', peerExtension: '104' };
    const shown = (who: Partial<StoredCdr>) => {
      const own = { ...two, company: 'beta', target: null, extension: '201', peerExtension: null, properties, custom };
      const taken: StoredCdr = { ...own, ...who };
      const read = { ...taken, inCall: inCall([first, taken]) ?? {} };
      const { xfer, bill_to } = shownProperties(read);
      const { ami_transferrer, ami_pickup } = shownCustom(read);
      return { ami_transferrer, ami_pickup, xfer, bill_to };
    };
    const none = { ami_transferrer: undefined, ami_pickup: undefined, xfer: undefined, bill_to: undefined };
    expect(shown({ src: '9', dst: '104' })).toEqual({ ...none, ami_pickup: '104' });
    expect(shown({ src: '9', dst: '102' })).toEqual({ ...none, ami_transferrer: '102', ...by('102') });
    expect(shown({ src: '9', dst: '1020' })).toEqual(none);
    // A company that sees it has no other record of the call: the record itself is all it reads.
    expect(shown({ src: '9', dst: '102', target: 'gamma' })).toMatchObject({ ami_transferrer: '102' });
  });

  it('is shown to nobody else, with what the presets made of it; other values are', () => {
    const beta = { custom, properties, company: 'beta', target: null };
    expect(shownCustom({ ...beta, inCall: {} })).toEqual({ ami_ring_seconds: '2.000' });
    expect(shownProperties({ ...beta, inCall: {} })).toEqual({ trunk: 't', is_pick: true });
    expect(shownProperties({ ...beta, properties: { xfer: '109', bill_to: '102' }, inCall: {} })).toEqual({
      xfer: '109',
    });
    const both = { ...beta, inCall: { told: 'ami_transferrer ami_pickup' } };
    expect([shownCustom(both), shownProperties(both)]).toEqual([custom, properties]);
    expect(shownCustom({ ...beta, inCall: { told: 'ami_pickup' } })).toEqual({
      ami_ring_seconds: '2.000',
      ami_pickup: '104',
    });
    // Records of no company are read by those who are bound to none.
    expect(shownCustom({ ...beta, company: null, inCall: {} })).toBe(custom);
  });
});
