// Scenarios against captured calls, and what a real Asterisk's rules say of the rest.
import { describe, expect, it } from 'vitest';
import { dialExtension, dialTrunk, ivrCall, originatedCall, queueCall } from '../../src/simulator/calls.ts';
import { openIds, type Ids } from '../../src/simulator/ids.ts';
import { clidOf, type Party } from '../../src/simulator/leg.ts';
import { amiEvent, type PbxRecord } from '../../src/simulator/record.ts';
import { attendedTransfer, blindTransfer, voicemailCall } from '../../src/simulator/reroutes.ts';
import { captureEvents, captureMappings } from './capture.ts';

const acme = { accountcode: 'acme', context: 'acme-internal' };
const alice: Party = { ...acme, endpoint: 'acme-101', number: '101', name: 'Alice' };
const bob: Party = { ...acme, endpoint: 'acme-102', number: '102', name: 'Bob' };
const zoe: Party = { ...acme, endpoint: 'acme-103', number: '103', name: 'Zoë' };
const outside: Party = { ...acme, endpoint: 'trunk-telco', number: '+441632960111', name: 'Caller' };

const bytes = (records: PbxRecord[]): string[] =>
  records.map((record) => amiEvent(record, { timezone: 'UTC', mappings: captureMappings }));
/** The captured events with these sequence numbers, in that order. */
const captured = (...sequences: number[]): (string | undefined)[] =>
  sequences.map((sequence) => captureEvents.find((event) => event.includes(`\r\nSequence: ${sequence}\r\n`)));

/** Counters that jump where other calls of the capture took numbers in between. */
function jumping(ids: Ids, jumps: { sequence?: number[]; pjsip?: string[] }): Ids {
  return {
    ...ids,
    sequence: () => jumps.sequence?.shift() ?? ids.sequence(),
    pjsip: (endpoint) => jumps.pjsip?.shift() ?? ids.pjsip(endpoint),
  };
}

describe('scenarios with the clock, ids and numbers of the capture give its bytes', () => {
  it('internal call, answered for two seconds', () => {
    const times = { start: 1795317329509170, answer: 1795317329512426, end: 1795317331519353 };
    const ids = openIds({ uniqueid: 11, sequence: 7, pjsip: 5 });
    const records = dialExtension(ids, { caller: alice, callee: bob, times, timeoutSeconds: 10 });
    expect(bytes(records)).toEqual(captured(7));
  });

  it('outbound call through a trunk', () => {
    const times = { start: 1795317329525222, answer: 1795317329529199, end: 1795317330538334 };
    const records = dialTrunk(openIds({ uniqueid: 17, sequence: 13, pjsip: 9 }), {
      caller: { ...bob, number: '441908276650' },
      dialled: '915551234567',
      number: '15551234567',
      trunk: 'trunk-telco',
      timeoutSeconds: 20,
      times,
    });
    expect(bytes(records)).toEqual(captured(13));
  });

  it('inbound call whose company the dialplan set', () => {
    const times = { start: 1795317329517782, answer: 1795317329518652, end: 1795317334527866 };
    const ids = jumping(openIds({ uniqueid: 13, sequence: 9 }), {
      pjsip: ['PJSIP/trunk-telco-00000007', 'PJSIP/acme-101-0000000b'],
    });
    const variables = { company: 'acme' };
    const records = dialExtension(ids, { caller: outside, callee: alice, times, timeoutSeconds: 10, variables });
    expect(bytes(records)).toEqual(captured(9));
  });

  it('originated Local call that forked its record', () => {
    const far = { start: 1795317329636168, answer: 1795317329636540, end: 1795317330337690 };
    const near = { start: 1795317329636105, answer: 1795317329636740, end: 1795317330337820 };
    const records = originatedCall(jumping(openIds({ uniqueid: 54, local: 0x11 }), { sequence: [46, 47, 52] }), {
      caller: { endpoint: '', number: '101', name: 'Alice A', accountcode: 'ACME', context: 'internal' },
      exten: '150',
      near: { times: near, lastapp: 'Wait', lastdata: '2' },
      far: { times: far, lastapp: 'Hangup', lastdata: '' },
      fork: true,
    });
    expect(bytes(records)).toEqual(captured(47, 52, 46));
  });
});

describe('scenarios that leave several records', () => {
  const times = { start: 1_800_000_000_000_000, answer: 1_800_000_010_000_000, end: 1_800_000_070_000_000 };
  const after = (seconds: number): number => times.start + seconds * 1e6;
  const shape = (records: PbxRecord[]): unknown[] =>
    records.map(({ uniqueid, linkedid, sequence, dst, dstchannel, lastapp, disposition }) =>
      [uniqueid, linkedid, sequence, dst, dstchannel, lastapp, disposition].join(' '),
    );

  it('queue: one record per member that rang, numbered after the members’ own channels', () => {
    const records = queueCall(openIds(), {
      caller: outside,
      queue: { name: 'support', number: '600' },
      members: [alice, bob, zoe],
      ring: after(1),
      winner: 1,
      times,
    });
    expect(shape(records)).toEqual([
      '1800000000.0 1800000000.0 0 600 PJSIP/acme-101-00000001 Queue NO ANSWER',
      '1800000000.0 1800000000.0 4 600 PJSIP/acme-102-00000002 Queue ANSWERED',
      '1800000000.0 1800000000.0 5 600 PJSIP/acme-103-00000003 Queue NO ANSWER',
    ]);
    expect(records.map((record) => record.end)).toEqual([times.answer, times.end, times.answer]);
  });

  it('voicemail: a missed leg and an answered one without party B', () => {
    const call = { caller: outside, callee: bob, givenUp: after(9), mailbox: '102@acme', times };
    const records = voicemailCall(openIds(), call);
    expect(shape(records)).toEqual([
      '1800000000.0 1800000000.0 0 102 PJSIP/acme-102-00000001 Dial NO ANSWER',
      '1800000000.0 1800000000.0 2 102  VoiceMail ANSWERED',
    ]);
    expect(records.map((record) => record.start)).toEqual([times.start, after(9)]);
  });

  it('blind transfer: the same channel twice, the second answered from its start', () => {
    const records = blindTransfer(openIds(), {
      caller: outside,
      callee: alice,
      target: bob,
      transferred: after(30),
      times,
    });
    expect(shape(records)).toEqual([
      '1800000000.0 1800000000.0 0 101 PJSIP/acme-101-00000001 Dial ANSWERED',
      '1800000000.0 1800000000.0 3 102 PJSIP/acme-102-00000002 Dial ANSWERED',
    ]);
    expect(records[0]?.end).toBe(records[1]?.start);
  });

  it('attended transfer: the question first, with a linkedid of its own', () => {
    const records = attendedTransfer(openIds(), {
      caller: outside,
      callee: alice,
      target: bob,
      asked: after(20),
      agreed: after(24),
      transferred: after(30),
      variables: { company: 'acme', did: '+441632960100' },
      times,
    });
    expect(shape(records)).toEqual([
      '1800000020.2 1800000020.2 2 102 PJSIP/acme-102-00000003 Dial ANSWERED',
      '1800000000.0 1800000000.0 0 101 PJSIP/acme-101-00000001 Dial ANSWERED',
      '1800000000.0 1800000000.0 4 101 PJSIP/acme-102-00000003 Dial ANSWERED',
    ]);
    expect(records.map((record) => record.variables['did'])).toEqual([undefined, '+441632960100', '+441632960100']);
  });

  it('IVR: one record, with the menu when the caller gives up in it, else with the extension', () => {
    const menu = { name: 'acme-welcome', number: '500', context: 'acme-ivr' };
    const call = { caller: outside, menu, chosen: after(15), times };
    expect(shape(ivrCall(openIds(), { ...call, callee: null }))).toEqual([
      '1800000000.0 1800000000.0 0 500  BackGround ANSWERED',
    ]);
    expect(shape(ivrCall(openIds(), { ...call, callee: bob }))).toEqual([
      '1800000000.0 1800000000.0 0 102 PJSIP/acme-102-00000001 Dial ANSWERED',
    ]);
  });
});

describe('clidOf', () => {
  it('escapes quotes and backslashes of the name as the capture has them', () => {
    expect(clidOf({ name: 'Zoë "the Boss" <Müller>', number: '101' })).toBe('"Zoë \\"the Boss\\" <Müller>" <101>');
    expect(captureEvents.join('')).toContain(
      `CallerID: ${clidOf({ name: 'Zoë "the Boss" <Müller>', number: '101' })}\r\n`,
    );
  });

  it('is the bare number when there is no name', () => {
    expect(clidOf({ name: '', number: '+447700900118' })).toBe('+447700900118');
  });
});
