// Calls that somebody else takes: picked up while they ring, parked and fetched.
import { answers, call, later, rings, stays, talks } from '../scenario.ts';
import type { Scenario } from '../scenario.ts';

const CUSTOMER = '2125550150';
const parks = 'Transfer(sip:700@${PBX})';

export const parked: readonly Scenario[] = [
  {
    name: 'pickup-of-group',
    phones: { '102': rings },
    acts: [call('101', '102', [stays]), later(3, '103', '*8', [talks(4)])],
    alsoWithout: true,
  },
  {
    name: 'pickup-of-one-phone',
    phones: { '101': rings },
    acts: [call(CUSTOMER, '+442079460101', [stays]), later(3, '103', '*8101', [talks(4)])],
    alsoWithout: true,
  },
  {
    name: 'pickup-from-ring-group',
    phones: { '101': rings, '102': rings, '103': rings },
    acts: [call(CUSTOMER, '+442079460610', [stays]), later(3, '104', '*8', [talks(4)])],
  },
  {
    name: 'pickup-from-ring-group-local-channels',
    phones: { '101': rings, '102': rings },
    acts: [call(CUSTOMER, '+442079460611', [stays]), later(3, '105', '*8102', [talks(4)])],
  },
  {
    name: 'pickup-from-queue',
    phones: { '101': rings, '102': rings, '103': rings },
    acts: [call(CUSTOMER, '+442079460600', [stays]), later(3, '104', '*8', [talks(4)])],
  },
  {
    name: 'pickup-from-queue-local-members',
    phones: { '101': rings, '102': rings },
    acts: [call(CUSTOMER, '+442079460601', [stays]), later(3, '104', '*8102', [talks(4)])],
  },
  {
    name: 'pickup-of-nothing',
    acts: [call('103', '*8', [talks(4)])],
  },
  {
    name: 'park-retrieved',
    phones: { '101': answers(2, talks(3), parks) },
    acts: [call(CUSTOMER, '+442079460101', [stays]), later(9, '102', '701', [talks(4)])],
    alsoWithout: true,
  },
  {
    name: 'park-by-keys-retrieved',
    phones: { '102': answers(2, talks(2), 'SendDTMF(#72)', stays) },
    acts: [call('101', '102', [stays]), later(9, '103', '701', [talks(4)])],
  },
  {
    name: 'park-timeout-comes-back',
    phones: { '101': [answers(2, talks(3), parks), answers(2, talks(4))] },
    acts: [call(CUSTOMER, '+442079460101', [stays])],
    alsoWithout: true,
  },
  {
    name: 'park-timeout-not-answered',
    phones: { '101': [answers(2, talks(3), parks), rings] },
    acts: [call(CUSTOMER, '+442079460101', [stays])],
  },
  {
    name: 'park-abandoned',
    phones: { '101': answers(2, talks(3), parks) },
    acts: [call(CUSTOMER, '+442079460101', [talks(7)])],
  },
];
