// The socket to the peer (TCP or TLS) and a private Unix socket on which asterisk-manager sees only the answers that the guard
// lets through. It is always in the path, since asterisk-manager can neither bound its input nor destroy its socket.
import { once } from 'node:events';
import { chmod, mkdtemp, readFile, rm } from 'node:fs/promises';
import { connect as connectTcp, createServer, type Server, type Socket } from 'node:net';
import { tmpdir } from 'node:os';
import { join } from 'node:path';
import { connect as connectTls } from 'node:tls';
import { messageOf } from '../../errors.ts';
import type { AmiConfig } from './config.ts';
import { Guard, notAmi, type Wanted } from './guard.ts';

/** `host:port`, as messages show it. */
export function placeOf(config: AmiConfig): string {
  return config.host.includes(':') ? `[${config.host}]:${config.port}` : `${config.host}:${config.port}`;
}

export class Relay {
  readonly #config: AmiConfig;
  readonly #end: (message: string) => void;
  readonly #guard: Guard;
  readonly #greeted = Promise.withResolvers<void>();
  #upstream: Socket | undefined;
  #server: Server | undefined;
  #folder: string | undefined;
  #removal: Promise<void> | undefined;
  #local: Socket | undefined;
  #waiting = '';
  #isClosed = false;
  #heardAt = performance.now();

  /** `end` is told, in a sentence, why the line is of no use any more; it may be told more than once. */
  constructor(config: AmiConfig, end: (message: string) => void, wanted: Wanted) {
    this.#config = config;
    this.#end = end;
    this.#guard = new Guard(wanted);
  }

  /** Milliseconds since the last byte from the peer. */
  get quietMs(): number {
    return performance.now() - this.#heardAt;
  }

  /** What the peer failed to do if the deadline is now. */
  get overdue(): string {
    if (this.#upstream === undefined || this.#upstream.connecting) return 'did not accept the connection';
    if (this.#guard.isGreeted) return 'did not answer the login';
    const { beginning } = this.#guard;
    return beginning === '' ? 'did not send the banner of an AMI server' : notAmi(beginning);
  }

  /** Connects and waits for the banner: the secret goes to nobody who has not said that he is AMI. */
  async dial(signal: AbortSignal): Promise<void> {
    const { tls } = this.#config;
    const upstream = tls === 'off' ? connectTcp(this.#config) : connectTls(await this.#tlsOptions());
    this.#upstream = upstream;
    const place = placeOf(this.#config);
    upstream.setNoDelay(true);
    upstream.on('data', (chunk: Buffer) => this.#take(chunk));
    upstream.on('error', (error) => this.#end(`no line to ${place}: ${messageOf(error)}`));
    upstream.on('close', () => this.#end(`${place} closed the connection`));
    if (signal.aborted) upstream.destroy();
    await orAborted(this.#greeted.promise, signal);
  }

  /** The path that asterisk-manager connects to, once; it is gone from the disk as soon as that has happened. */
  async listen(): Promise<string> {
    this.#folder = await mkdtemp(join(tmpdir(), 'cdrd-ami-'));
    const path = join(this.#folder, 's');
    this.#server = createServer((local) => this.#join(local));
    this.#server.maxConnections = 1;
    this.#server.listen(path);
    await once(this.#server, 'listening');
    await chmod(path, 0o600);
    return path;
  }

  /** Cuts the peer off at once; what it has said before still reaches asterisk-manager. */
  async close(): Promise<void> {
    this.#isClosed = true;
    this.#upstream?.destroy();
    this.#local?.end();
    await this.#removeSocket();
  }

  #take(chunk: Buffer): void {
    this.#heardAt = performance.now();
    this.#forward(this.#guard.push(chunk));
    if (this.#guard.fault !== undefined) {
      this.#end(`${placeOf(this.#config)} ${this.#guard.fault}`);
      this.#upstream?.destroy();
    } else if (this.#guard.isGreeted) {
      this.#greeted.resolve();
      if (this.#local === undefined) this.#upstream?.pause();
    }
  }

  #forward(text: string): void {
    if (text === '') return;
    if (this.#local === undefined) this.#waiting += text;
    else if (!this.#local.write(text)) this.#upstream?.pause();
  }

  #join(local: Socket): void {
    if (this.#isClosed) return void local.destroy();
    this.#local = local;
    local.on('data', (chunk: Buffer) => this.#upstream?.write(chunk));
    local.on('drain', () => this.#upstream?.resume());
    local.on('error', (error) => this.#end(`the relay to ${placeOf(this.#config)} broke: ${messageOf(error)}`));
    this.#forward(this.#waiting);
    this.#waiting = '';
    this.#upstream?.resume();
    void this.#removeSocket();
  }

  #removeSocket(): Promise<void> {
    this.#server?.close();
    if (this.#folder === undefined) return Promise.resolve();
    this.#removal ??= rm(this.#folder, { recursive: true, force: true }).catch((error: unknown) => {
      this.#end(`cannot remove the relay's folder: ${messageOf(error)}`);
    });
    return this.#removal;
  }

  async #tlsOptions() {
    const { host, port, tls, tls_ca } = this.#config;
    const ca = tls_ca === undefined ? {} : { ca: await readFile(tls_ca) };
    return { host, port, rejectUnauthorized: tls === 'verify', ...ca };
  }
}

/** Rejects with the signal's reason when that comes first. */
export function orAborted<T>(promise: Promise<T>, signal: AbortSignal): Promise<T> {
  const { promise: aborted, reject } = Promise.withResolvers<never>();
  const onAbort = () => reject(signal.reason as Error);
  if (signal.aborted) onAbort();
  else signal.addEventListener('abort', onAbort, { once: true });
  return Promise.race([promise, aborted]);
}
