// All scenarios, in the order in which they are played.
import type { Scenario } from '../scenario.ts';
import { conferences } from './conferences.ts';
import { direct } from './direct.ts';
import { groups } from './groups.ts';
import { outside } from './outside.ts';
import { parked } from './parked.ts';
import { special } from './special.ts';
import { transfers } from './transfers.ts';

export const scenarios: readonly Scenario[] = [
  ...direct,
  ...outside,
  ...groups,
  ...transfers,
  ...parked,
  ...conferences,
  ...special,
];
