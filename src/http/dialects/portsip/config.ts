// What can be set for this dialect.
import { Type, type Static } from 'typebox';

export const PortsipConfig = Type.Object(
  {
    scan_calls: Type.Integer({
      minimum: 1,
      maximum: 10_000_000,
      default: 100_000,
      description:
        'most calls that one request may look through, where filter, search or orderby name what has no index',
    }),
  },
  { additionalProperties: false, default: {}, description: 'PortSIP' },
);
export type PortsipConfig = Static<typeof PortsipConfig>;
