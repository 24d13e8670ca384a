// Readers of the feed that outlive the daemon: over WebSocket, event stream and long poll. Each resumes where it was cut and
// keeps what it was told; what it was told twice or out of order is a fault of the feed.
import { get, type IncomingMessage } from 'node:http';
import { WebSocket } from 'ws';
import { adminToken } from '../support/daemon.ts';

export interface Seen {
  id: number;
  [field: string]: unknown;
}
interface Frame {
  type?: string;
  op?: string;
  seq?: number;
  reason?: string;
  cdr?: Seen;
  call?: Seen;
}
export type Told = 'cdr' | 'call';

const headers = { authorization: `Bearer ${adminToken}` };

/** What one reader knows, whatever the way it listens. */
export abstract class Reader {
  readonly name: string;
  readonly filter: Record<string, string>;
  readonly types: readonly Told[];
  /** The last place it was told of: it resumes from here. */
  place = 0;
  /** Every place it was told a change at. */
  readonly seqs: number[] = [];
  /** The records, and the calls, that it believes to be there. */
  readonly view = new Map<number, Seen>();
  readonly calls = new Map<number, Seen>();
  readonly faults: string[] = [];
  resumes = 0;

  constructor(name: string, filter: Record<string, string> = {}, types: readonly Told[] = ['cdr']) {
    this.name = name;
    this.filter = filter;
    this.types = types;
  }

  /** Connects to a daemon that is up; goes on from its place. */
  abstract resume(url: string): void;
  /** The line breaks, without a goodbye. */
  abstract cut(): void;

  protected hear({ type, op, seq, cdr, call, reason }: Frame): void {
    if (type === 'resync') this.faults.push(`${this.name} was told to resync (${reason}) at ${this.place}`);
    if (type === 'call') return this.#hearCall(op!, seq!, call!);
    if (type !== 'cdr') {
      if (type === 'live' || type === 'progress') this.place = Math.max(this.place, seq ?? 0);
      return;
    }
    if (seq! <= this.place) this.faults.push(`${this.name} was told ${op} at ${seq} after ${this.place}`);
    this.place = seq!;
    this.seqs.push(seq!);
    if (op === 'deleted') this.view.delete(cdr!.id);
    else this.view.set(cdr!.id, cdr!);
  }

  /** Told before the record that changed it, at the place before that: several may share one, and come again after a resume. */
  #hearCall(op: string, seq: number, call: Seen): void {
    if (seq < this.place) this.faults.push(`${this.name} was told of call ${call.id} at ${seq} after ${this.place}`);
    this.place = seq;
    if (op === 'deleted') this.calls.delete(call.id);
    else this.calls.set(call.id, call);
  }
}

export class SocketReader extends Reader {
  #socket: WebSocket | undefined;

  resume(url: string): void {
    this.cut();
    const socket = new WebSocket(`${url.replace(/^http/, 'ws')}/live`, { headers });
    this.#socket = socket;
    this.resumes += 1;
    const { place: after, filter, types } = this;
    socket.on('open', () => socket.send(JSON.stringify({ type: 'subscribe', after, types, filter })));
    socket.on('message', (data: Buffer) => {
      if (this.#socket === socket) this.hear(JSON.parse(data.toString()) as Frame);
    });
    socket.on('error', () => undefined);
  }

  cut(): void {
    this.#socket?.terminate();
    this.#socket = undefined;
  }
}

export class StreamReader extends Reader {
  #response: IncomingMessage | undefined;
  #tries = 0;

  resume(url: string): void {
    this.cut();
    const own = ++this.#tries;
    this.resumes += 1;
    const query = new URLSearchParams({ after: String(this.place), types: this.types.join(), ...this.filter });
    get(`${url}/api/v1/live?${query.toString()}`, { headers, agent: false }, (response) => {
      if (own !== this.#tries) return void response.destroy();
      this.#response = response;
      if (response.statusCode !== 200) this.faults.push(`${this.name} was answered ${response.statusCode}`);
      response.setEncoding('utf8');
      let text = '';
      response.on('data', (part: string) => {
        const events = (text + part).split('\n\n');
        text = events.pop()!;
        for (const event of events) {
          const data = /^data: (.*)$/m.exec(event)?.[1];
          if (data !== undefined && own === this.#tries) this.hear(JSON.parse(data) as Frame);
        }
      });
      response.on('error', () => undefined);
    }).on('error', () => undefined);
  }

  cut(): void {
    this.#tries += 1;
    this.#response?.destroy();
    this.#response = undefined;
  }
}

export class PollReader extends Reader {
  #stop = new AbortController();

  resume(url: string): void {
    this.cut();
    this.resumes += 1;
    const { signal } = (this.#stop = new AbortController());
    void this.#poll(url, signal);
  }

  cut(): void {
    this.#stop.abort();
  }

  async #poll(url: string, signal: AbortSignal): Promise<void> {
    while (!signal.aborted) {
      const page = { after: String(this.place), limit: '200', wait: '5' };
      const query = new URLSearchParams({ ...page, types: this.types.join(), ...this.filter });
      try {
        const response = await fetch(`${url}/api/v1/changes?${query.toString()}`, { headers, signal });
        const answer = (await response.json()) as { changes: Frame[]; after: number; reason?: string };
        // The daemon says goodbye with a 503; anything else is a fault.
        if (response.status === 503) continue;
        if (!response.ok) return void this.faults.push(`${this.name} was answered ${response.status}`);
        for (const change of answer.changes) this.hear({ type: 'cdr', ...change });
        this.place = Math.max(this.place, answer.after);
      } catch {
        // The daemon is gone; the next one is resumed with.
        return;
      }
    }
  }
}
