// A line between a client and a daemon that tests can cut, stop in silence, and refuse.
import { connect, createServer, type Socket } from 'node:net';
import type { AddressInfo } from 'node:net';

export interface Line {
  url: string;
  /** Connections made so far. */
  count: number;
  /** Connections broken by `cutAfter`. */
  cuts: number;
  /** Breaks every connection there is. */
  cut(): void;
  /** From now on nothing passes, in either direction; nobody is told. */
  mute(isMute: boolean): void;
  /** Breaks the first connection through which so many bytes more have come from the daemon; while all are refused, every one. */
  cutAfter(bytes: number): void;
  /** From now on nobody gets through who connects. */
  refuse(isRefused: boolean): void;
  close(): Promise<void>;
}

export async function openLine(target: string): Promise<Line> {
  const { hostname, port } = new URL(target);
  const pairs = new Set<[Socket, Socket]>();
  let isMute = false;
  let isRefused = false;
  let cutAfter = Infinity;
  const server = createServer((near) => {
    line.count += 1;
    near.on('error', () => undefined);
    if (isRefused) return near.destroy();
    const far = connect(Number(port), hostname);
    const pair: [Socket, Socket] = [near, far];
    pairs.add(pair);
    near.on('data', (data) => isMute || far.write(data));
    let [passed, until] = [0, cutAfter];
    far.on('data', (data) => {
      if (until !== cutAfter) [passed, until] = [0, cutAfter];
      passed += data.length;
      if (passed <= cutAfter) return isMute || near.write(data);
      cutAfter = Infinity;
      line.cuts += 1;
      // What has come so far arrives.
      far.pause();
      pairs.delete(pair);
      if (isRefused) cut();
      return near.end(() => far.destroy());
    });
    for (const [one, other] of [pair, [far, near] as const]) {
      one.on('error', () => undefined);
      one.on('close', () => {
        pairs.delete(pair);
        if (!isMute) other.destroy();
      });
    }
  });
  await new Promise<void>((listening) => server.listen(0, '127.0.0.1', listening));
  const cut = () => {
    for (const pair of pairs) for (const socket of pair) socket.destroy();
  };
  const line: Line = {
    url: `http://127.0.0.1:${(server.address() as AddressInfo).port}`,
    count: 0,
    cuts: 0,
    cut,
    mute: (should) => (isMute = should),
    cutAfter: (bytes) => (cutAfter = bytes),
    refuse: (should) => (isRefused = should),
    close: async () => {
      cut();
      await new Promise((closed) => server.close(closed));
    },
  };
  return line;
}
