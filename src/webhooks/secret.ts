// The secrets of a webhook, and how they sign. Standard Webhooks 1.0: HMAC-SHA256 of `id.timestamp.body`, in base64, after `v1,`.
import { createHmac, randomBytes } from 'node:crypto';
import { readFileSync, statSync } from 'node:fs';
import { ConfigError, messageOf } from '../errors.ts';
import type { WebhookConfig } from './config.ts';

/** Bytes of a secret, as Standard Webhooks asks for. */
const secretBytes = { least: 24, most: 64 };
/** The new one and the one before. */
const secretsMax = 4;
const form = `expected whsec_ and ${secretBytes.least} to ${secretBytes.most} bytes in base64, as "cdrd webhook secret" prints it (not shown)`;

export function newWebhookSecret(): string {
  return `whsec_${randomBytes(32).toString('base64')}`;
}

type Given = Pick<WebhookConfig, 'secret' | 'secret_file'>;

/** The keys, all of which sign. @throws ConfigError, whose message begins with the key of the configuration and never shows the secret */
export function readSecrets({ secret, secret_file }: Given): Buffer[] {
  if ((secret === undefined) === (secret_file === undefined))
    throw new ConfigError('secret: expected a secret or a secret_file, one of them');
  const key = secret === undefined ? 'secret_file' : 'secret';
  const words = (secret ?? readPrivate(secret_file!)).trim().split(/\s+/);
  if (words.length > secretsMax)
    throw new ConfigError(`${key}: found ${words.length} secrets, expected at most ${secretsMax}`);
  return words.map((word) => {
    const [, base64] = /^whsec_([A-Za-z0-9+/]+={0,2})$/.exec(word) ?? [];
    const bytes = Buffer.from(base64 ?? '', 'base64');
    if (bytes.length < secretBytes.least || bytes.length > secretBytes.most) throw new ConfigError(`${key}: ${form}`);
    return bytes;
  });
}

function readPrivate(file: string): string {
  try {
    const mode = statSync(file).mode & 0o777;
    if ((mode & 0o077) !== 0) {
      const found = mode.toString(8).padStart(4, '0');
      throw new ConfigError(`secret_file: ${file} has the mode ${found}, expected 0600: others may read it`);
    }
    return readFileSync(file, 'utf8');
  } catch (error) {
    if (error instanceof ConfigError) throw error;
    throw new ConfigError(`secret_file: ${file} cannot be read: ${messageOf(error)}`, { cause: error });
  }
}

/** The value of `webhook-signature`: one for each key. `timestamp` in seconds. */
export function signatureOf(keys: readonly Buffer[], message: string, timestamp: number, body: string): string {
  const signed = `${message}.${timestamp}.${body}`;
  return keys.map((key) => `v1,${createHmac('sha256', key).update(signed).digest('base64')}`).join(' ');
}
