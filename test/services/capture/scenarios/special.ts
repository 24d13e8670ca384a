// Mailboxes, calls that a program or the PBX itself begins, forks, DISA.
import { answers, call, refuses, rings, stays, talks } from '../scenario.ts';
import type { Act, Scenario } from '../scenario.ts';

const CUSTOMER = '2125550150';

/** A click: the PBX calls `channel`, and whoever answers there is given `exten`. */
const click = (channel: string, exten: string): Act => ({
  at: 0,
  pbx: () => ({
    Action: 'Originate',
    Channel: channel,
    Context: 'internal',
    Exten: exten,
    Priority: '1',
    CallerID: '"Click" <101>',
    Timeout: '6000',
    Async: 'true',
  }),
});

export const special: readonly Scenario[] = [
  {
    name: 'voicemail-no-answer',
    phones: { '106': rings },
    acts: [call('101', '106', [talks(5)])],
    alsoWithout: true,
  },
  {
    name: 'voicemail-busy-inbound',
    phones: { '106': refuses(0, 17) },
    acts: [call(CUSTOMER, '+442079460106', [talks(5)])],
  },
  {
    name: 'voicemail-box-not-reached',
    phones: { '106': rings },
    acts: [call('101', '106', [stays], 2)],
  },
  {
    name: 'voicemail-listened-to',
    acts: [call('106', '*97', ['Wait(2)', 'SendDTMF(1234#)', talks(3)])],
  },
  {
    name: 'click-to-call-answered',
    phones: { '101': answers(2, stays), '102': answers(2, talks(4)) },
    acts: [click('PJSIP/101', '102')],
    alsoWithout: true,
  },
  {
    name: 'click-to-call-outside',
    phones: { '101': answers(2, stays), '2125550123': answers(2, talks(4)) },
    acts: [click('PJSIP/101', '92125550123')],
  },
  {
    name: 'click-to-call-own-phone-not-answered',
    phones: { '101': rings },
    acts: [click('PJSIP/101', '102')],
    alsoWithout: true,
  },
  {
    name: 'click-to-call-other-side-busy',
    phones: { '101': answers(2, stays), '102': refuses(1, 17) },
    acts: [click('PJSIP/101', '102')],
  },
  {
    name: 'click-to-call-local-channel',
    phones: { '101': answers(2, stays), '102': answers(2, talks(4)) },
    acts: [click('Local/101@internal', '102')],
  },
  {
    name: 'fork',
    phones: { '102': answers(2, stays) },
    acts: [call('101', '150', [talks(8)])],
    alsoWithout: true,
  },
  {
    name: 'fork-with-new-times',
    phones: { '102': answers(2, stays) },
    acts: [call('101', '151', [talks(8)])],
  },
  {
    name: 'call-back',
    phones: { '2125550150': answers(2, stays), '101': answers(2, talks(4)) },
    acts: [call(CUSTOMER, '+442079460050', [stays])],
    alsoWithout: true,
  },
  {
    name: 'disa-to-extension',
    phones: { '102': answers(2, talks(4)) },
    acts: [call(CUSTOMER, '+442079460040', ['Wait(2)', 'SendDTMF(102)', stays])],
  },
  {
    name: 'disa-to-outside',
    phones: { '2125550123': answers(2, talks(4)) },
    acts: [call(CUSTOMER, '+442079460040', ['Wait(2)', 'SendDTMF(92125550123)', stays])],
  },
];
