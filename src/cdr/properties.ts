// IPCortex's record properties, from where Asterisk's admins put them. Never guessed, only read.
import { propertyNames, type Cdr, type InCall, type Properties, type PropertyName, type StoredCdr } from './cdr.ts';

const known = new Set<string>(propertyNames);
const isFlag = (name: string): boolean => name.startsWith('is_');

/**
 * First the `properties` column (JSON or k=v), then CDR variables of these names, then the userfield as strict
 * k=v;k=v. An empty value is kept only while no origin has a better one.
 */
export function propertiesOf(cdr: Pick<Cdr, 'custom' | 'userfield'>): Properties {
  const column = cdr.custom['properties'] ?? null;
  const properties: Properties = {};
  for (const origin of [parseJson(column) ?? parsePairs(column), cdr.custom, parsePairs(cdr.userfield)]) {
    for (const name in origin) take(properties, name.toLowerCase(), origin[name]!);
  }
  return properties;
}

/** Custom values that are numbers of others: who sent the call on, whose ringing call was taken (live/facts.ts). */
export const ofOthers = ['ami_transferrer', 'ami_pickup'] as const;

type Shown = Pick<StoredCdr, 'properties' | 'inCall' | 'custom' | 'company' | 'target'>;

/** Those that a company would read of somebody whom it sees in no record of the call. */
function hiddenOf({ custom, inCall, company, target }: Omit<Shown, 'properties'>): string[] {
  if (company === null && target === null) return [];
  const told = inCall.told?.split(' ') ?? [];
  return ofOthers.filter((name) => custom[name] && !told.includes(name));
}

/** Custom values as every reader sees them; the raw record has them all. */
export function shownCustom(cdr: Omit<Shown, 'properties'>): Cdr['custom'] {
  const hidden = hiddenOf(cdr);
  if (hidden.length === 0) return cdr.custom;
  return Object.fromEntries(Object.entries(cdr.custom).filter(([name]) => !hidden.includes(name)));
}

/** Properties that the other records of its call say of it. */
export function propertiesInCall({ told: _, ...properties }: InCall): Properties {
  return properties;
}

/** What a reader sees: its own properties, and what it is in its call where it has none, or an empty one. */
export function shownProperties(cdr: Shown): Properties {
  const { inCall } = cdr;
  const properties = hiddenOf(cdr).includes('ami_transferrer') ? untransferred(cdr) : cdr.properties;
  // The company of its call is the record's own by now.
  const others = Object.keys(propertiesInCall(inCall)) as PropertyName[];
  const names = others.filter((name) => name !== 'company' && name !== 'target');
  if (names.length === 0) return properties;
  const missing = names.filter((name) => !properties[name]).map((name) => [name, inCall[name]!] as const);
  return { ...properties, ...(Object.fromEntries(missing) satisfies Properties) };
}

/** Without what the presets took from the number of who sent the call on. */
function untransferred({ properties, custom }: Shown): Properties {
  const number = custom['ami_transferrer'];
  const isOther = ([name, value]: [string, string | true]) =>
    (name !== 'xfer' && name !== 'bill_to') || value !== number;
  return Object.fromEntries(Object.entries(properties).filter(isOther)) satisfies Properties;
}

function take(properties: Properties, name: string, value: string): void {
  if (!known.has(name) || properties[name as PropertyName]) return;
  if (!isFlag(name)) properties[name as PropertyName] = value;
  else if (/^(1|true|yes|on)$/i.test(value)) properties[name as PropertyName] = true;
}

/** A flat JSON object of strings, numbers and booleans; null when it is anything else. */
function parseJson(text: string | null): Record<string, string> | null {
  if (!text?.trimStart().startsWith('{')) return null;
  try {
    const entries = Object.entries(JSON.parse(text) as Record<string, unknown>);
    return Object.fromEntries(
      entries
        .filter(([, value]) => ['string', 'number', 'boolean'].includes(typeof value))
        .map(([k, v]) => [k, String(v)]),
    );
  } catch {
    return null;
  }
}

/** `k=v;k2=v2`, values percent-decoded, only when all of it parses: any other text is somebody's prose. */
export function parsePairs(text: string | null): Record<string, string> | null {
  if (!text?.includes('=')) return null;
  const pairs: Record<string, string> = Object.create(null) as Record<string, string>;
  for (const part of text.replace(/;$/, '').split(';')) {
    const match = /^\s*([A-Za-z][A-Za-z0-9_]*)=([^=]*)$/.exec(part);
    if (!match) return null;
    try {
      pairs[match[1]!] = decodeURIComponent(match[2]!.trim());
    } catch {
      return null;
    }
  }
  return pairs;
}
