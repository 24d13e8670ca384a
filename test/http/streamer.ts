// A client of the event stream that keeps all it hears, and knows where it would resume.
import { get, type IncomingMessage } from 'node:http';
import { heard } from './heard.ts';
import type { Frame } from './listener.ts';
import type { House } from './support.ts';

export class Streamer {
  readonly frames: Frame[] = [];
  readonly response: IncomingMessage;
  /** The id of the last event, as a browser would send it. */
  lastId: string | null = null;
  retry: string | null = null;
  comments = 0;
  isOver = false;
  #text = '';
  #waiting: { holds: () => boolean; done: () => void }[] = [];

  constructor(response: IncomingMessage) {
    this.response = response;
    response.setEncoding('utf8');
    response.on('data', (text: string) => {
      const blocks = (this.#text + text).split('\n\n');
      this.#text = blocks.pop()!;
      for (const block of blocks) this.#hear(block);
      this.#look();
    });
    response.on('error', () => undefined);
    response.on('close', () => {
      this.isOver = true;
      this.#look();
    });
  }

  async until(holds: () => boolean): Promise<void> {
    if (!holds()) await new Promise<void>((done) => this.#waiting.push({ holds, done }));
  }

  async hear(type: Frame['type']): Promise<Frame> {
    const find = () => this.frames.find((frame) => frame.type === type);
    await this.until(() => find() !== undefined);
    return find()!;
  }

  /** Resolves when the stream is over. */
  gone(): Promise<void> {
    return this.until(() => this.isOver);
  }

  hangUp(): Promise<void> {
    this.response.destroy();
    return this.gone();
  }

  get seqs(): number[] {
    return this.frames.filter(({ type }) => type === 'cdr').map(({ seq }) => seq!);
  }

  #hear(block: string): void {
    const fields = new Map<string, string>();
    for (const line of block.split('\n')) {
      const [, name = '', value = ''] = /^([^:]*): ?(.*)$/.exec(line) ?? [];
      if (name === '') this.comments += 1;
      fields.set(name, value);
    }
    this.lastId = fields.get('id') ?? this.lastId;
    this.retry = fields.get('retry') ?? this.retry;
    const data = fields.get('data');
    if (data === undefined) return;
    const frame = heard<Frame>(data, 'stream');
    if (frame.type !== fields.get('event')) throw new Error(`the event ${fields.get('event')} carries ${data}`);
    this.frames.push(frame);
  }

  #look(): void {
    const [now, later] = [this.#waiting.filter(({ holds }) => holds()), this.#waiting.filter(({ holds }) => !holds())];
    this.#waiting = later;
    for (const { done } of now) done();
  }
}

/** Opens the stream; rejects with the status of a refusal. */
export function stream({ url }: House, token: string, query = '', lastId: string | null = null): Promise<Streamer> {
  const headers = { authorization: `Bearer ${token}`, ...(lastId === null ? {} : { 'last-event-id': lastId }) };
  return new Promise((resolve, reject) => {
    get(`${url}/api/v1/live${query}`, { headers, agent: false }, (response) => {
      if (response.statusCode === 200) return resolve(new Streamer(response));
      response.resume();
      reject(new Error(String(response.statusCode)));
    }).on('error', reject);
  });
}
