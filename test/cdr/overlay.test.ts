import { expect, test } from 'vitest';
import type { StoredCdr } from '../../src/cdr/cdr.ts';
import { newOverlay, overlaid, patched, rawOf, seenParties, tagKey } from '../../src/cdr/overlay.ts';
import { cdrOf } from './rows.ts';

const parties = { company: 'acme', target: null, extension: '101', peerExtension: null };
const stored: StoredCdr = {
  ...{ ...cdrOf(), ...parties, direction: 'outbound', id: 1, created: 1, updated: 1 },
  ...{ properties: { company: 'acme', src_ext: '101', trunk: 't1' }, note: null, tags: [], words: '' },
  ...{ inCall: {}, hidden: false, edited: true },
};

test('a patch changes what it names, and null takes back', () => {
  const first = patched(newOverlay(parties), { note: 'a', company: 'Beta', extension: '7' });
  expect(first).toMatchObject({ note: 'a', corrected: { company: 'Beta', extension: '7' }, tags: [] });
  const second = patched(first, { company: null, tags: ['x'] });
  const unsaid = { said: {}, told: {} };
  expect(second).toEqual({ note: 'a', tags: ['x'], corrected: { extension: '7' }, derived: parties, ...unsaid });
  expect(patched(second, {})).toEqual(second);
  expect(patched(second, { note: null, extension: null, tags: [] })).toEqual(newOverlay(parties));
});

test('everyone sees the corrected parties, and the derived ones where nobody corrected', () => {
  const overlay = patched(newOverlay(parties), { target: 'Beta' });
  expect(seenParties(overlay)).toEqual({ ...parties, target: 'Beta' });
});

test('the properties follow a correction where they told the party, and tell nothing they did not', () => {
  const overlay = patched(newOverlay(parties), { company: 'Beta', target: 'Gamma', extension: '7' });
  const seen = overlaid({ ...stored, ...seenParties(overlay) }, overlay);
  expect(seen.properties).toEqual({ company: 'Beta', src_ext: '7', trunk: 't1' });
  expect(stored.properties).toEqual({ company: 'acme', src_ext: '101', trunk: 't1' });
});

test('the raw record knows nothing of its overlay', () => {
  const overlay = patched(newOverlay(parties), { note: 'a', tags: ['x'], company: 'Beta' });
  const seen = { ...stored, ...seenParties(overlay), note: 'a', tags: ['x'] };
  expect(rawOf(seen, overlay)).toEqual({ ...stored, said: {} });
  expect(rawOf(stored, undefined)).toBe(stored);
});

test('tags are the same without case and without spaces around them', () => {
  expect(tagKey(' Été ')).toBe(tagKey('ÉTÉ'));
});
