// What is in the store of every file of golden pairs: two companies, their people, and records of every disposition and direction.
import type { RawValue } from '../../../src/cdr/normalise.ts';
import { byCommand } from '../../../src/store/audit.ts';
import { addUser, password } from '../people.ts';
import { adminToken, type House } from '../support.ts';
import type { Known } from './pairs.ts';

const tokens = {
  acme: { secret: 'token-of-acme-that-writes', scope: 'write', companies: ['acme'] },
  acmeread: { secret: 'token-of-acme-that-reads', scope: 'read', companies: ['acme'] },
  globex: { secret: 'token-of-globex-that-reads', scope: 'read', companies: ['globex'] },
} as const;

/** A record that begins at this time of 2026-11-20, UTC, and ends `duration` seconds later; answered `billsec` seconds before its end. */
function call(
  clock: string,
  duration: number,
  billsec: number,
  more: Record<string, RawValue>,
): Record<string, RawValue> {
  const start = Date.parse(`2026-11-20T${clock}Z`);
  const at = (seconds: number) => new Date(start + seconds * 1000).toISOString();
  return {
    ...{ start: at(0), answer: billsec > 0 ? at(duration - billsec) : null, end: at(duration), duration, billsec },
    ...{ disposition: 'ANSWERED', amaflags: 3, dcontext: 'office', lastapp: 'Dial', lastdata: '' },
    ...more,
  };
}

/** In the order of their ids, from 1. */
export const worldRecords: readonly Record<string, RawValue>[] = [
  call('09:00:00', 60, 55, {
    ...{ uniqueid: '1795165200.1', sequence: 1, linkedid: '1795165200.1', accountcode: 'acme' },
    ...{ clid: '"Ann" <101>', src: '101', dst: '442079460000', channel: 'PJSIP/101-00000001' },
    ...{ dstchannel: 'PJSIP/telco-00000002', lastdata: 'PJSIP/442079460000@telco', userfield: 'order 7' },
  }),
  call('09:10:00', 45, 30, {
    ...{ uniqueid: '1795165800.3', sequence: 2, linkedid: '1795165800.3', peeraccount: 'acme' },
    ...{ clid: '"Zoë" <441632960001>', src: '441632960001', dst: '101', channel: 'PJSIP/telco-00000003' },
    ...{
      dstchannel: 'PJSIP/101-00000004',
      dcontext: 'from-telco',
      lastdata: 'PJSIP/101',
      custom: { did: '441632960100' },
    },
  }),
  call('09:20:00', 20, 0, {
    ...{ uniqueid: '1795166400.5', sequence: 3, linkedid: '1795166400.5', peeraccount: 'acme' },
    ...{ clid: '441632960002', src: '441632960002', dst: '102', channel: 'PJSIP/telco-00000005' },
    ...{ dstchannel: 'PJSIP/102-00000006', dcontext: 'from-telco', lastdata: 'PJSIP/102', disposition: 'NO ANSWER' },
  }),
  call('09:30:00', 3, 0, {
    ...{ uniqueid: '1795167000.7', sequence: 4, linkedid: '1795167000.7', accountcode: 'acme', peeraccount: 'acme' },
    ...{ clid: '"Ann" <101>', src: '101', dst: '102', channel: 'PJSIP/101-00000007' },
    ...{ dstchannel: 'PJSIP/102-00000008', lastdata: 'PJSIP/102', disposition: 'BUSY' },
  }),
  call('09:40:00', 1, 0, {
    ...{ uniqueid: '1795167600.9', sequence: 5, linkedid: '1795167600.9', accountcode: 'globex' },
    ...{ clid: '"Gil" <201>', src: '201', dst: '33142278186', channel: 'PJSIP/201-00000009' },
    ...{ dstchannel: 'PJSIP/telco-0000000a', lastdata: 'PJSIP/33142278186@telco', disposition: 'FAILED' },
  }),
  call('09:50:00', 2, 0, {
    ...{ uniqueid: '1795168200.11', sequence: 6, linkedid: '1795168200.11', accountcode: 'acme' },
    ...{ clid: '"Bob" <102>', src: '102', dst: '442079460001', channel: 'PJSIP/102-0000000b' },
    ...{ dstchannel: 'PJSIP/telco-0000000c', lastdata: 'PJSIP/442079460001@telco', disposition: 'CONGESTION' },
  }),
  call('10:00:00', 8, 0, {
    ...{ uniqueid: '1795168800.13', sequence: 7, linkedid: '1795168800.13', accountcode: 'acme' },
    ...{ clid: '"Bob" <102>', src: '102', dst: '442079460002', channel: 'PJSIP/102-0000000d' },
    ...{ dstchannel: 'PJSIP/telco-0000000e', lastdata: 'PJSIP/442079460002@telco', disposition: 'CANCEL' },
  }),
];

/** Companies 1 acme and 2 globex; extensions 1 acme 101, 2 acme 102, 3 globex 201; users root, bill (billing of acme), ann (101 of acme). */
export async function settle(house: House): Promise<Known> {
  const now = Date.now() * 1000;
  await house.store.addCompany({ handle: 'acme', name: 'Acme Ltd' }, byCommand, now);
  await house.store.addCompany({ handle: 'globex', name: null }, byCommand, now);
  for (const [company, number, name] of [
    ['acme', '101', 'Ann'],
    ['acme', '102', 'Bob'],
    ['globex', '201', null],
  ] as const) {
    await house.store.addExtension({ company, number, name }, byCommand, now);
  }
  await house.put([...worldRecords]);
  await addUser(house, 'root@example.com', { role: 'admin', companies: null });
  await addUser(house, 'bill@acme.example');
  await addUser(house, 'ann@acme.example', { role: 'user', extensions: ['101'] });
  for (const [name, { secret, scope, companies }] of Object.entries(tokens)) {
    await house.store.createToken({ name, scope, companies: [...companies] }, now, secret);
  }
  house.feed.wake();
  const secrets = Object.entries(tokens).map(([name, { secret }]): [string, string] => [name, secret]);
  return new Map([['admin', adminToken], ['password', password], ...secrets]);
}
