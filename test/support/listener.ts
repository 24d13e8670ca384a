// A WebSocket client of /live that collects what it is told and can be cut and resumed.
import { WebSocket } from 'ws';
import { adminToken } from './daemon.ts';
import { until } from './until.ts';

export interface Told {
  type: string;
  op?: 'created' | 'updated' | 'deleted';
  seq?: number;
  cdr?: { id: number; uniqueid: string; sequence: number | null };
  [key: string]: unknown;
}

export class Listener {
  readonly told: Told[] = [];
  readonly #socket: WebSocket;

  constructor(url: string, after: number | null, filter: object = {}) {
    this.#socket = new WebSocket(`${url.replace(/^http/, 'ws')}/live`, {
      headers: { authorization: `Bearer ${adminToken}` },
    });
    this.#socket.on('open', () => this.#socket.send(JSON.stringify({ type: 'subscribe', after, filter })));
    this.#socket.on('message', (data: Buffer) => this.told.push(JSON.parse(data.toString()) as Told));
    this.#socket.on('error', () => undefined);
  }

  get changes(): Told[] {
    return this.told.filter(({ type }) => type === 'cdr');
  }

  /** The last place it was told of. */
  get place(): number {
    return this.told.reduce((last, { type, seq }) => (type === 'hello' ? last : Math.max(last, seq ?? 0)), 0);
  }

  isLive(): Promise<Told> {
    return until(() => this.told.find(({ type }) => type === 'live'), 'the feed to go live');
  }

  /** The line breaks, without a goodbye. */
  cut(): void {
    this.#socket.terminate();
  }
}
