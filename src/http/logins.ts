// A name and a password to a user. Slow on purpose for whoever guesses, quick for whoever was right within the last minute.
import { createHmac, randomBytes } from 'node:crypto';
import { ClientError } from '../errors.ts';
import { isPassword } from '../store/passwords.ts';
import type { Store } from '../store/store.ts';
import { nameKey, type UserWithPassword } from '../store/users.ts';
import type { Throttle } from './throttle.ts';

/** Some dialects carry the password in every request. */
const rememberMs = 60_000;
const rememberMax = 1000;
const nameMax = 128;
const passwordMax = 1024;

export interface Login {
  user: UserWithPassword;
  /** Checked just now, not remembered. */
  isFresh: boolean;
}

export class Logins {
  readonly #store: Pick<Store, 'findUser'>;
  readonly #throttle: Throttle;
  readonly #now: () => number;
  /** Of this process only: what is remembered is of no use in another. */
  readonly #key = randomBytes(32);
  /** Keyed hash of name and password → the hash of the password it was right for. */
  readonly #remembered = new Map<string, { password: string; until: number }>();

  constructor(store: Pick<Store, 'findUser'>, throttle: Throttle, now: () => number) {
    this.#store = store;
    this.#throttle = throttle;
    this.#now = now;
  }

  /** null for a wrong name, a wrong password, a disabled user: nobody learns which. @throws ClientError 429 after too many */
  async check(name: string, password: string, address: string): Promise<Login | null> {
    if (name.length > nameMax || password.length > passwordMax) return null;
    const key = nameKey(name);
    // Read every time: a changed password or a disabled user counts at once, also when another daemon changed it.
    const user = await this.#store.findUser(name);
    // Before the memory: else whoever guesses through the 429s would hear which guess was right.
    const held = this.#throttle.look(address, key);
    if (held > 0) throw tooMany(held);
    const mark = createHmac('sha256', this.#key).update(`${key}\0${password}`).digest('base64');
    const known = this.#remembered.get(mark);
    if (known && user?.disabled === null && known.password === user.password && known.until > this.#now()) {
      return { user, isFresh: false };
    }
    this.#remembered.delete(mark);
    const wait = this.#throttle.take(address, key);
    if (wait > 0) throw tooMany(wait);
    // A user that may not come in costs what others cost.
    const isRight = await isPassword(password, user?.password).catch((error: unknown) => {
      this.#throttle.giveBack(address, key);
      throw error;
    });
    if (!isRight || user?.disabled !== null) return null;
    this.#throttle.giveBack(address, key);
    this.#remember(mark, user.password);
    return { user, isFresh: true };
  }

  #remember(mark: string, password: string): void {
    this.#remembered.set(mark, { password, until: this.#now() + rememberMs });
    if (this.#remembered.size > rememberMax) this.#remembered.delete(this.#remembered.keys().next().value!);
  }
}

function tooMany(wait: number): ClientError {
  const sentence = `too many wrong passwords (auth.login_tries), try again in ${wait} s`;
  return new ClientError(429, sentence, [], { retryAfter: wait });
}
