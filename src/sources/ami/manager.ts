// asterisk-manager for one connection, kept away from its traps: no reconnecting of its own, no ping of its own, no
// listener left behind. It speaks to the relay's socket only, never to the network.
import { setTimeout as wait } from 'node:timers/promises';
import Manager from 'asterisk-manager';
import type { Ending } from './client.ts';
import type { AmiConfig } from './config.ts';
import { placeOf } from './relay.ts';

/** How long what has arrived may take from the relay to here; both ends are in this process. */
const flushMs = 1000;

const masks: Record<AmiConfig['events'], string> = { cdr: 'cdr', calls: 'cdr,call' };

export class Line {
  /** Set when Asterisk has said no, even when the line broke at the same moment. */
  refusal: Ending | undefined;
  /** True while a ping is unanswered. */
  isPinging = false;
  readonly #config: AmiConfig;
  readonly #manager: Manager;
  #closed: Promise<void> | undefined;
  #isLoggedIn = false;

  constructor(config: AmiConfig) {
    this.#config = config;
    this.#manager = new Manager(undefined, undefined, config.username, config.secret, false);
  }

  /** Resolves when connected to the relay at `path`; a failure shows as the relay's. */
  open(path: string): Promise<void> {
    const { promise, resolve } = Promise.withResolvers<void>();
    this.#closed = new Promise((closed) => void this.#manager.on('close', closed));
    this.#manager.connect(path, undefined, resolve);
    return promise;
  }

  /**
   * Resolves when Asterisk has answered: with `refusal` set, or ready for the wanted events and nothing else. That the user
   * lacks `read = cdr` cannot be seen here: Asterisk accepts any mask and then stays silent (manager.c, action_events).
   */
  logIn(): Promise<void> {
    const { promise, resolve } = Promise.withResolvers<void>();
    this.#manager.login((refusal) => {
      if (refusal !== undefined) {
        this.refusal = this.#explain(reasonOf(refusal));
        return resolve();
      }
      this.#isLoggedIn = true;
      this.#manager.action({ action: 'Events', eventmask: masks[this.#config.events] }, (no, answer) => {
        if (no !== undefined) this.refusal = this.#explainEvents(reasonOf(no));
        else if (answer['events'] === 'Off') this.refusal = this.#explainEvents('events stay off');
        resolve();
      });
    });
    return promise;
  }

  /** Sends a ping unless one is unanswered: asterisk-manager would keep a listener for each. */
  ping(): void {
    if (this.isPinging) return;
    this.isPinging = true;
    this.#manager.action({ action: 'Ping' }, () => {
      this.isPinging = false;
    });
  }

  /** The headers of Asterisk's answer, in lower case; `response` says whether it was one of refusal. Never settles when the line breaks. */
  ask(action: { action: string; [header: string]: string }): Promise<Record<string, unknown>> {
    return new Promise((resolve) => {
      this.#manager.action({ ...action }, (no, answer) => resolve(no ?? answer));
    });
  }

  /** Asks Asterisk to close the line; false when there is nobody to ask. */
  logOff(): boolean {
    if (this.#isLoggedIn) this.#manager.action({ action: 'Logoff' }, () => undefined);
    return this.#isLoggedIn;
  }

  /** Waits until all that the relay has passed on is handed out. To be called after the relay is closed. */
  async close(): Promise<void> {
    if (this.#closed !== undefined) await Promise.race([this.#closed, wait(flushMs, undefined, { ref: false })]);
    this.#manager.removeAllListeners();
    // Without any listener a late socket error would end the process.
    this.#manager.on('error', () => undefined);
  }

  #explain(reason: string): Ending {
    const { username } = this.#config;
    const place = placeOf(this.#config);
    // The session that a half-open line left behind is still there (allowmultiplelogin = no); it goes by itself.
    if (/already in use/i.test(reason)) return { kind: 'lost', message: `${place}: user ${username}: ${reason}` };
    const message =
      `${place} refused the login of user "${username}": ${reason}. Check section [${username}] of manager.conf on ` +
      `that Asterisk: secret, read = cdr, permit/deny or acl for this host; then run "manager reload" there`;
    return { kind: 'refused', message };
  }

  #explainEvents(reason: string): Ending {
    const { username } = this.#config;
    const message =
      `${placeOf(this.#config)} does not give cdr events to user "${username}": ${reason}. Set read = cdr in ` +
      `section [${username}] of manager.conf on that Asterisk, then run "manager reload" there`;
    return { kind: 'refused', message };
  }
}

function reasonOf(answer: Record<string, unknown>): string {
  const { message } = answer;
  return typeof message === 'string' && message !== '' ? message : 'no reason given';
}
