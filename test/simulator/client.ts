// A bare AMI client for these tests: a socket, what it heard, and waiting for a text.
import { connect, type Socket } from 'node:net';

export interface Client {
  readonly socket: Socket;
  /** Everything heard so far. */
  text(): string;
  /** Sends an action, headers in order. */
  act(headers: Record<string, string>): void;
  /** Resolves with everything heard, once it contains `needle`; rejects when the connection ends first. */
  until(needle: string): Promise<string>;
  /** Resolves with everything heard when the connection is closed. */
  closed(): Promise<string>;
}

export function openClient(port: number): Client {
  const socket = connect({ port, host: '127.0.0.1' });
  const checks = new Set<() => void>();
  let heard = '';
  let over = false;
  const changed = (): void => checks.forEach((check) => check());
  socket.setEncoding('utf8');
  socket.on('data', (chunk: string) => {
    heard += chunk;
    changed();
  });
  socket.on('error', () => undefined);
  socket.on('close', () => {
    over = true;
    changed();
  });
  const when = (is: () => boolean): Promise<string> =>
    new Promise((resolve, reject) => {
      const check = (): void => {
        if (is()) resolve(heard);
        else if (over) reject(new Error(`connection closed after ${JSON.stringify(heard)}`));
        else return;
        checks.delete(check);
      };
      checks.add(check);
      check();
    });
  return {
    socket,
    text: () => heard,
    act: (headers) =>
      void socket.write(
        `${Object.entries(headers)
          .map(([name, value]) => `${name}: ${value}\r\n`)
          .join('')}\r\n`,
      ),
    until: (needle) => when(() => heard.includes(needle)),
    closed: () => when(() => over),
  };
}
