// Calls from phone to phone.
import { answers, call, later, refuses, rings, stays, talks } from '../scenario.ts';
import type { Scenario } from '../scenario.ts';

export const direct: readonly Scenario[] = [
  {
    name: 'internal-caller-hangs-up',
    phones: { '102': answers(2, stays) },
    acts: [call('101', '102', [talks(4)])],
    alsoWithout: true,
  },
  {
    name: 'internal-callee-hangs-up',
    phones: { '102': answers(3, talks(5)) },
    acts: [call('101', '102', [stays])],
  },
  {
    name: 'internal-no-answer',
    phones: { '102': rings },
    acts: [call('101', '102', [stays])],
    alsoWithout: true,
  },
  {
    name: 'internal-busy',
    phones: { '102': refuses(0, 17) },
    acts: [call('101', '102', [stays])],
    alsoWithout: true,
  },
  {
    name: 'internal-declined-while-ringing',
    phones: { '102': refuses(3, 21) },
    acts: [call('101', '102', [stays])],
  },
  {
    name: 'internal-caller-hangs-up-while-ringing',
    phones: { '102': rings },
    acts: [call('101', '102', [stays], 4)],
    alsoWithout: true,
  },
  {
    name: 'internal-phone-not-registered',
    acts: [call('101', '109', [stays])],
    alsoWithout: true,
  },
  {
    name: 'internal-no-such-number',
    acts: [call('101', '333', [stays])],
  },
  {
    name: 'internal-congestion',
    acts: [call('101', '199', [stays])],
    alsoWithout: true,
  },
  {
    name: 'hunt-first-does-not-answer-second-does',
    phones: { '101': rings, '102': answers(2, stays) },
    acts: [call('103', '110', [talks(4)])],
    alsoWithout: true,
  },
  {
    name: 'two-calls-at-once',
    phones: { '102': answers(2, stays), '104': answers(2, talks(4)) },
    acts: [call('101', '102', [talks(5)]), later(1, '103', '104', [stays])],
  },
  {
    name: 'second-call-without-transfer',
    phones: { '102': answers(2, stays), '103': answers(1, stays) },
    acts: [call('101', '102', [talks(10)]), later(4, '102', '103', [talks(3)])],
  },
];
