// IPCortex's record properties, from where Asterisk's admins put them. Never guessed, only read.
import { propertyNames, type Cdr, type Properties, type PropertyName, type StoredCdr } from './cdr.ts';

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
    for (const [name, value] of Object.entries(origin ?? {})) take(properties, name.toLowerCase(), value);
  }
  return properties;
}

/** What a reader sees: its own properties, and what it is in its call where it has none, or an empty one. */
export function shownProperties({ properties, inCall }: Pick<StoredCdr, 'properties' | 'inCall'>): Properties {
  // The company of its call is the record's own by now.
  const names = (Object.keys(inCall) as PropertyName[]).filter((name) => name !== 'company' && name !== 'target');
  if (names.length === 0) return properties;
  const missing = names.filter((name) => !properties[name]).map((name) => [name, inCall[name]!] as const);
  return { ...properties, ...(Object.fromEntries(missing) satisfies Properties) };
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
  if (!text) return null;
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
