// What can be set for dialects, each in its own section.
import { Type, type Static } from 'typebox';
import { LaracopilotConfig } from './laracopilot/config.ts';

export const DialectsConfig = Type.Object(
  { laracopilot: LaracopilotConfig },
  { additionalProperties: false, default: {} },
);
export type DialectsConfig = Static<typeof DialectsConfig>;
