// One client of the simulated AMI: reads its actions and answers in Asterisk's words (main/manager.c, Asterisk 22).
import type { Socket } from 'node:net';
import { systemClock, epochText } from './clock.ts';

/** The one user of manager.conf; shared by all sessions and changed while they run. */
export interface Account {
  username: string;
  secret: string;
  /** While true every login fails. */
  refused: boolean;
}

export interface Session {
  readonly socket: Socket;
  /** Sends the banner. */
  greet(): void;
  /** Logged in, and its mask has the class `cdr`, or `call`. */
  listens(kind?: EventClass): boolean;
  mute(on: boolean): void;
}

type Headers = Map<string, string>;

const BANNER = 'Asterisk Call Manager/11.0.0\r\n';
/** EVENT_FLAG_CALL and EVENT_FLAG_CDR of include/asterisk/manager.h. */
const classes = { call: 1 << 1, cdr: 1 << 10 } as const;
export type EventClass = keyof typeof classes;
const EVERYTHING = -1;
/** More than Asterisk's 128 lines of 1,024 bytes; a client that sends more without a blank line is dropped. */
const MAX_ACTION = 131_072;

/** Serves the socket until either side closes it. `changed` is told after every login and change of mask. */
export function openSession(socket: Socket, account: Account, told: { changed(): void; refused(): void }): Session {
  let greeted = false;
  let loggedIn = false;
  let mask = EVERYTHING;
  let unread = '';

  socket.setEncoding('utf8');
  // A client that goes away mid-write is no fault of the simulator; `close` follows.
  socket.on('error', () => undefined);
  socket.on('data', (chunk: string) => {
    unread += chunk;
    for (let end = /\r?\n\r?\n/.exec(unread); end && socket.writable; end = /\r?\n\r?\n/.exec(unread)) {
      const action = unread.slice(0, end.index);
      unread = unread.slice(end.index + end[0].length);
      answer(headersOf(action));
    }
    if (unread.length > MAX_ACTION) socket.destroy();
  });

  function answer(headers: Headers): void {
    const action = headers.get('action') ?? '';
    const id = headers.get('actionid');
    const respond = (response: string, ...lines: string[]): string =>
      [`Response: ${response}`, ...(id === undefined ? [] : [`ActionID: ${id}`]), ...lines, '', ''].join('\r\n');
    const error = (message: string): string => respond('Error', `Message: ${message}`);
    const name = action.toLowerCase();

    if (name === 'login') login(headers, respond);
    else if (name === 'logoff') socket.end(respond('Goodbye', 'Message: Thanks for all the fish.'));
    else if (name === '') socket.write(error('Missing action in request'));
    else if (!loggedIn) socket.write(error('Permission denied'));
    else if (name === 'ping')
      socket.write(respond('Success', 'Ping: Pong', `Timestamp: ${epochText(systemClock.now())}`));
    else if (name === 'events')
      socket.write(setMask(headers.get('eventmask') ?? '', respond) ?? error('Invalid event mask'));
    else
      socket.write(error(`Invalid/unknown command: ${action}. Use Action: ListCommands to show available commands.`));
    told.changed();
  }

  function login(headers: Headers, respond: (response: string, ...lines: string[]) => string): void {
    const right = headers.get('username') === account.username && headers.get('secret') === account.secret;
    if (!right || account.refused) {
      told.refused();
      socket.end(respond('Error', 'Message: Authentication failed'));
      return;
    }
    loggedIn = true;
    mask = maskOf(headers.get('events') ?? '') ?? EVERYTHING;
    socket.write(respond('Success', 'Message: Authentication accepted'));
  }

  /** The answer to `Action: Events`, or null when the mask is none. */
  function setMask(text: string, respond: (response: string, ...lines: string[]) => string): string | null {
    const wanted = maskOf(text);
    if (wanted === null) return null;
    mask = wanted;
    return respond('Success', `Events: ${wanted === 0 ? 'Off' : 'On'}`);
  }

  return {
    socket,
    greet() {
      greeted = true;
      socket.write(BANNER);
    },
    listens: (kind = 'cdr') => loggedIn && (mask & classes[kind]) !== 0 && socket.writable,
    mute(on) {
      if (on) socket.pause();
      else {
        if (!greeted) this.greet();
        socket.resume();
      }
    },
  };
}

/** Header names in lower case: Asterisk compares them so. */
function headersOf(action: string): Headers {
  const headers: Headers = new Map();
  for (const line of action.split(/\r?\n/)) {
    const colon = line.indexOf(':');
    if (colon > 0) headers.set(line.slice(0, colon).toLowerCase(), line.slice(colon + 1).trim());
  }
  return headers;
}

/**
 * A mask in words, `on`, `off` or digits (strings_to_mask); null when empty. Classes other than `cdr` and `call` bring this
 * user nothing.
 */
function maskOf(text: string): number | null {
  const word = text.trim().toLowerCase();
  if (word === '') return null;
  if (/^\d+$/.test(word)) return Number(word);
  if (/^(no|false|n|f|off)$/.test(word)) return 0;
  if (/^(yes|true|y|t|on)$/.test(word)) return EVERYTHING;
  const names = word.split(',').map((name) => name.trim());
  if (names.includes('all')) return EVERYTHING;
  return (names.includes('cdr') ? classes.cdr : 0) | (names.includes('call') ? classes.call : 0);
}
