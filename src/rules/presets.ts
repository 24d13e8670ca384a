// The rules that come with cdrd, in the format in which people write theirs (config/presets).
import { readFileSync } from 'node:fs';
import { parse } from 'yaml';

/** Those that `systems[].preset` may name; none: only the rules of the configuration. */
export const presetNames = [
  ...['pjsip-prefix', 'plain', 'freepbx', 'issabel', 'ipcortex', 'tenantid', 'vicidial', 'none'],
] as const;
export type PresetName = (typeof presetNames)[number];
/** What presets are made of; rules may include them too. */
export const partNames = ['told', 'accounts', 'sides'] as const;

export interface Preset {
  about: string;
  rules: readonly unknown[];
}

const folder = new URL('../../config/presets/', import.meta.url);
let read: ReadonlyMap<string, Preset> | undefined;

/** Presets and parts by name. */
export function presets(): ReadonlyMap<string, Preset> {
  const names = [...presetNames, ...partNames].filter((name) => name !== 'none');
  return (read ??= new Map(
    names.map((name) => [name, parse(readFileSync(new URL(`${name}.yaml`, folder), 'utf8')) as Preset]),
  ));
}

/** Only their rules. */
export function presetRules(): ReadonlyMap<string, readonly unknown[]> {
  return new Map([...presets()].map(([name, { rules }]) => [name, rules]));
}

/** The rules of a preset with all it includes, in the order in which they are tried. */
export function wholePreset(name: string): unknown[] {
  return (presets().get(name)?.rules ?? []).flatMap((rule) => {
    const { include } = rule as { include?: string };
    return include === undefined ? [rule] : wholePreset(include);
  });
}
