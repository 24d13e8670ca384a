// The reference of ami-to-ws: what comes on a TCP socket goes to every WebSocket client, one message per event, with
// nothing between. Usage: broadcast.ts PORT; prints its WebSocket URL.
import type { AddressInfo } from 'node:net';
import { connect } from 'node:net';
import { WebSocketServer } from 'ws';

const eventEnd = '\r\n\r\n';

const server = new WebSocketServer({ host: '127.0.0.1', port: 0, perMessageDeflate: false });
const socket = connect({ host: '127.0.0.1', port: Number(process.argv[2]), noDelay: true });
let rest = Buffer.alloc(0);

socket.on('data', (chunk: Buffer) => {
  rest = Buffer.concat([rest, chunk]);
  for (let end = rest.indexOf(eventEnd); end !== -1; end = rest.indexOf(eventEnd)) {
    const event = rest.subarray(0, end + eventEnd.length);
    rest = rest.subarray(end + eventEnd.length);
    for (const client of server.clients) client.send(event, { binary: false });
  }
});
server.on('listening', () => {
  process.stdout.write(`ws://127.0.0.1:${(server.address() as AddressInfo).port}\n`);
});
process.on('disconnect', () => process.exit());
