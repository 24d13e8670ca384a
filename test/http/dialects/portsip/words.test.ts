// SIP status codes of calls that nobody answered: what the channels told, before what the disposition allows to say.
import { describe, expect, it } from 'vitest';
import { dispositions } from '../../../../src/cdr/cdr.ts';
import { outcomes } from '../../../../src/cdr/outcome.ts';
import { statusOfDisposition, statusOfOutcome, toldStatus } from '../../../../src/http/dialects/portsip/words.ts';

describe('a SIP status', () => {
  it.each([
    ...[
      [1, 404],
      [17, 486],
      [18, 408],
      [19, 480],
      [20, 480],
      [21, 603],
      [22, 410],
      [27, 502],
      [28, 484],
    ],
    ...[
      [34, 503],
      [38, 503],
      [41, 503],
      [42, 503],
      [44, 503],
      [58, 488],
      [127, 500],
    ],
  ] as [number, number][])('of the Q.850 cause %i is %i', (cause, status) => {
    expect(toldStatus(null, cause)).toBe(status);
  });

  it('is not told by causes that say nothing of it', () => {
    expect([16, 31, 99].map((cause) => toldStatus(null, cause))).toEqual([null, null, null]);
    expect(toldStatus(undefined, null)).toBeNull();
  });

  it('that a channel told goes before its cause; what is no final failure is none', () => {
    expect(toldStatus('403', 21)).toBe(403);
    expect(['200', '180', '7', 'x', '4031'].map((text) => toldStatus(text, 21))).toEqual([603, 603, 603, 603, 603]);
  });

  it('is 0 for what was answered and never for what was not', () => {
    expect(dispositions.filter((one) => statusOfDisposition(one) === 0)).toEqual(['ANSWERED']);
    expect(outcomes.filter((one) => statusOfOutcome(one, 'ANSWERED') === 0)).toEqual(['answered', 'voicemail']);
  });
});
