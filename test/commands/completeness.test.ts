import { expect, it } from 'vitest';
import { shortened } from '../../src/commands/completeness.ts';

const [one, two] = [`${'a'.repeat(18)}1${'a'.repeat(18)}`, `${'a'.repeat(18)}2${'a'.repeat(18)}`];

it.each([
  [
    ['pbx1', 'twelve-chars'],
    ['pbx1', 'twelve-chars'],
  ],
  [
    ['pbx-london-north', 'pbx-london-south', 'pbx-london-north'],
    ['pbx-l…-north', 'pbx-l…-south'],
  ],
  [
    ['berlin-pbx-of-house-1', 'berlin-pbx-at-house-1'],
    ['…-of-house-1', '…-at-house-1'],
  ],
  [
    ['north-london-pbx-main', 'north-dublin-pbx-main', 'south-london-pbx-main'],
    ['north-londo…', 'north-dubli…', 'south-londo…'],
  ],
  [
    [one, two],
    [one, two],
  ],
])('names of systems are shortened so that no two are alike: %j', (names, expected) => {
  expect([...shortened(names).values()]).toEqual(expected);
});
