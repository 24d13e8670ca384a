// How far an import is: a bar on a terminal, a line now and then elsewhere.
/** Where it is written; `process.stderr` is one. */
export interface Screen {
  isTTY?: boolean;
  columns?: number;
  write(text: string): unknown;
}

export interface Place {
  file: string;
  /** Bytes of all files, null when nobody knows. */
  size: number | null;
  done: number;
  rows: number;
}

const everyMs = { bar: 200, line: 5000 };
const barWidth = 24;

export class Progress {
  readonly #screen: Screen | null;
  readonly #now: () => number;
  readonly #began: number;
  #last: number;
  #isShown = false;

  /** @param screen - null: nothing is shown. @param now - milliseconds that only rise. */
  constructor(screen: Screen | null, now: () => number) {
    this.#screen = screen;
    this.#now = now;
    this.#began = this.#last = now();
  }

  get seconds(): number {
    return (this.#now() - this.#began) / 1000;
  }

  show(place: Place): void {
    const isBar = this.#screen?.isTTY === true;
    if (!this.#screen || this.#now() - this.#last < (isBar ? everyMs.bar : everyMs.line)) return;
    this.#last = this.#now();
    const text = lineOf(place, this.seconds, isBar);
    // Cleared to its end: the line before may have been longer.
    this.#screen.write(isBar ? `\r${text.slice(0, (this.#screen.columns ?? 80) - 1)}\u001b[K` : `${text}\n`);
    this.#isShown = isBar;
  }

  /** Takes the bar away before something else is printed. */
  clear(): void {
    if (this.#isShown) this.#screen?.write('\r\u001b[K');
    this.#isShown = false;
  }
}

export function lineOf({ file, size, done, rows }: Place, seconds: number, isBar: boolean): string {
  const share = size ? Math.min(1, done / size) : null;
  const full = Math.round((share ?? 0) * barWidth);
  const bar = isBar && share !== null ? `[${'#'.repeat(full)}${'.'.repeat(barWidth - full)}]` : '';
  const percent = share === null ? megabytes(done) : `${Math.floor(share * 100)} %`;
  const rate = `${countText(Math.round(rows / Math.max(seconds, 0.001)))} rows/s`;
  const left = share ? `${clock((seconds / share) * (1 - share))} left` : '';
  return [bar, percent, `${countText(rows)} rows`, rate, left, file].filter(Boolean).join('  ');
}

const megabytes = (bytes: number) => `${(bytes / 1e6).toFixed(1)} MB`;

/** `1:02:03` or `2:03` */
function clock(seconds: number): string {
  const whole = Math.round(seconds);
  const [hours, minutes] = [Math.floor(whole / 3600), Math.floor(whole / 60) % 60];
  const rest = String(whole % 60).padStart(2, '0');
  return hours > 0 ? `${hours}:${String(minutes).padStart(2, '0')}:${rest}` : `${minutes}:${rest}`;
}

/** `1,234,567` */
export function countText(count: number): string {
  return count.toLocaleString('en-US');
}
