// Whoever writes over HTTP while the daemon dies: posts records and asks again until it is answered, edits, hides.
import type { Random } from '../../src/simulator/random.ts';
import { adminToken } from '../support/daemon.ts';
import { nameOf } from './verdict.ts';

const headers = { authorization: `Bearer ${adminToken}`, 'content-type': 'application/json' };

/** One thing after the other; what was not answered is sent again. */
export class Writer {
  /** `uniqueid/sequence` of what was sent, answered or not. */
  readonly sent = new Set<string>();
  readonly faults: string[] = [];
  answered = 0;
  readonly #random: Random;
  #body: Record<string, unknown> | undefined;
  #count = 0;
  #newest = 0;

  constructor(random: Random) {
    this.#random = random;
  }

  /** Writes to this daemon until it is gone or `signal` aborts. What is not answered by then is asked again next time. */
  async run(url: string, signal: AbortSignal): Promise<void> {
    try {
      while (!signal.aborted) {
        await this.#post(url, signal);
        if (this.#random.chance(0.4)) await this.#edit(url, signal);
        await new Promise((resolve) => setTimeout(resolve, this.#random.whole(0, 20)));
      }
    } catch (error) {
      if (!(error instanceof TypeError || (error as Error).name === 'AbortError')) throw error;
    }
  }

  /** Until everything that was sent is answered. */
  async finish(url: string): Promise<void> {
    if (this.#body) await this.#post(url, new AbortController().signal);
  }

  async #post(url: string, signal: AbortSignal): Promise<void> {
    this.#body ??= this.#record();
    this.sent.add(nameOf(this.#body));
    const response = await fetch(`${url}/api/v1/cdrs`, {
      ...{ method: 'POST', headers, signal },
      body: JSON.stringify(this.#body),
    });
    const answer = (await response.json()) as { id?: number };
    if (response.status === 503) return;
    if (![200, 201].includes(response.status)) this.faults.push(`POST was answered ${response.status}`);
    this.#newest = Math.max(this.#newest, answer.id ?? 0);
    this.answered += 1;
    this.#body = undefined;
  }

  async #edit(url: string, signal: AbortSignal): Promise<void> {
    const path = `${url}/api/v1/cdrs/${this.#random.whole(1, Math.max(1, this.#newest))}`;
    const isHiding = this.#random.chance(0.15);
    const company = this.#random.pick(['acme', 'birch', 'cedar']);
    const response = isHiding
      ? await fetch(path, { method: 'DELETE', headers: { authorization: headers.authorization }, signal })
      : await fetch(path, {
          method: 'PATCH',
          headers,
          signal,
          body: JSON.stringify({ company, note: `n ${company}` }),
        });
    await response.arrayBuffer();
    if (![200, 204, 404, 503].includes(response.status)) this.faults.push(`an edit was answered ${response.status}`);
  }

  #record(): Record<string, unknown> {
    this.#count += 1;
    const time = new Date(1_795_000_000_000 + this.#count * 1000).toISOString();
    const disposition = this.#random.pick(['ANSWERED', 'BUSY', 'NO ANSWER']);
    const parties = { src: '101', dst: '102', channel: 'PJSIP/acme-101-0000000a' };
    const uniqueid = `${1_795_000_000 + this.#count}.${this.#count}`;
    // Without a sequence content alone says that it was sent before.
    const sequence = this.#random.chance(0.5) ? null : this.#count;
    return { uniqueid, sequence, start: time, duration: 5, billsec: 3, disposition, ...parties };
  }
}
