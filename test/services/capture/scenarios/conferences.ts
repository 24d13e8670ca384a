// Conferences: in whatever order people come and leave, and who is sent into one.
import { answers, call, later, stays, talks } from '../scenario.ts';
import { blind, consults, keys, replaces } from './transfers.ts';
import type { Scenario } from '../scenario.ts';

const CUSTOMER = '2125550150';

export const conferences: readonly Scenario[] = [
  {
    name: 'conference-of-three',
    acts: [
      call('101', '800', [talks(8)]),
      later(2, '102', '800', [talks(7)]),
      later(3, CUSTOMER, '+442079460800', [talks(4)]),
    ],
    alsoWithout: true,
  },
  {
    name: 'conference-last-in-leaves-first',
    acts: [call('101', '800', [talks(9)]), later(1, '102', '800', [talks(6)]), later(2, '103', '800', [talks(3)])],
  },
  {
    name: 'conference-first-in-leaves-first',
    acts: [call('101', '800', [talks(4)]), later(1, '102', '800', [talks(5)]), later(2, '103', '800', [talks(6)])],
  },
  {
    name: 'conference-of-four',
    acts: [
      call('101', '800', [talks(9)]),
      later(1, '102', '800', [talks(6)]),
      later(2, '103', '800', [talks(3)]),
      later(3, '104', '800', [talks(1)]),
    ],
  },
  {
    name: 'conference-left-and-joined-again',
    acts: [call('101', '800', [talks(10)]), later(1, '102', '800', [talks(2)]), later(5, '102', '800', [talks(3)])],
  },
  {
    name: 'conference-left-by-one-of-three-and-joined-again',
    acts: [
      call('101', '800', [talks(10)]),
      later(1, '103', '800', [talks(8)]),
      later(2, '102', '800', [talks(2)]),
      later(5, '102', '800', [talks(3)]),
    ],
  },
  {
    name: 'conference-outside-caller-leaves-first',
    acts: [
      call('101', '800', [talks(8)]),
      later(1, '102', '800', [talks(6)]),
      later(2, CUSTOMER, '+442079460031', [talks(3)]),
    ],
  },
  {
    name: 'conference-blind-transfer-into',
    phones: { '103': answers(1, talks(3), blind('800')) },
    acts: [
      call('101', '800', [talks(12)]),
      later(1, '102', '800', [talks(12)]),
      later(2, CUSTOMER, '+442079460103', [talks(9)]),
    ],
  },
  {
    name: 'conference-blind-transfer-into-empty',
    phones: { '103': answers(1, talks(3), blind('800')) },
    acts: [call(CUSTOMER, '+442079460103', [talks(10)]), later(7, '101', '800', [talks(6)])],
  },
  {
    name: 'conference-attended-transfer-into',
    phones: { '103': answers(1, talks(7), replaces('800')) },
    acts: [
      call('101', '800', [talks(15)]),
      later(1, '102', '800', [talks(14)]),
      later(2, CUSTOMER, '+442079460103', [talks(12)]),
      later(5, '103', '800', consults),
    ],
  },
  {
    name: 'conference-begun-by-keys',
    phones: { '102': answers(1, talks(2), ...keys('#1', '800'), stays) },
    acts: [call('101', '102', [talks(13)]), later(8, '102', '800', [talks(4)]), later(9, '103', '800', [talks(2)])],
  },
];
