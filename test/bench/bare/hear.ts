// Clients of a feed that only count bytes: reading WebSocket frames would cost as much as sending them.
// Usage: hear.ts URL CLIENTS SUBSCRIPTION TOKEN; `#` in SUBSCRIPTION is the client's number, an empty one sends nothing.
// Prints `up` when all are live; told a number of bytes over IPC, it says `done` when so many have come to all together.
import { once } from 'node:events';
import { request } from 'node:http';
import type { Socket } from 'node:net';

const [url, count, subscription, token] = process.argv.slice(2) as [string, string, string, string];
let heard = 0;
let wanted = Infinity;

function look(): void {
  if (heard < wanted) return;
  wanted = Infinity;
  process.send?.({ heard });
  heard = 0;
}

/** RFC 6455 §5.2, a text frame of at most 65,535 bytes; the mask is zeros. */
function frameOf(text: string): Buffer {
  const payload = Buffer.from(text);
  const head =
    payload.length < 126 ? [0x81, 0x80 | payload.length] : [0x81, 0xfe, payload.length >> 8, payload.length & 255];
  return Buffer.concat([Buffer.from([...head, 0, 0, 0, 0]), payload]);
}

async function open(number: number): Promise<void> {
  const headers = {
    ...{ connection: 'Upgrade', upgrade: 'websocket', 'sec-websocket-version': '13' },
    ...{ 'sec-websocket-key': 'dGhlIHNhbXBsZSBub25jZQ==', authorization: `Bearer ${token}` },
  };
  const asked = request(url.replace(/^ws/, 'http'), { headers, agent: false });
  asked.end();
  const [, socket, rest] = (await once(asked, 'upgrade')) as [unknown, Socket, Buffer];
  if (subscription !== '') {
    let said = rest.toString('latin1');
    const isLive = new Promise<void>((resolve) => {
      socket.on('data', (data: Buffer) => {
        said += data.toString('latin1');
        if (said.includes('"type":"live"')) resolve();
      });
    });
    socket.write(frameOf(subscription.replaceAll('#', String(number))));
    await isLive;
    socket.removeAllListeners('data');
  }
  socket.on('data', (data: Buffer) => {
    heard += data.length;
    look();
  });
}

const clients = Array.from({ length: Number(count) }, (_, number) => number);
// Not all at one moment: a line of connections that wait has an end.
for (let from = 0; from < clients.length; from += 50) await Promise.all(clients.slice(from, from + 50).map(open));
process.on('message', (bytes) => {
  wanted = bytes as number;
  look();
});
process.on('disconnect', () => process.exit());
process.stdout.write('up\n');
