// One try of a delivery: its body and signature made, posted, and what became of it.
import { messageOf } from '../errors.ts';
import type { Within } from '../cdr/query.ts';
import type { Delivery, Tried } from '../store/deliveries.ts';
import type { Store } from '../store/store.ts';
import type { WebhookConfig } from './config.ts';
import { bodyOf } from './message.ts';
import { Poster, type Answer } from './post.ts';
import { readSecrets, signatureOf } from './secret.ts';
import { verdictOf } from './verdict.ts';

/** Characters of what is kept of an answer that was no good. */
const detailMax = 200;

export interface SenderOptions {
  config: WebhookConfig;
  store: Pick<Store, 'one' | 'call' | 'generation'>;
  within: Within;
  /** Of cdrd. */
  version: string;
}

export class Sender {
  readonly #options: SenderOptions;
  readonly #keys: readonly Buffer[];
  readonly #poster: Poster;
  #isClosed = false;

  /** @throws ConfigError for the secret */
  constructor(options: SenderOptions) {
    const { url, allow_private: allowPrivate, timeout_seconds, ...config } = options.config;
    this.#options = options;
    this.#keys = readSecrets(config);
    this.#poster = new Poster({ url, allowPrivate, timeoutMs: timeout_seconds * 1000 });
  }

  /** null: it was cut off by `close`. @throws what the store throws */
  async send(delivery: Delivery): Promise<Tried | null> {
    const { config, store, within } = this.#options;
    const body = await bodyOf(delivery, { store, within, isBatch: config.batch > 1 });
    const began = performance.now();
    const tried = await this.#post(delivery.message, body);
    if (tried === null) return null;
    const { answer, fault } = tried;
    const last = Date.now() * 1000;
    const took = Math.round((performance.now() - began) * 1000);
    const { first, tries } = delivery;
    const status = answer?.status ?? null;
    const asked = { status, retryAfter: answer?.retryAfter ?? null, now: last, first, tries };
    const verdict = verdictOf(asked, config, Math.random());
    return { ...verdict, status, detail: verdict.state === 'delivered' ? null : detailOf(answer, fault), last, took };
  }

  /** Cuts off what is under way; nothing more is sent. */
  close(): void {
    this.#isClosed = true;
    this.#poster.close();
  }

  async #post(message: string, body: string): Promise<{ answer?: Answer; fault?: string } | null> {
    const timestamp = Math.floor(Date.now() / 1000);
    const headers = {
      ...this.#options.config.headers,
      'content-type': 'application/json',
      'user-agent': `cdrd/${this.#options.version}`,
      'webhook-id': message,
      'webhook-timestamp': String(timestamp),
      'webhook-signature': signatureOf(this.#keys, message, timestamp, body),
    };
    try {
      return { answer: await this.#poster.post(headers, body) };
    } catch (error) {
      return this.#isClosed ? null : { fault: messageOf(error) };
    }
  }
}

/** Why it was not taken, for people: no control characters, not long, and no numbers of the record that the receiver may repeat. */
function detailOf(answer: Answer | undefined, fault = 'nobody answered'): string {
  const said = answer?.text
    .replace(/\s+/g, ' ')
    .replace(/\p{C}/gu, '')
    .replace(/\d{4,}/g, '…')
    .trim();
  const text = answer ? [`answered ${answer.status}`, ...(said ? [said] : [])].join(': ') : fault;
  return [...text].slice(0, detailMax).join('');
}
