// What can be set for dialects, each in its own section.
import { Type, type Static } from 'typebox';
import { LaracopilotConfig } from './laracopilot/config.ts';
import { PortsipConfig } from './portsip/config.ts';
import { TelnyxConfig } from './telnyx/config.ts';
import { VoipstudioConfig } from './voipstudio/config.ts';

export const DialectsConfig = Type.Object(
  { laracopilot: LaracopilotConfig, portsip: PortsipConfig, telnyx: TelnyxConfig, voipstudio: VoipstudioConfig },
  { additionalProperties: false, default: {} },
);
export type DialectsConfig = Static<typeof DialectsConfig>;
