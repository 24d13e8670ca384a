// A client of /live that keeps all it hears.
import { WebSocket, type ClientOptions } from 'ws';
import { heard } from './heard.ts';
import type { House } from './support.ts';

export interface Frame {
  type: 'end' | 'hello' | 'cdr' | 'live' | 'resync' | 'error' | 'progress' | 'replaced' | 'unsubscribed' | 'pong';
  id?: string;
  ids?: string[];
  op?: string;
  seq?: number;
  generation?: string;
  reason?: string;
  code?: number;
  message?: string;
  cdr?: { id: number; [field: string]: unknown };
}

/** A client of /live that keeps all it hears. */
export class Listener {
  readonly frames: Frame[] = [];
  readonly ws: WebSocket;
  closed: { code: number; reason: string } | null = null;
  #waiting: { holds: () => boolean; done: () => void }[] = [];

  constructor(ws: WebSocket) {
    this.ws = ws;
    ws.on('message', (data: Buffer) => {
      this.frames.push(heard<Frame>(data.toString()));
      this.#look();
    });
    ws.on('close', (code, reason) => {
      this.closed = { code, reason: reason.toString() };
      this.#look();
    });
  }

  /** Resolves when `holds`. */
  async until(holds: () => boolean): Promise<void> {
    if (!holds()) await new Promise<void>((done) => this.#waiting.push({ holds, done }));
  }

  async hear(type: Frame['type']): Promise<Frame> {
    const find = () => this.frames.find((frame) => frame.type === type);
    await this.until(() => find() !== undefined);
    return find()!;
  }

  async gone(): Promise<{ code: number; reason: string }> {
    await this.until(() => this.closed !== null);
    return this.closed!;
  }

  say(message: unknown): void {
    this.ws.send(JSON.stringify(message));
  }

  /** Subscribes; resolves when it is live. */
  async subscribe(after: number | null = null, filter?: object): Promise<void> {
    this.say({ type: 'subscribe', after, ...(filter ? { filter } : {}) });
    await this.hear('live');
  }

  /** Resolves when everything the server had sent by now is here. */
  async fence(): Promise<void> {
    this.ws.ping();
    await new Promise((resolve) => this.ws.once('pong', resolve));
  }

  get changes(): Frame[] {
    return this.frames.filter(({ type }) => type === 'cdr');
  }

  get seqs(): number[] {
    return this.changes.map(({ seq }) => seq!);
  }

  #look(): void {
    const [now, later] = [this.#waiting.filter(({ holds }) => holds()), this.#waiting.filter(({ holds }) => !holds())];
    this.#waiting = later;
    for (const { done } of now) done();
  }
}

/** Connects to /live; rejects with the status of a refusal. */
export function listen(
  { url }: House,
  token: string | null,
  { path = '/live', protocols = [], ...options }: ClientOptions & { path?: string; protocols?: string[] } = {},
): Promise<Listener> {
  const headers = token === null ? {} : { authorization: `Bearer ${token}` };
  const ws = new WebSocket(`${url.replace('http', 'ws')}${path}`, protocols, { headers, ...options });
  const listener = new Listener(ws);
  return new Promise((resolve, reject) => {
    ws.once('open', () => resolve(listener));
    ws.once('error', reject);
  });
}
