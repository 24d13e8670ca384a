// Calls that come in or go out over the trunk, and the menu.
import { answers, call, refuses, rings, stays, talks } from '../scenario.ts';
import type { Scenario } from '../scenario.ts';

const CUSTOMER = '2125550150';

export const outside: readonly Scenario[] = [
  {
    name: 'inbound-answered',
    phones: { '101': answers(3, stays) },
    acts: [call(CUSTOMER, '+442079460001', [talks(5)])],
  },
  {
    name: 'inbound-to-extension-with-did',
    phones: { '101': answers(2, talks(4)) },
    acts: [call(CUSTOMER, '+442079460101', [stays])],
    alsoWithout: true,
  },
  {
    name: 'inbound-to-extension-without-did',
    phones: { '101': answers(2, talks(4)) },
    acts: [call(CUSTOMER, '+442079460030', [stays])],
  },
  {
    name: 'inbound-anonymous',
    phones: { '101': answers(2, talks(4)) },
    acts: [{ at: 0, call: { from: 'anonymous', name: 'Anonymous', to: '+442079460101', then: [stays] } }],
  },
  {
    name: 'inbound-no-answer',
    phones: { '101': rings },
    acts: [call(CUSTOMER, '+442079460101', [stays])],
    alsoWithout: true,
  },
  {
    name: 'inbound-caller-hangs-up-while-ringing',
    phones: { '101': rings },
    acts: [call(CUSTOMER, '+442079460001', [stays], 4)],
  },
  {
    name: 'inbound-busy',
    phones: { '101': refuses(0, 17) },
    acts: [call(CUSTOMER, '+442079460101', [stays])],
  },
  {
    name: 'outbound-answered',
    phones: { '2125550123': answers(3, stays) },
    acts: [call('101', '92125550123', [talks(5)])],
  },
  {
    name: 'outbound-no-answer',
    phones: { '2125550123': rings },
    acts: [call('101', '92125550123', [stays])],
  },
  {
    name: 'outbound-busy',
    phones: { '2125550123': refuses(1, 17) },
    acts: [call('101', '92125550123', [stays])],
    alsoWithout: true,
  },
  {
    name: 'outbound-congestion',
    phones: { '2125550123': refuses(1, 34) },
    acts: [call('101', '92125550123', [stays])],
    alsoWithout: true,
  },
  {
    name: 'outbound-number-unknown',
    phones: { '2125550123': refuses(1, 1) },
    acts: [call('101', '92125550123', [stays])],
  },
  {
    name: 'outbound-caller-hangs-up-while-ringing',
    phones: { '2125550123': rings },
    acts: [call('101', '92125550123', [stays], 4)],
    alsoWithout: true,
  },
  {
    name: 'ivr-choice-rings-extension',
    phones: { '101': answers(2, stays) },
    acts: [call(CUSTOMER, '+442079460500', ['Wait(2)', 'SendDTMF(1)', talks(7)])],
    alsoWithout: true,
  },
  {
    name: 'ivr-hung-up-in-menu',
    acts: [call(CUSTOMER, '+442079460500', [talks(3)])],
  },
  {
    name: 'ivr-choice-queue',
    phones: { '101': rings, '102': answers(3, stays), '103': rings },
    acts: [call(CUSTOMER, '+442079460500', ['Wait(2)', 'SendDTMF(2)', talks(8)])],
  },
  {
    name: 'ivr-choice-no-answer',
    phones: { '101': rings },
    acts: [call(CUSTOMER, '+442079460500', ['Wait(2)', 'SendDTMF(1)', stays])],
  },
];
