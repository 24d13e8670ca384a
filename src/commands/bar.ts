// How far a long work is: a bar on a terminal, a line now and then elsewhere.
import type { Screen } from './progress.ts';

const everyMs = { bar: 200, line: 5000 };
const width = 30;

export class Bar {
  readonly #screen: Screen | null;
  readonly #now: () => number;
  #last: number;
  #isShown = false;

  /** @param screen - null: nothing is shown. @param now - milliseconds that only rise. */
  constructor(screen: Screen | null, now: () => number) {
    this.#screen = screen;
    this.#now = now;
    this.#last = now();
  }

  /** `share` from 0 to 1, null where nobody knows how much there is: only the text then. */
  show(share: number | null, text: string): void {
    const isBar = this.#screen?.isTTY === true;
    if (!this.#screen || this.#now() - this.#last < (isBar ? everyMs.bar : everyMs.line)) return;
    this.#last = this.#now();
    const line =
      share === null
        ? text
        : `${isBar ? drawn(Math.min(1, share)) : ''}${Math.floor(Math.min(1, share) * 100)} %  ${text}`;
    this.#screen.write(isBar ? `\r${line.slice(0, (this.#screen.columns ?? 80) - 1)}\u001b[K` : `${line}\n`);
    this.#isShown = isBar;
  }

  /** Takes the bar away before something else is printed. */
  clear(): void {
    if (this.#isShown) this.#screen?.write('\r\u001b[K');
    this.#isShown = false;
  }
}

function drawn(share: number): string {
  const full = Math.floor(share * width);
  return `[${'#'.repeat(full)}${'.'.repeat(width - full)}] `;
}
