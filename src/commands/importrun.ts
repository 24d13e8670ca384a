// Files to batches, one in flight while the next is read; counts what became of the rows. Prints nothing itself.
import type { Fault } from '../errors.ts';
import { ClientError } from '../errors.ts';
import type { Taken } from '../ingest/taken.ts';
import type { Item } from '../sources/import/item.ts';
import type { Reading } from '../sources/import/read.ts';
import type { Send } from './importdesk.ts';
import type { Place } from './progress.ts';

/** A batch ends here too, so that no frame to the daemon grows without end. */
const batchBytesMax = 1024 * 1024;

/** received = stored + duplicate + rejected + expired; `enriched` are among the duplicates. */
export interface Summary {
  received: number;
  stored: number;
  duplicate: number;
  enriched: number;
  rejected: number;
  expired: number;
  files: { file: string; format: string | null; rows: number; unfinished: number | null; off: number }[];
  isInterrupted: boolean;
}

export function emptySummary(): Summary {
  const counts = { received: 0, stored: 0, duplicate: 0, enriched: 0, rejected: 0, expired: 0 };
  return { ...counts, files: [], isInterrupted: false };
}

/** Where a row that could not be taken stands; `head` is the first line of its file, where that names the columns. */
export interface RejectOf {
  file: string;
  format: string | null;
  head: Buffer | null;
}

export interface ImportPlan {
  /** In this order; each is opened when its turn comes. */
  files: readonly { path: string; size: number | null; open: () => Reading }[];
  /** Whose rows these are; null: each row names it. */
  system: string | null;
  /** The configured systems, at least one. */
  systems: readonly string[];
  batch: number;
  send: Send;
  onReject: (from: RejectOf, item: Item, reason: string) => void;
  /** Times in a zone that was said contradict the epochs beside them, by so many minutes. */
  onOff: (file: string, minutes: number) => void;
  onProgress: (place: Place) => void;
  /** Aborted: what is in hand is committed, nothing more. */
  signal: AbortSignal;
}

/** Fills `summary` as batches are committed, so that it tells the truth also when this throws. */
export async function importFiles(plan: ImportPlan, summary: Summary): Promise<void> {
  const sizes = plan.files.map(({ size }) => size);
  const size = sizes.includes(null) ? null : sizes.reduce<number>((sum, one) => sum + one!, 0);
  let before = 0;
  for (const { path, open } of plan.files) {
    if (plan.signal.aborted) break;
    const reading = open();
    const about: Summary['files'][number] = { file: path, format: null, rows: 0, unfinished: null, off: 0 };
    summary.files.push(about);
    const show = () => plan.onProgress({ file: path, size, done: before + reading.done(), rows: summary.received });
    await importOne(plan, summary, about, reading, show);
    before += reading.done();
  }
  summary.isInterrupted = plan.signal.aborted;
}

async function importOne(
  plan: ImportPlan,
  summary: Summary,
  about: Summary['files'][number],
  reading: Reading,
  show: () => void,
): Promise<void> {
  let inFlight: Promise<void> = Promise.resolve();
  let batch: Item[] = [];
  let bytes = 0;
  const flush = async () => {
    const items = batch;
    [batch, bytes] = [[], 0];
    await inFlight;
    show();
    inFlight = commit(plan, summary, about, reading.head, items);
    // Heard at the next flush; a fault must not count as unheard until then.
    inFlight.catch(() => undefined);
  };
  try {
    for await (const items of reading.items) {
      if (about.format === null) demandSystem(plan, about.file, items);
      about.format = reading.format;
      if (about.off !== reading.off) plan.onOff(about.file, reading.off);
      about.off = reading.off;
      for (const item of items) {
        if (batch.length >= plan.batch || bytes + item.raw.length > batchBytesMax) await flush();
        if (plan.signal.aborted) return;
        batch.push(item);
        bytes += item.raw.length;
      }
    }
    if (batch.length > 0) await flush();
  } catch (error) {
    // Who interrupts closes the standard input under the reader.
    if (!plan.signal.aborted) throw error;
  } finally {
    about.unfinished = reading.unfinished;
    await inFlight;
  }
}

async function commit(
  plan: ImportPlan,
  summary: Summary,
  about: Summary['files'][number],
  head: Buffer | null,
  items: readonly Item[],
): Promise<void> {
  const judged = items.map((item) => judge(item, plan));
  for (const [system, some] of Map.groupBy(judged, (one) => one.system)) {
    const taken = await plan.send(
      system,
      some.map(({ item }) => item.row),
    );
    some.forEach(({ item }, at) => {
      const one = taken[at]!;
      count(summary, one);
      about.rows++;
      if (one.outcome === 'rejected') plan.onReject({ ...about, head }, item, one.reason ?? '');
    });
  }
}

/** @throws ClientError where all first rows of a file are of others than --system says: it is the wrong word, not the wrong rows. */
function demandSystem({ system }: ImportPlan, file: string, items: readonly Item[]): void {
  const good = items.filter(({ row }) => !row.faults);
  const named = [...new Set(good.map((item) => item.system))];
  if (system === null || good.length === 0 || named.includes(null) || named.includes(system)) return;
  const names = named.map((name) => `"${name}"`).join(', ');
  throw new ClientError(
    400,
    `${file}: its rows are of ${names}, and --system says "${system}"; nothing of it was taken`,
  );
}

/** Its system; a row of a system that is not wanted or not known becomes a reject of one that is. */
function judge(item: Item, { system, systems }: ImportPlan): { system: string; item: Item } {
  const named = item.system ?? system;
  if (named === null) {
    throw new ClientError(400, `--system is missing: the file does not name it; configured are ${systems.join(', ')}`);
  }
  const fault = (message: string): { system: string; item: Item } => {
    const faults: Fault[] = [{ field: 'system', message }];
    return { system: system ?? systems[0]!, item: { ...item, row: { ...item.row, faults } } };
  };
  if (system !== null && named !== system) return fault(`"${named}" is not ${system}, which --system says`);
  if (!systems.includes(named)) return fault(`"${named}" is not configured, expected one of ${systems.join(', ')}`);
  return { system: named, item };
}

function count(summary: Summary, { outcome, enriched }: Taken): void {
  summary.received++;
  summary[outcome === 'created' ? 'stored' : outcome]++;
  if (enriched) summary.enriched++;
}
