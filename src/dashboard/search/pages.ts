// A list that is walked in both directions by its cursors, page by page, and never counted. Of a long one only some pages are kept:
// what was left behind is asked for again when one comes back.
export interface Page<Row> {
  rows: readonly Row[];
  /** Cursors to the pages beside it; null: there is none. */
  before: string | number | null;
  after: string | number | null;
  more: boolean;
}

/** Asks for the page after or before a place, or for the first. */
export type Ask<Row> = (
  place: { after?: string | number; before?: string | number },
  signal: AbortSignal,
) => Promise<Page<Row>>;

/** Pages kept at once. */
export const pagesMax = 12;

export interface Shown<Row> {
  rows: readonly Row[];
  isLoading: boolean;
  /** The first answer has come. */
  isRead: boolean;
  fault: unknown;
  /** Whether the end of the list is in sight. */
  isEnd: boolean;
}

export class Pages<Row extends { id: number }> {
  readonly #ask: Ask<Row>;
  readonly #told: (shown: Shown<Row>) => void;
  readonly #stop = new AbortController();
  #pages: Page<Row>[] = [];
  #isBusy = false;
  #isRead = false;
  #fault: unknown = null;
  /** What has failed, once more. */
  #again: (() => Promise<void>) | null = null;
  #hasMore = true;
  /** Pages above the first were given up, or may have come since. */
  #hasLess = false;

  constructor(ask: Ask<Row>, told: (shown: Shown<Row>) => void) {
    this.#ask = ask;
    this.#told = told;
  }

  async begin(): Promise<void> {
    await this.#load({}, (page) => {
      this.#pages = [page];
      this.#hasMore = page.more;
    });
  }

  /** The page after the last. */
  async down(): Promise<void> {
    const after = this.#pages.at(-1)?.after ?? null;
    if (after === null || !this.#hasMore) return;
    await this.#load({ after }, (page) => {
      this.#pages.push(page);
      this.#hasMore = page.more;
      if (this.#pages.length > pagesMax) {
        this.#pages.shift();
        this.#hasLess = true;
      }
    });
  }

  /** The page before the first. */
  async up(): Promise<void> {
    const before = this.#pages[0]?.before ?? null;
    if (before === null || !this.#hasLess) return;
    await this.#load({ before }, (page) => {
      this.#hasLess = page.more;
      if (page.rows.length > 0) this.#pages.unshift(page);
      if (this.#pages.length > pagesMax) {
        this.#pages.pop();
        this.#hasMore = true;
      }
    });
  }

  /** A row as somebody has just changed it. */
  replace(row: Row): void {
    this.#pages = this.#pages.map((page) => ({
      ...page,
      rows: page.rows.map((old) => (old.id === row.id ? row : old)),
    }));
    this.#tell();
  }

  /** What failed last, if anything did. */
  async retry(): Promise<void> {
    await this.#again?.();
  }

  close(): void {
    this.#stop.abort();
  }

  /** One question at a time. */
  async #load(place: Parameters<Ask<Row>>[0], take: (page: Page<Row>) => void): Promise<void> {
    if (this.#isBusy || this.#stop.signal.aborted) return;
    this.#isBusy = true;
    this.#fault = this.#again = null;
    this.#tell();
    try {
      take(await this.#ask(place, this.#stop.signal));
      this.#isRead = true;
    } catch (error) {
      this.#fault = error;
      this.#again = () => this.#load(place, take);
    } finally {
      this.#isBusy = false;
    }
    this.#tell();
  }

  #tell(): void {
    if (this.#stop.signal.aborted) return;
    this.#told({
      rows: unique(this.#pages.flatMap(({ rows }) => rows)),
      isLoading: this.#isBusy,
      isRead: this.#isRead,
      fault: this.#fault,
      isEnd: !this.#hasMore,
    });
  }
}

/** What moved while it was walked is shown once. */
function unique<Row extends { id: number }>(rows: readonly Row[]): Row[] {
  return [...new Map(rows.map((row) => [row.id, row])).values()];
}
