// A TCP line that can be cut, held (half-open), made slow, or made to lie, between the daemon and whatever it speaks to.
import { connect, createServer, type AddressInfo, type Socket } from 'node:net';

export interface Proxy {
  port: number;
  /** Connections that were made through it, ever. */
  readonly accepted: number;
  /** Ends all connections at once, with a reset; new ones are let in. */
  reset(): void;
  /** Takes in what comes and passes nothing on, in either direction: a firewall that swallows. Also for new connections. */
  hold(on: boolean): void;
  /** Refuses new connections and ends the old ones. */
  refuse(on: boolean): void;
  /** Passes on at most so many bytes at a time, each after a millisecond or more. Infinity: as they come. */
  trickle(bytes: number): void;
  /** Changes what the far side says. */
  corrupt(change: ((data: Buffer) => Buffer) | null): void;
  close(): Promise<void>;
}

export async function openProxy(to: { port: number; host?: string }): Promise<Proxy> {
  const sockets = new Set<Socket>();
  const state = { isHeld: false, isRefused: false, trickle: Infinity, accepted: 0 };
  let corrupting: ((data: Buffer) => Buffer) | null = null;
  const server = createServer((near) => {
    state.accepted += 1;
    const far = connect(to.port, to.host ?? '127.0.0.1');
    for (const socket of [near, far]) {
      sockets.add(socket);
      socket.setNoDelay(true);
      socket.on('error', () => undefined);
      socket.on('close', () => sockets.delete(socket));
    }
    if (state.isRefused) near.destroy();
    pipe(near, far, (data) => data);
    pipe(far, near, (data) => corrupting?.(data) ?? data);
  });
  function pipe(from: Socket, into: Socket, change: (data: Buffer) => Buffer): void {
    let last: Promise<void> = Promise.resolve();
    from.on('data', (data) => {
      if (state.isHeld) return;
      const passed = change(data);
      if (state.trickle === Infinity) return void into.write(passed);
      last = last.then(async () => {
        for (let at = 0; at < passed.length; at += state.trickle) {
          into.write(passed.subarray(at, at + state.trickle));
          await new Promise((resolve) => setTimeout(resolve, 1));
        }
      });
    });
    from.on('close', () => void last.then(() => into.destroy()));
  }
  await new Promise<void>((resolve) => server.listen(0, '127.0.0.1', resolve));
  const reset = (): void => sockets.forEach((socket) => socket.resetAndDestroy());
  return {
    port: (server.address() as AddressInfo).port,
    get accepted() {
      return state.accepted;
    },
    reset,
    hold: (on) => void (state.isHeld = on),
    refuse(on) {
      state.isRefused = on;
      if (on) reset();
    },
    trickle: (bytes) => void (state.trickle = bytes),
    corrupt: (change) => void (corrupting = change),
    close: async () => {
      const closed = new Promise<void>((resolve) => server.close(() => resolve()));
      reset();
      await closed;
    },
  };
}
