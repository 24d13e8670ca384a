// What no schema can say of webhooks: names that come twice, URLs, filters, secrets. The shapes may still be wrong here.
import { ClientError, ConfigError } from '../errors.ts';
import { demandAllowedHost } from './address.ts';
import type { WebhookConfig } from './config.ts';
import { wantOf } from './message.ts';
import { readSecrets } from './secret.ts';

export type WebhookFault = [path: (string | number)[], message: string];
type Loose = Record<string, unknown>;

export function webhookFaults(hooks: readonly Loose[]): WebhookFault[] {
  const names = new Set<unknown>();
  return hooks.flatMap((hook, index): WebhookFault[] => {
    const faults: WebhookFault[] = [];
    const { name, url } = hook;
    if (name !== undefined && names.has(name))
      faults.push([['name'], `${JSON.stringify(name)} names a second webhook, expected a name of its own`]);
    names.add(name);
    const isPrivate = hook['allow_private'] === true;
    const fault = typeof url === 'string' && url !== '' ? urlFault(url, isPrivate) : null;
    if (fault !== null) faults.push([['url'], fault]);
    return [...faults, ...secretFaults(hook), ...headerFaults(hook), ...waitFaults(hook), ...filterFaults(hook)].map(
      ([path, message]) => [['webhooks', index, ...path], message],
    );
  });
}

/** The URL itself is never told: it may be all the secret there is. */
function urlFault(text: string, isPrivate: boolean): string | null {
  const url = URL.canParse(text) ? new URL(text) : null;
  if (!url || !['https:', 'http:'].includes(url.protocol))
    return 'found a text (not shown), expected a URL like https://crm.example.com/calls';
  if (url.username !== '' || url.password !== '')
    return 'found a name and a password in it (not shown), expected none: the receiver knows us by the signature';
  if (url.protocol === 'http:' && !isPrivate)
    return 'found http, expected https: phone numbers would go in the open (with allow_private: true, http is taken)';
  try {
    demandAllowedHost(url.hostname, isPrivate);
    return null;
  } catch (error) {
    return `found ${(error as Error).message}`;
  }
}

function secretFaults({ secret, secret_file }: Loose): WebhookFault[] {
  const isText = (value: unknown) => value === undefined || (typeof value === 'string' && value !== '');
  if (!isText(secret) || !isText(secret_file)) return [];
  try {
    readSecrets({ secret, secret_file } as Pick<WebhookConfig, 'secret' | 'secret_file'>);
    return [];
  } catch (error) {
    if (!(error instanceof ConfigError)) throw error;
    const [, key, message] = /^(\w+): (.*)$/s.exec(error.message)!;
    return [[[key!], message!]];
  }
}

/** Those that we or HTTP itself say. */
const ours =
  /^(webhook-.*|content-(type|length|encoding)|user-agent|host|connection|keep-alive|transfer-encoding|te|trailer|upgrade|expect|proxy-.*)$/i;

/** Values are never told: some are secrets. */
function headerFaults({ headers }: Loose): WebhookFault[] {
  if (typeof headers !== 'object' || headers === null || Array.isArray(headers)) return [];
  const seen = new Set<string>();
  return Object.entries(headers).flatMap(([name, value]): WebhookFault[] => {
    const isAgain = seen.has(name.toLowerCase());
    seen.add(name.toLowerCase());
    const fault = (message: string): WebhookFault[] => [[['headers', name], message]];
    if (!/^[A-Za-z0-9-]{1,64}$/.test(name))
      return fault('found this name, expected letters, digits and - (at most 64)');
    if (ours.test(name)) return fault('is a header that cdrd sends itself, expected another name');
    if (isAgain) return fault('names a second header, expected each once, whatever its case');
    if (typeof value === 'string' && !/^[\x20-\x7e]*$/.test(value))
      return fault('found a text (not shown) with other characters than printable ASCII, expected one line of these');
    return [];
  });
}

function waitFaults({ retry_seconds: first, retry_max_seconds: longest }: Loose): WebhookFault[] {
  if (typeof first !== 'number' || typeof longest !== 'number' || first <= longest) return [];
  return [[['retry_max_seconds'], `found ${longest}, expected at least retry_seconds, which is ${first}`]];
}

function isTypes(given: unknown): given is WebhookConfig['types'] {
  return Array.isArray(given) && given.every((type: unknown) => type === 'cdr' || type === 'call');
}

/** `filter.and.0.src` is the path of a fault. */
function filterFaults({ types, filter, ops, companies }: Loose): WebhookFault[] {
  if (!isTypes(types) || typeof filter !== 'object' || filter === null) return [];
  try {
    wantOf({ types, filter, ops, companies } as WebhookConfig);
    return [];
  } catch (error) {
    if (!(error instanceof ClientError)) throw error;
    return error.faults.map(({ field, message }) => {
      const path = field.split('.').map((part) => (/^\d+$/.test(part) ? Number(part) : part));
      return [path[0] === 'filter' ? path : ['filter', ...path], message];
    });
  }
}
