// Every dialect there is; a new one is a folder here, a line below and one in names.ts, which says what it owns.
import type { Dialect } from '../context.ts';
import { ipcortex } from './ipcortex/routes.ts';
import { laracopilot } from './laracopilot/routes.ts';
import type { DialectName } from './names.ts';
import { native } from './native/routes.ts';
import { portsip } from './portsip/routes.ts';
import { telnyx } from './telnyx/routes.ts';
import { voipstudio } from './voipstudio/routes.ts';

export const dialects: Readonly<Record<DialectName, Dialect>> = {
  ...{ native, ipcortex, laracopilot, portsip, telnyx, voipstudio },
};
