import { describe, expect, it } from 'vitest';
import { isVisible, type Parties, type Wall } from '../../src/cdr/wall.ts';

const facts = (change: Partial<Parties>): Parties => ({
  ...{ company: null, target: null, extension: null, peerExtension: null },
  ...change,
});
const bob: Wall = { companies: ['Acme'], extensions: ['101'] };
const sees = (change: Partial<Parties>, wall: Wall = bob) => isVisible(facts(change), wall);

describe('the wall of a user with extensions', () => {
  it('shows what its extension called and was called by', () => {
    expect(sees({ company: 'acme', extension: '101' })).toBe(true);
    expect(sees({ company: 'acme', target: 'acme', extension: '105', peerExtension: '101' })).toBe(true);
    expect(sees({ company: 'acme', extension: '105', peerExtension: '101' })).toBe(true);
    expect(sees({ target: 'ACME', extension: '101' })).toBe(true);
  });

  it('hides other extensions of the same company, and records of no extension', () => {
    expect(sees({ company: 'acme', extension: '102' })).toBe(false);
    expect(sees({ company: 'acme', target: 'acme', extension: '102', peerExtension: '103' })).toBe(false);
    expect(sees({ company: 'acme' })).toBe(false);
  });

  it('hides the same number of another company, on whichever side it is', () => {
    expect(sees({ company: 'beta', extension: '101' })).toBe(false);
    expect(sees({ company: 'acme', target: 'beta', extension: '105', peerExtension: '101' })).toBe(false);
    expect(sees({ company: 'beta', target: 'acme', extension: '101', peerExtension: '105' })).toBe(false);
    expect(sees({ extension: '101' })).toBe(false);
    // One extension and two companies: nobody knows whose it is.
    expect(sees({ company: 'acme', target: 'beta', extension: '101' })).toBe(false);
  });

  it('counts the extension alone where no companies are named', () => {
    const anywhere: Wall = { companies: null, extensions: ['101'] };
    expect(sees({ extension: '101' }, anywhere)).toBe(true);
    expect(sees({ company: 'beta', extension: '7', peerExtension: '101' }, anywhere)).toBe(true);
    expect(sees({ extension: '102' }, anywhere)).toBe(false);
  });

  it('shows nothing without extensions or without companies', () => {
    expect(sees({ company: 'acme', extension: '101' }, { companies: ['acme'], extensions: [] })).toBe(false);
    expect(sees({ company: 'acme', extension: '101' }, { companies: [], extensions: ['101'] })).toBe(false);
  });
});
