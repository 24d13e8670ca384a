// Queues, ring groups, follow-me and forwards: one number, several phones.
import { answers, call, refuses, rings, stays, talks } from '../scenario.ts';
import type { Scenario } from '../scenario.ts';

const CUSTOMER = '2125550150';

export const groups: readonly Scenario[] = [
  {
    name: 'queue-three-ring-one-answers',
    phones: { '101': rings, '102': answers(3, stays), '103': rings },
    acts: [call(CUSTOMER, '+442079460600', [talks(8)])],
    alsoWithout: true,
  },
  {
    name: 'queue-one-busy-one-answers',
    phones: { '101': refuses(0, 17), '102': rings, '103': answers(3, talks(4)) },
    acts: [call('104', '600', [stays])],
  },
  {
    name: 'queue-local-members',
    phones: { '101': answers(2, stays), '102': rings },
    acts: [call('104', '601', [talks(4)])],
    alsoWithout: true,
  },
  {
    name: 'queue-first-does-not-answer-second-does',
    phones: { '101': rings, '102': answers(1, stays) },
    acts: [call(CUSTOMER, '+442079460602', [talks(9)])],
    alsoWithout: true,
  },
  {
    name: 'queue-abandoned',
    phones: { '101': rings, '102': rings, '103': rings },
    acts: [call(CUSTOMER, '+442079460600', [talks(5)])],
    alsoWithout: true,
  },
  {
    name: 'queue-abandoned-before-any-answer',
    phones: { '101': rings, '102': rings },
    acts: [call(CUSTOMER, '+442079460601', [stays], 5)],
    alsoWithout: true,
  },
  {
    name: 'queue-times-out-to-voicemail',
    phones: { '101': rings, '102': rings, '103': rings },
    acts: [call(CUSTOMER, '+442079460603', [talks(10)])],
  },
  {
    name: 'ring-group-one-answers',
    phones: { '101': rings, '102': answers(3, stays), '103': rings },
    acts: [call('104', '610', [talks(4)])],
    alsoWithout: true,
  },
  {
    name: 'ring-group-local-channels',
    phones: { '101': answers(3, talks(4)), '102': rings },
    acts: [call(CUSTOMER, '+442079460611', [stays])],
    alsoWithout: true,
  },
  {
    name: 'ring-group-nobody-answers',
    phones: { '101': rings, '102': rings, '103': rings },
    acts: [call('104', '610', [stays])],
    alsoWithout: true,
  },
  {
    name: 'ring-group-all-busy',
    phones: { '101': refuses(0, 17), '102': refuses(0, 17), '103': refuses(1, 17) },
    acts: [call(CUSTOMER, '+442079460610', [stays])],
  },
  {
    name: 'ring-group-caller-hangs-up-while-ringing',
    phones: { '101': rings, '102': rings, '103': rings },
    acts: [call(CUSTOMER, '+442079460610', [stays], 4)],
  },
  {
    name: 'ring-group-of-mobiles-one-busy',
    phones: { '2125550123': refuses(0, 17), '2125550124': answers(3, talks(4)) },
    acts: [call('104', '612', [stays])],
    alsoWithout: true,
  },
  {
    name: 'ring-group-of-phone-and-mobiles',
    phones: { '101': rings, '2125550123': rings, '2125550124': answers(3, stays) },
    acts: [call('104', '613', [talks(4)])],
  },
  {
    name: 'ring-group-of-short-numbers-outside',
    phones: { '112': rings, '999': answers(2, talks(3)) },
    acts: [call('104', '614', [stays])],
  },
  {
    name: 'ring-group-of-mobiles-local-channels',
    phones: { '2125550123': rings, '2125550124': answers(3, talks(4)) },
    acts: [call('104', '615', [stays])],
  },
  {
    name: 'follow-me-mobile-answers',
    phones: { '101': rings, '2125550123': answers(2, stays) },
    acts: [call(CUSTOMER, '+442079460620', [talks(12)])],
    alsoWithout: true,
  },
  {
    name: 'follow-me-own-phone-answers',
    phones: { '101': answers(2, talks(4)) },
    acts: [call('104', '620', [stays])],
  },
  {
    name: 'follow-me-nobody-answers',
    phones: { '101': rings, '2125550123': rings },
    acts: [call(CUSTOMER, '+442079460620', [stays])],
  },
  {
    name: 'forward-in-dialplan',
    phones: { '105': answers(2, stays) },
    acts: [call('101', '107', [talks(4)])],
    alsoWithout: true,
  },
  {
    name: 'forward-by-phone',
    phones: { '104': ['Ringing()', 'Wait(1)', 'Transfer(sip:105@${PBX})'], '105': answers(2, stays) },
    acts: [call('101', '104', [talks(4)])],
    alsoWithout: true,
  },
  {
    name: 'forward-by-phone-not-answered',
    phones: { '104': ['Ringing()', 'Wait(1)', 'Transfer(sip:105@${PBX})'], '105': rings },
    acts: [call(CUSTOMER, '+442079460104', [stays])],
  },
  {
    name: 'forward-to-mobile',
    phones: { '2125550123': answers(2, talks(4)) },
    acts: [call(CUSTOMER, '+442079460108', [stays])],
  },
];
