// Transfers: by the phone (REFER), by keys during the call, by an operator's program (AMI).
import { answers, call, later, refuses, rings, stays, talks } from '../scenario.ts';
import type { Scenario } from '../scenario.ts';

const CUSTOMER = '2125550150';

export const blind = (number: string): string => `Transfer(sip:${number}@\${PBX})`;
/** The digits after a pause: the PBX says "transfer" first. */
export const keys = (feature: string, number: string): string[] => [
  `SendDTMF(${feature})`,
  'Wait(2)',
  `SendDTMF(${number})`,
];

/** The second call of a phone tells its name, so that the first one can be sent into its place. */
export const consults = [
  'Set(ID=${CHANNEL(pjsip,call-id)})',
  'Set(GLOBAL(REPLACES)=${ID}%3Bto-tag%3D${CHANNEL(pjsip,remote_tag)}%3Bfrom-tag%3D${CHANNEL(pjsip,local_tag)})',
  stays,
];
export const replaces = (number: string): string => `Transfer(sip:${number}@\${PBX}?Replaces=\${REPLACES})`;

export const transfers: readonly Scenario[] = [
  {
    name: 'blind-transfer-by-callee',
    phones: { '102': answers(2, talks(3), blind('103')), '103': answers(2, talks(4)) },
    acts: [call('101', '102', [stays])],
    alsoWithout: true,
  },
  {
    name: 'blind-transfer-by-keys',
    phones: { '101': answers(2, talks(2), ...keys('#1', '102'), stays), '102': answers(2, talks(4)) },
    acts: [call(CUSTOMER, '+442079460101', [stays])],
  },
  {
    name: 'blind-transfer-by-caller',
    phones: { '2125550123': answers(2, stays), '102': answers(2, talks(4)) },
    acts: [call('101', '92125550123', [talks(3), blind('102')])],
  },
  {
    name: 'blind-transfer-no-answer',
    phones: { '102': answers(2, talks(3), blind('103')), '103': rings },
    acts: [call('101', '102', [stays])],
    alsoWithout: true,
  },
  {
    name: 'blind-transfer-to-busy',
    phones: { '101': answers(2, talks(3), blind('102')), '102': refuses(0, 17) },
    acts: [call(CUSTOMER, '+442079460101', [stays])],
  },
  {
    name: 'blind-transfer-twice',
    phones: {
      '101': answers(2, talks(3), blind('102')),
      '102': answers(2, talks(3), blind('103')),
      '103': answers(1, talks(4)),
    },
    acts: [call(CUSTOMER, '+442079460101', [stays])],
  },
  {
    name: 'blind-transfer-there-and-back',
    phones: {
      '101': [answers(2, talks(3), blind('102')), answers(1, talks(3))],
      '102': answers(2, talks(3), blind('101')),
    },
    acts: [call(CUSTOMER, '+442079460101', [stays])],
  },
  {
    name: 'blind-transfer-to-outside',
    phones: { '101': answers(2, talks(3), blind('92125550123')), '2125550123': answers(2, talks(4)) },
    acts: [call(CUSTOMER, '+442079460101', [stays])],
  },
  {
    name: 'blind-transfer-to-queue',
    phones: {
      '101': [answers(2, talks(3), blind('600')), rings],
      '102': answers(3, talks(4)),
      '103': rings,
    },
    acts: [call(CUSTOMER, '+442079460101', [stays])],
    alsoWithout: true,
  },
  {
    name: 'blind-transfer-to-voicemail',
    phones: { '101': answers(2, talks(3), blind('106')), '106': rings },
    acts: [call(CUSTOMER, '+442079460101', [talks(13)])],
  },
  {
    name: 'transfer-by-operator',
    phones: { '101': answers(2, stays), '103': answers(2, talks(4)) },
    acts: [
      call(CUSTOMER, '+442079460101', [stays]),
      {
        at: 6,
        pbx: (channels) => ({
          Action: 'Redirect',
          Channel: channels.find((name) => name.startsWith('PJSIP/trunk1-')) ?? '',
          Context: 'internal',
          Exten: '103',
          Priority: '1',
        }),
      },
    ],
  },
  {
    name: 'attended-transfer-caller-hangs-up-first',
    phones: { '102': answers(2, talks(8), replaces('103')), '103': answers(2, stays) },
    acts: [call('101', '102', [talks(13)]), later(4, '102', '103', consults)],
    alsoWithout: true,
  },
  {
    name: 'attended-transfer-target-hangs-up-first',
    phones: { '102': answers(2, talks(8), replaces('103')), '103': answers(2, talks(9)) },
    acts: [call('101', '102', [stays]), later(4, '102', '103', consults)],
  },
  {
    name: 'attended-transfer-of-inbound',
    phones: { '101': answers(2, talks(8), replaces('102')), '102': answers(2, talks(9)) },
    acts: [call(CUSTOMER, '+442079460101', [stays]), later(4, '101', '102', consults)],
  },
  {
    name: 'attended-transfer-by-caller',
    phones: { '2125550123': answers(2, stays), '102': answers(2, talks(9)) },
    acts: [call('101', '92125550123', [talks(8), replaces('102')]), later(4, '101', '102', consults)],
  },
  {
    name: 'attended-transfer-to-outside',
    phones: { '101': answers(2, talks(8), replaces('92125550123')), '2125550123': answers(2, talks(9)) },
    acts: [call('103', '101', [stays]), later(4, '101', '92125550123', consults)],
  },
  {
    name: 'attended-transfer-by-keys-transferrer-hangs-up-first',
    phones: {
      '102': answers(2, talks(2), ...keys('*2', '103'), talks(6)),
      '103': answers(2, talks(9)),
    },
    acts: [call('101', '102', [stays])],
    alsoWithout: true,
  },
  {
    name: 'attended-transfer-by-keys-target-hangs-up-first',
    phones: {
      '102': answers(2, talks(2), ...keys('*2', '103'), talks(9)),
      '103': answers(2, talks(3)),
    },
    acts: [call('101', '102', [stays])],
  },
  {
    name: 'attended-transfer-by-keys-while-ringing',
    phones: {
      '102': answers(2, talks(2), ...keys('*2', '103'), talks(2)),
      '103': answers(4, talks(4)),
    },
    acts: [call('101', '102', [stays])],
    alsoWithout: true,
  },
  {
    name: 'attended-transfer-by-keys-target-does-not-answer',
    phones: { '102': answers(2, talks(2), ...keys('*2', '103'), talks(12)), '103': rings },
    acts: [call('101', '102', [stays])],
  },
  {
    name: 'attended-transfer-by-keys-caller-hangs-up-during-consultation',
    phones: { '102': answers(2, talks(2), ...keys('*2', '103'), talks(9)), '103': answers(2, stays) },
    acts: [call('101', '102', [talks(9)])],
  },
];
