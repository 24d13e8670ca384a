// ami-to-ws: from the write of an event to the AMI socket until a WebSocket client has the message, at a steady pace.
import { once } from 'node:events';
import { createServer, type AddressInfo, type Socket } from 'node:net';
import { setTimeout as delay } from 'node:timers/promises';
import { fileURLToPath } from 'node:url';
import { WebSocket } from 'ws';
import { adminToken } from '../support/daemon.ts';
import { until } from '../support/until.ts';
import { startChild } from './cleanup.ts';
import { startBenchDaemon, type BenchOptions } from './daemon.ts';
import { eventOf, indexOf } from './events.ts';
import { alternate, figureOf, type Part, type PartOptions } from './pairs.ts';

const broadcaster = fileURLToPath(new URL('bare/broadcast.ts', import.meta.url));

export const amiToWs: Part = {
  name: 'ami-to-ws',
  about: 'AMI event → WebSocket message through the daemon; against a bare TCP socket → bare ws broadcast',
  async run(options) {
    const figures = [];
    for (const clients of [1, 100]) figures.push(...(await runWith(clients, options)));
    return figures;
  },
};

/** One of the two ways from a socket to the clients. */
interface Side {
  send(bytes: string): void;
  /** What stands before the sequence in a message. */
  mark: string;
  clients: WebSocket[];
  end(): Promise<void>;
}

interface Latency {
  p50: number;
  p99: number;
  max: number;
}

async function runWith(clients: number, { isShort, pairs, rate }: PartOptions) {
  const count = Math.ceil(rate * (isShort ? 0.8 : 3));
  const ours = await openDaemonSide(clients);
  const bare = await openBare(clients);
  try {
    // Code that has run a few hundred times is not the code that starts.
    const warm = Math.ceil(rate * (isShort ? 0.5 : 2));
    await play(ours, 0, warm, rate);
    await play(bare, 0, warm, rate);
    const from = (pair: number) => warm + pair * count;
    const runs = await alternate(
      pairs,
      (pair) => play(ours, from(pair), count, rate),
      (pair) => play(bare, from(pair), count, rate),
    );
    const plural = clients === 1 ? '1 client' : `${clients} clients`;
    return (['p50', 'p99', 'max'] as const).map((quantile) =>
      figureOf(
        { part: amiToWs.name, case: `${plural}, ${rate}/s, ${quantile}`, unit: 'ms' },
        runs.map(({ measured, reference }) => ({ measured: measured[quantile], reference: reference[quantile] })),
      ),
    );
  } finally {
    await ours.end();
    await bare.end();
  }
}

/** Sends events `from` to `from + count` and waits until every client has every one. */
export async function play(side: Side, from: number, count: number, rate: number): Promise<Latency> {
  const sentAt = new Float64Array(count);
  const took = new Float64Array(count * side.clients.length);
  let heard = 0;
  const hear = (data: Buffer) => {
    const now = performance.now();
    const sequence = sequenceOf(data, side.mark);
    if (sequence !== null) took[heard++] = now - sentAt[indexOf(sequence) - from]!;
  };
  for (const client of side.clients) client.on('message', hear);
  const began = performance.now();
  for (let sent = 0; sent < count;) {
    const due = Math.min(count, Math.floor(((performance.now() - began) / 1000) * rate) + 1);
    for (; sent < due; sent++) {
      const bytes = eventOf(from + sent);
      sentAt[sent] = performance.now();
      side.send(bytes);
    }
    await delay(1);
  }
  await until(() => heard === took.length, `${took.length} messages to arrive`);
  for (const client of side.clients) client.off('message', hear);
  took.sort();
  const at = (share: number) => took[Math.min(took.length - 1, Math.floor(took.length * share))]!;
  return { p50: at(0.5), p99: at(0.99), max: took.at(-1)! };
}

/** The number behind the mark, without parsing the rest: 100 clients share one core with everything else. */
function sequenceOf(data: Buffer, mark: string): number | null {
  const at = data.indexOf(mark);
  if (at === -1) return null;
  return Number.parseInt(data.toString('latin1', at + mark.length, at + mark.length + 16), 10);
}

export async function openDaemonSide(count: number, options: BenchOptions = {}): Promise<Side & { url: string }> {
  const daemon = await startBenchDaemon(options);
  const headers = { authorization: `Bearer ${adminToken}` };
  const open = async () => {
    const client = new WebSocket(`${daemon.url.replace(/^http/, 'ws')}/live`, { headers, perMessageDeflate: false });
    const isLive = new Promise<void>((resolve) => {
      client.on('message', (data: Buffer) => data.includes('"type":"live"') && resolve());
    });
    await once(client, 'open');
    client.send(JSON.stringify({ type: 'subscribe', after: null, filter: {} }));
    await isLive;
    client.removeAllListeners('message');
    return client;
  };
  const clients = await Promise.all(Array.from({ length: count }, open));
  return {
    url: daemon.url,
    send: (bytes) => daemon.peer.broadcast(bytes),
    mark: '"sequence":',
    clients,
    end: async () => {
      for (const client of clients) client.terminate();
      await daemon.end();
    },
  };
}

async function openBare(count: number): Promise<Side> {
  const server = createServer({ noDelay: true }).listen(0, '127.0.0.1');
  await once(server, 'listening');
  const connected = once(server, 'connection') as Promise<[Socket]>;
  const port = String((server.address() as AddressInfo).port);
  const child = await startChild([broadcaster, port], (line) => (line.startsWith('ws:') ? line : undefined));
  const [socket] = await connected;
  const open = async () => {
    const client = new WebSocket(child.ready, { perMessageDeflate: false });
    await once(client, 'open');
    return client;
  };
  const clients = await Promise.all(Array.from({ length: count }, open));
  return {
    send: (bytes) => void socket.write(bytes),
    mark: 'Sequence: ',
    clients,
    end: async () => {
      for (const client of clients) client.terminate();
      await child.end();
      server.close();
    },
  };
}
