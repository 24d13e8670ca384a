// fan-out: one record to 1,000 clients of the feed, all with one filter or each with its own, against a bare ws broadcast of the same bytes.
import { once } from 'node:events';
import { createServer, type AddressInfo, type Socket } from 'node:net';
import { fileURLToPath } from 'node:url';
import { WebSocket } from 'ws';
import { adminToken } from '../support/daemon.ts';
import { until } from '../support/until.ts';
import { startChild } from './cleanup.ts';
import { startBenchDaemon } from './daemon.ts';
import { blockOf } from './events.ts';
import { openHearers } from './hearers.ts';
import { alternate, figureOf, type Figure, type Part } from './pairs.ts';

const broadcaster = fileURLToPath(new URL('bare/broadcast.ts', import.meta.url));
/** Each of them holds for all the records there are. */
const wishes = {
  'no filter': '{"type":"subscribe","after":null,"filter":{}}',
  'filters that differ': '{"type":"subscribe","after":null,"filter":{"from":"2020-01-01","not":{"extension":"9#"}}}',
};

export const fanOut: Part = {
  name: 'fan-out',
  about: 'a record to 1,000 clients of /live, with and without filters of their own; against a bare broadcast with ws',
  async run({ isShort, pairs }) {
    const clients = isShort ? 100 : 1000;
    const records = isShort ? 20 : 100;
    const figures: Figure[] = [];
    for (const [name, wish] of Object.entries(wishes)) {
      const daemon = await startBenchDaemon({ config: { limits: { live_clients_per_principal: 2000 } } });
      const bare = await openBare();
      const headers = { authorization: `Bearer ${adminToken}` };
      // What it is told the reference sends: the very same bytes.
      const witness = new WebSocket(`${daemon.url.replace(/^http/, 'ws')}/live`, { headers });
      let frames: Buffer[] = [];
      witness.on('message', (data: Buffer) => void (data.includes('{"type":"cdr"') && frames.push(data)));
      await once(witness, 'open');
      witness.send(wishes['no filter']);
      const ours = await openHearers(`${daemon.url}/live`, clients, wish);
      const theirs = await openHearers(bare.url, clients, '');
      let sent = 0;
      const measured = async () => {
        frames = [];
        const began = performance.now();
        daemon.peer.broadcast(blockOf(sent, records));
        sent += records;
        await until(() => frames.length >= records, `${records} records`);
        await ours.have(clients * bytesOf(frames));
        return (clients * records) / ((performance.now() - began) / 1000);
      };
      const reference = async () => {
        const bytes = frames.map((frame) => `${frame.toString()}\r\n\r\n`);
        const began = performance.now();
        bare.socket.write(bytes.join(''));
        await theirs.have(clients * bytesOf(bytes.map((text) => Buffer.from(text))));
        return (clients * records) / ((performance.now() - began) / 1000);
      };
      try {
        await measured();
        await reference();
        const runs = await alternate(pairs, measured, reference);
        figures.push(figureOf({ part: fanOut.name, case: `${clients} clients, ${name}`, unit: 'messages/s' }, runs));
      } finally {
        witness.terminate();
        for (const one of [ours, theirs, bare, daemon]) await one.end();
      }
    }
    return figures;
  },
};

/** As frames of a server: a head of 4 bytes from 126 bytes on (RFC 6455 §5.2). */
function bytesOf(frames: readonly Buffer[]): number {
  return frames.reduce((sum, { length }) => sum + length + (length < 126 ? 2 : 4), 0);
}

async function openBare() {
  const server = createServer({ noDelay: true }).listen(0, '127.0.0.1');
  await once(server, 'listening');
  const connected = once(server, 'connection') as Promise<[Socket]>;
  const child = await startChild([broadcaster, String((server.address() as AddressInfo).port)], (line) =>
    line.startsWith('ws:') ? line : undefined,
  );
  const [socket] = await connected;
  const end = async () => {
    await child.end();
    server.close();
  };
  return { socket, url: child.ready, end };
}
