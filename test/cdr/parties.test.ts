// What Dial was told of the channel that a record names, and the number of party B that it sent there.
import { describe, expect, it } from 'vitest';
import { calledOf, dialledOf } from '../../src/cdr/parties.ts';
import { cdrOf } from './rows.ts';

describe('of what Dial was told, a channel has', () => {
  it.each([
    ['all of it, where that is one target', '', 'PJSIP/999@telco,30', 'PJSIP/999@telco'],
    ['the target of its device', 'SIP/telco-0000002a', 'SIP/101&SIP/telco/0199', 'SIP/telco/0199'],
    ['as technologies are written in any case', 'SIP/telco-0000002a', 'SIP/101&sip/0199@telco', 'sip/0199@telco'],
    ['the phone', 'PJSIP/101-0000002a', 'PJSIP/101/sip:101@192.0.2.7&PJSIP/0199@telco', 'PJSIP/101/sip:101@192.0.2.7'],
    ['both, where two are of its device', 'PJSIP/t-0000002a', 'PJSIP/1@t&PJSIP/101&PJSIP/2@t', 'PJSIP/1@t&PJSIP/2@t'],
    ['none, where none is', 'PJSIP/102-0000002a', 'PJSIP/101&PJSIP/0199@telco', null],
    ['none of another technology', 'PJSIP/telco-0000002a', 'PJSIP/101&Local/0199@telco', null],
    ['none without a channel', '', 'PJSIP/101&PJSIP/0199@telco', null],
    ['none of nothing', 'PJSIP/101-0000002a', null, null],
  ])('%s', (_title, dstchannel, lastdata, expected) => {
    expect(dialledOf({ dstchannel, lastdata })).toBe(expected);
  });
});

it('party B is the number that was sent to its device, in whichever place of a list', () => {
  const numberOf = (dstchannel: string, lastdata: string) =>
    calledOf({ ...cdrOf({ dst: '610', dstchannel, lastdata }), extension: null, peerExtension: null, direction: null })
      ?.number;
  expect(numberOf('PJSIP/telco-0000002a', 'PJSIP/101&PJSIP/0199@telco,10')).toBe('0199');
  expect(numberOf('SIP/telco-0000002a', 'sip/telco/0199&SIP/101')).toBe('0199');
  expect(numberOf('PJSIP/telco-0000002a', 'Local/0199@telco&PJSIP/101')).toBe('610');
});

it('of several numbers that Dial sent down one line one record alone tells none, though 610 was dialled', () => {
  const lastdata = 'PJSIP/101&PJSIP/0198@telco&PJSIP/0199@telco,10';
  const cdr = cdrOf({ dst: '610', dstchannel: 'PJSIP/telco-0000002a', lastdata });
  const party = calledOf({ ...cdr, extension: '610', peerExtension: null, direction: 'inbound' });
  expect(party).toEqual({ number: null, isInside: false });
});

it.each(['IAX2/user@telco/07700900118,30', 'IAX2/user:secret@telco/07700900118'])(
  'the number behind a user and a peer is that of party B: %s',
  (lastdata) => {
    const cdr = cdrOf({ dst: '600', dstchannel: 'IAX2/telco-1234', lastdata });
    const party = calledOf({ ...cdr, extension: '600', peerExtension: null, direction: null });
    expect(party).toEqual({ number: '07700900118', isInside: false });
  },
);
