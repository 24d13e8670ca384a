// The little AMI that playing calls needs: log in, send an action, read its answer, see events.
// It trusts its Asterisk; the daemon's own AMI room is another program.
import { createConnection } from 'node:net';
import type { Socket } from 'node:net';

const ANSWER_LIMIT_MS = 30_000;

export interface AmiAccess {
  host: string;
  port: number;
  username: string;
  secret: string;
}

/** One message; a header that comes several times (the lines of a command's output) is joined by newlines. */
export type AmiMessage = ReadonlyMap<string, string>;

interface Waiting {
  answer: (message: AmiMessage) => void;
  fail: (why: string) => void;
}

export class Ami {
  readonly #socket: Socket;
  readonly #waiting = new Map<string, Waiting>();
  readonly #onEvent: (event: AmiMessage) => void;
  #lines = '';
  #last = 0;

  constructor(socket: Socket, onEvent: (event: AmiMessage) => void) {
    this.#socket = socket;
    this.#onEvent = onEvent;
  }

  open(): this {
    this.#socket.setEncoding('utf8').on('data', (text: string) => this.#read(text));
    this.#socket.on('close', () => this.#waiting.forEach(({ fail }) => fail('the connection was closed')));
    return this;
  }

  /** Sends an action and gives its response; throws when Asterisk says `Error` or nothing. */
  async send(action: Readonly<Record<string, string>>): Promise<AmiMessage> {
    const id = String(++this.#last);
    const lines = Object.entries({ ...action, ActionID: id }).map(([key, value]) => `${key}: ${value}\r\n`);
    const answer = new Promise<AmiMessage>((resolve, reject) => {
      const fail = (why: string): void => reject(new Error(`AMI ${action.Action}: ${why}`));
      this.#waiting.set(id, { answer: resolve, fail });
      setTimeout(fail, ANSWER_LIMIT_MS, `no answer in ${ANSWER_LIMIT_MS / 1000} s`).unref();
    });
    this.#socket.write(`${lines.join('')}\r\n`);
    const response = await answer;
    if (response.get('Response') !== 'Success') throw new Error(`AMI ${action.Action}: ${response.get('Message')}`);
    return response;
  }

  /** The output of a command of Asterisk's own command line. */
  async command(command: string): Promise<string> {
    return (await this.send({ Action: 'Command', Command: command })).get('Output') ?? '';
  }

  close(): void {
    this.#socket.destroy();
  }

  #read(text: string): void {
    const messages = (this.#lines + text).split('\r\n\r\n');
    this.#lines = messages.pop() ?? '';
    for (const message of messages.map(parse)) {
      const id = message.get('ActionID') ?? '';
      const waiting = message.has('Response') ? this.#waiting.get(id) : undefined;
      this.#waiting.delete(id);
      if (waiting === undefined) this.#onEvent(message);
      else waiting.answer(message);
    }
  }
}

/** Connects and logs in. */
export async function connectAmi(access: AmiAccess, onEvent: (event: AmiMessage) => void = () => {}): Promise<Ami> {
  const socket = createConnection(access.port, access.host);
  await new Promise<void>((resolve, reject) => {
    socket.once('connect', resolve).once('error', reject);
  });
  // Later errors end in 'close', which fails what waits for an answer.
  socket.on('error', () => {});
  const ami = new Ami(socket, onEvent).open();
  try {
    await ami.send({ Action: 'Login', Username: access.username, Secret: access.secret });
    return ami;
  } catch (error) {
    ami.close();
    throw error;
  }
}

function parse(text: string): AmiMessage {
  const message = new Map<string, string>();
  for (const line of text.split('\r\n')) {
    const colon = line.indexOf(': ');
    const key = colon < 0 ? line.replace(/:$/, '') : line.slice(0, colon);
    const value = colon < 0 ? '' : line.slice(colon + 2);
    const before = message.get(key);
    message.set(key, before === undefined ? value : `${before}\n${value}`);
  }
  return message;
}
