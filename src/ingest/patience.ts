// Waiting for a store that is away, full or busy: sources wait as long as it takes, HTTP writers are told at once.
import { setTimeout as delay } from 'node:timers/promises';
import { codeOf, Unavailable } from '../errors.ts';
import type { Log } from '../log.ts';
import { storeFault } from '../store/fault.ts';
import type { Store } from '../store/store.ts';

const waitMs = { first: 100, most: 10_000 };

export class Patience {
  /** Why the last write failed, null while the store takes records. */
  fault: string | null = null;
  /** Whether a source is waiting for the store to come back; it will notice when it does. */
  isWaiting = false;
  #onTry: () => void = () => undefined;
  readonly #store: Store;
  readonly #log: Log;
  readonly #stop: AbortSignal;

  constructor(store: Store, log: Log, stop: AbortSignal) {
    this.#store = store;
    this.#log = log;
    this.#stop = stop;
  }

  /**
   * Does `work`; a patient caller waits through every fault that may pass, until the daemon stops.
   * @throws Unavailable for a fault that may pass, anything else as it comes.
   */
  async persist<T>(work: () => Promise<T>, isPatient: boolean): Promise<T> {
    for (let wait = waitMs.first; ; wait = Math.min(wait * 2, waitMs.most)) {
      try {
        const result = await work();
        if (this.fault !== null) this.#log.info('the store takes records again');
        this.fault = null;
        this.isWaiting = false;
        return result;
      } catch (error) {
        if (!this.#store.isPassing(error)) throw error;
        this.#note(error, isPatient);
        this.#onTry();
      }
      this.isWaiting = true;
      await delay(wait, undefined, { signal: this.#stop }).catch(() => undefined);
    }
  }

  /** Resolves when the store refuses the next time and is tried again: a sign of life. Only who asked last is told. */
  nextTry(): Promise<void> {
    return new Promise((resolve) => (this.#onTry = resolve));
  }

  /** @throws Unavailable when there is no waiting any more. */
  #note(error: unknown, isPatient: boolean): void {
    const fault = storeFault(error);
    if (this.fault === null) {
      const code = codeOf(error);
      this.#log.error({ code }, `the store does not take records, waiting and trying again: ${fault}`);
    }
    this.fault = fault;
    if (isPatient && !this.#stop.aborted) return;
    if (isPatient) this.#log.error('stopped while the store takes no records: what AMI had brought is lost here');
    throw new Unavailable(`the store does not take records: ${this.fault}`, { cause: error });
  }
}
