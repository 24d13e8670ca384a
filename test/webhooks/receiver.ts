// A real server that webhooks post to: it keeps what came and answers as the test says.
import { createServer, type IncomingHttpHeaders, type Server } from 'node:http';
import type { AddressInfo } from 'node:net';

export interface Posted {
  /** The webhook-id. */
  id: string;
  headers: IncomingHttpHeaders;
  /** As it came. */
  text: string;
  body: { type: string; timestamp: string; generation: string; data: Told | Told[] };
}

export interface Told {
  type: string;
  op?: string;
  seq?: number;
  reason?: string;
  cdr?: { id: number; uniqueid?: string };
  call?: { id: number; records?: number; outcome?: string };
  into?: number;
}

export interface Reply {
  status: number;
  headers?: Record<string, string>;
  text?: string;
}

export class Receiver {
  readonly posted: Posted[] = [];
  /** null: it takes the request and never answers. */
  answer: (posted: Posted) => Reply | null = () => ({ status: 204 });
  #server: Server | undefined;
  #port = 0;

  get url(): string {
    return `http://127.0.0.1:${this.#port}/calls`;
  }

  /** The single messages, in order; those of batches one by one. */
  get told(): Told[] {
    return this.posted.flatMap(({ body }) => body.data);
  }

  /** Also again, on the port it had. */
  async open(): Promise<this> {
    this.#server = createServer((request, response) => {
      const parts: Buffer[] = [];
      request.on('data', (part: Buffer) => parts.push(part));
      request.on('end', () => {
        const text = Buffer.concat(parts).toString('utf8');
        const { headers } = request;
        const posted = { id: String(headers['webhook-id']), headers, text, body: JSON.parse(text) as Posted['body'] };
        this.posted.push(posted);
        const reply = this.answer(posted);
        if (reply) response.writeHead(reply.status, reply.headers).end(reply.text);
      });
    });
    await new Promise<void>((resolve) => this.#server!.listen(this.#port, '127.0.0.1', resolve));
    this.#port = (this.#server.address() as AddressInfo).port;
    return this;
  }

  async close(): Promise<void> {
    const server = this.#server;
    this.#server = undefined;
    if (!server) return;
    server.closeAllConnections();
    await new Promise((resolve) => server.close(resolve));
  }
}
