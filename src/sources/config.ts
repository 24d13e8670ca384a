// What can be set for one system: its name, its zone, whose its records are, and its ways in.
import { Type, type Static } from 'typebox';
import { presetNames, type PresetName } from '../rules/presets.ts';
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
    preset: Type.Unsafe<PresetName>(
      Type.Union(
        presetNames.map((name) => Type.Literal(name)),
        { default: 'pjsip-prefix', description: 'rules that come with cdrd for this kind of PBX: whose a record is' },
      ),
    ),
    rules: Type.Unsafe<unknown[]>({
      ...{ type: 'array', default: [], items: { type: 'object' } },
      description: 'rules of this system, tried before the shared ones and those of the preset',
    }),
    extension_pattern: Type.String({
      default: '^\\d{2,6}$',
      description: 'regular expression (RE2): numbers that match are extensions of this PBX',
    }),
    asterisk_etc: Type.String({
      ...{ default: 'auto', minLength: 1, maxLength: 4096 },
      description:
        'folder of this Asterisk\'s files, read by "cdrd doctor" only; auto: /etc/asterisk, where it runs on this machine; none: not looked at',
    }),
    ami: Type.Optional(AmiConfig),
    table: Type.Optional(TableConfig),
  },
  { additionalProperties: false },
);
export type SystemConfig = Static<typeof SystemConfig>;
