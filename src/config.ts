// The configuration as a whole: every room's schema put together, checked, and every fault told at once.
import { Type, type Static, type TSchema } from 'typebox';
import { Settings } from 'typebox/system';
import { Value } from 'typebox/value';
import { CompletenessConfig } from './completeness/config.ts';
import { complaintsOf } from './configsense.ts';
import { pathText, readConfigFile, type ConfigFault, type ConfigFile, type Path } from './configfile.ts';
import { ConfigError } from './errors.ts';
import { AuthConfig, LimitsConfig } from './http/config.ts';
import { DialectsConfig } from './http/dialects/config.ts';
import { ListenerConfig, usualListeners } from './http/listenerconfig.ts';
import { RejectsConfig, RetentionConfig } from './ingest/config.ts';
import { JobsConfig } from './jobs/config.ts';
import { LogConfig } from './log.ts';
import { SystemConfig as SystemSchema } from './sources/config.ts';
import { StoreConfig } from './store/config.ts';
import { WebhooksConfig } from './webhooks/config.ts';

// Every fault is told at once, not the first eight.
Settings.Set({ maxErrors: 1000 });

/** The zone of this machine: beside the PBX it is the PBX's. */
const hostZone = Intl.DateTimeFormat().resolvedOptions().timeZone;

export const Config = Type.Object(
  {
    store: StoreConfig,
    systems: Type.Array(SystemSchema, { default: [], maxItems: 100 }),
    rules: Type.Unsafe<unknown[]>({ type: 'array', default: [], items: { type: 'object' } }),
    lookups: Type.Unsafe<Record<string, unknown>>({ type: 'object', default: {} }),
    listeners: Type.Array(ListenerConfig, { default: usualListeners, minItems: 1, maxItems: 20 }),
    dialects: DialectsConfig,
    auth: AuthConfig,
    log: LogConfig,
    completeness: CompletenessConfig,
    limits: LimitsConfig,
    rejects: RejectsConfig,
    retention: RetentionConfig,
    jobs: JobsConfig,
    webhooks: WebhooksConfig,
  },
  { additionalProperties: false },
);

/** The zone is filled in by then. */
export type SystemConfig = SystemSchema & { timezone: string };
export type Config = Omit<Static<typeof Config>, 'systems'> & { systems: SystemConfig[] };

/** What of the configuration a command needs; see `loadConfig`. */
export type Matters = readonly (keyof Config)[] | ((path: string) => boolean);

/** Every fault of the file, one a line. */
export class ConfigFaults extends ConfigError {
  readonly faults: ConfigFault[];
  constructor(faults: ConfigFault[]) {
    super(faults.map(({ where, path, message }) => `${where}: ${path ? `${path}: ` : ''}${message}`).join('\n'));
    this.faults = faults;
  }
}

/**
 * @param only - the sections that matter to the caller, or which paths do: faults elsewhere are passed over (a command
 * that needs the store must not ask for the secrets of the sources).
 * @throws ConfigFaults with all faults: path, what was found, what was expected, line.
 */
export function loadConfig(path: string, environment: NodeJS.ProcessEnv, only?: Matters): Config {
  const isAmong = (at: string) => typeof only !== 'object' || only.some((section) => at.startsWith(section));
  const matters = ({ path: at }: ConfigFault) => at === '' || (typeof only === 'function' ? only(at) : isAmong(at));
  const file = readConfigFile(path, environment, wantsText, Object.keys(Config.properties));
  if (file.value === undefined) throw new ConfigFaults(file.faults);
  const value = Value.Default(Config, file.value);
  const complaints = complaintsOf(value, environment).map(([at, message]) => ({
    where: file.where(at),
    path: pathText(at),
    message,
  }));
  const told = new Set(complaints.map(({ path: at }) => at));
  const faults = [...file.faults, ...shapeFaults(value, file, told), ...complaints].filter(matters);
  if (faults.length > 0) throw new ConfigFaults(faults.sort(byPlace));
  const config = value as Config;
  // Where faults are passed over, systems may be anything.
  const systems: unknown[] = Array.isArray(config.systems) ? config.systems : [];
  config.systems = systems.filter((system): system is SystemConfig => typeof system === 'object' && system !== null);
  for (const system of config.systems) system.timezone ??= hostZone;
  return config;
}

/** From the top of the file down; variables of the environment after it. */
function byPlace(a: ConfigFault, b: ConfigFault): number {
  const place = ({ where }: ConfigFault) => (/:(\d+):(\d+)$/.exec(where) ?? ['', Infinity, 0]).slice(1).map(Number);
  const [[lineA, columnA], [lineB, columnB]] = [place(a), place(b)] as [[number, number], [number, number]];
  return lineA === lineB ? columnA - columnB : lineA < lineB ? -1 : 1;
}

/** TypeBox's errors as sentences; secrets are never shown. @param told - paths of which more is said: rules know their own shape */
function shapeFaults(value: unknown, file: ConfigFile, told: ReadonlySet<string>): ConfigFault[] {
  const errors = Value.Errors(Config, value);
  // Of what may be this or that, each of them complains; one sentence says all.
  const unions = new Set(errors.filter(({ keyword }) => keyword === 'anyOf').map((error) => error.instancePath));
  return errors.flatMap((error): ConfigFault[] => {
    const path = pathOf(error.instancePath);
    const found = shown(value, path);
    const fault = (message: string, at: Path = path) => [{ where: file.where(at), path: pathText(at), message }];
    if (error.keyword !== 'anyOf' && unions.has(error.instancePath)) return [];
    if (error.keyword === 'type' && told.has(pathText(path))) return [];
    switch (error.keyword) {
      case 'additionalProperties':
      case 'const':
        return [];
      case 'boolean':
        return fault(`is not a key of this section, expected ${keysAt(path.slice(0, -1))}`);
      case 'required':
        return error.params.requiredProperties.flatMap((name) =>
          fault(`is missing, expected ${formOf([...path, name])}`, [...path, name]),
        );
      default:
        return fault(`found ${found}, expected ${formOf(path) || error.message.replace(/^must /, 'it to ')}`);
    }
  });
}

function pathOf(pointer: string): Path {
  return pointer
    .split('/')
    .slice(1)
    .map((part) => (/^\d+$/.test(part) ? Number(part) : part.replace(/~1/g, '/').replace(/~0/g, '~')));
}

const kinds: Record<string, string> = {
  string: 'a text',
  number: 'a number',
  boolean: 'true or false',
  object: 'a section',
};
const isSecret = (path: Path) => /secret|password|url/.test(String(path.at(-1))) || path.includes('headers');

function shown(root: unknown, path: Path): string {
  let value = root as Record<string | number, unknown> | undefined;
  for (const part of path) value = value?.[part] as typeof value;
  if (value === undefined || value === null) return 'nothing';
  return isSecret(path)
    ? `${Array.isArray(value) ? 'a list' : kinds[typeof value]} (not shown)`
    : JSON.stringify(value).slice(0, 100);
}

/** The schema of a path, through objects and lists. */
function schemaAt(path: Path): (TSchema & Record<string, unknown>) | undefined {
  let schema: Record<string, unknown> | undefined = Config as unknown as Record<string, unknown>;
  for (const part of path) {
    const inside: unknown =
      typeof part === 'number'
        ? schema?.['items']
        : (schema?.['properties'] as Record<string, unknown> | undefined)?.[part];
    schema = inside as Record<string, unknown> | undefined;
  }
  return schema;
}

function wantsText(path: Path): boolean {
  return schemaAt(path)?.['type'] === 'string';
}

function keysAt(path: Path): string {
  return `one of ${Object.keys((schemaAt(path)?.['properties'] as object | undefined) ?? {}).join(', ')}`;
}

/** What a value should look like, in words. */
function formOf(path: Path): string {
  const schema = schemaAt(path) as Form | undefined;
  return schema ? wordsOf(schema) : '';
}

function wordsOf(schema: Form): string {
  const words: Record<string, string> = {
    integer: 'a whole number',
    number: 'a number',
    string: 'a text',
    object: 'a section',
    array: 'a list',
    boolean: 'true or false',
  };
  const bounds = [
    schema.minimum === undefined ? '' : `from ${schema.minimum}`,
    schema.exclusiveMinimum === undefined ? '' : `above ${schema.exclusiveMinimum}`,
    schema.maximum === undefined ? '' : `to ${schema.maximum}`,
    schema.minLength === undefined ? '' : 'that is not empty',
    schema.minItems === undefined ? '' : `of at least ${schema.minItems}`,
    schema.pattern === undefined ? '' : `that matches ${schema.pattern}`,
  ];
  const choices = (schema.enum ?? schema.anyOf?.map((option) => option.const ?? wordsOf(option)))?.join(', ');
  return choices ? `one of ${choices}` : [words[schema.type ?? ''] ?? 'a value', ...bounds].filter(Boolean).join(' ');
}

/** What our schemas use of JSON Schema. */
interface Form {
  type?: string;
  minimum?: number;
  exclusiveMinimum?: number;
  maximum?: number;
  minLength?: number;
  minItems?: number;
  pattern?: string;
  anyOf?: (Form & { const?: string })[];
  enum?: string[];
}
