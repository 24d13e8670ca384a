// What can be set for one system: its name, its zone, how it names its parties, and its ways in.
import { Type, type Static } from 'typebox';
import type { NamingRules } from '../cdr/classify.ts';
import { AmiConfig } from './ami/config.ts';
import { TableConfig } from './table/config.ts';

export const SystemConfig = Type.Object(
  {
    name: Type.String({
      pattern: '^[A-Za-z0-9][A-Za-z0-9_.-]{0,62}$',
      description:
        'name of this Asterisk in every record; letters, digits, _ . -; never change it once records are stored',
    }),
    timezone: Type.Optional(
      Type.String({ description: "zone of the PBX's local times (IANA, like Europe/London); default: this machine's" }),
    ),
    channel_pattern: Type.String({
      default: '^(?:PJSIP|SIP|IAX2|SCCP)/(?:(?<company>[A-Za-z][A-Za-z0-9_]*)-)?(?<extension>\\d{2,6})-[0-9a-f]{8}$',
      description:
        'regular expression on channel names; its named groups company and extension tell whose channel it is',
    }),
    extension_pattern: Type.String({
      default: '^\\d{2,6}$',
      description: 'regular expression: numbers that match are extensions of this PBX',
    }),
    ami: Type.Optional(AmiConfig),
    table: Type.Optional(TableConfig),
  },
  { additionalProperties: false },
);
export type SystemConfig = Static<typeof SystemConfig>;

export function namingOf({ channel_pattern, extension_pattern }: SystemConfig): NamingRules {
  return { channel: new RegExp(channel_pattern), extension: new RegExp(extension_pattern) };
}
