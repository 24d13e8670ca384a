// Files as Asterisk writes them, from the captured calls; and an import into a store of its own, a batch at a time.
import { writeFileSync } from 'node:fs';
import { join } from 'node:path';
import type { RawRow } from '../../../src/cdr/normalise.ts';
import type { StoredCdr } from '../../../src/cdr/cdr.ts';
import { Feed } from '../../../src/feed/feed.ts';
import { Ingest } from '../../../src/ingest/ingest.ts';
import type { Item } from '../../../src/sources/import/item.ts';
import { readFile, type ReadOptions } from '../../../src/sources/import/read.ts';
import { Twins } from '../../../src/sources/import/twins.ts';
import type { Outcome } from '../../../src/store/meet.ts';
import { openStore, type Store } from '../../../src/store/store.ts';
import type { PbxRecord } from '../../../src/simulator/record.ts';
import { captureRecords, captureRows } from '../../simulator/capture.ts';
import { naming } from '../../support/rows.ts';
import { everything, silent, tempFolder } from '../../support/store.ts';

export interface MasterSettings {
  loguniqueid?: boolean;
  loguserfield?: boolean;
  newcdrcolumns?: boolean;
}

export const allColumns: MasterSettings = { loguniqueid: true, loguserfield: true, newcdrcolumns: true };

/** Asterisk's cdr/cdr_csv.c, build_csv_record, with usegmtime=yes; no line end. */
export function masterLine(record: PbxRecord, settings: MasterSettings): string {
  const text = (value: string) => `"${value.replaceAll('"', '""')}"`;
  const date = (micros: number | null) => (micros === null ? '' : text(wallOf(micros)));
  const { duration, billsec } = lengthsOf(record);
  const cells = [
    ...[record.accountcode, record.src, record.dst, record.dcontext, record.clid, record.channel].map(text),
    ...[record.dstchannel, record.lastapp, record.lastdata].map(text),
    ...[record.start, record.answer, record.end].map(date),
    ...[String(duration), String(billsec), text(record.disposition), text('DOCUMENTATION')],
    ...(settings.loguniqueid ? [text(record.uniqueid)] : []),
    ...(settings.loguserfield ? [text(record.userfield)] : []),
    ...(settings.newcdrcolumns ? [text(record.peeraccount), text(record.linkedid), String(record.sequence)] : []),
  ];
  return cells.join(',');
}

export const wallOf = (micros: number) => new Date(micros / 1000).toISOString().slice(0, 19).replace('T', ' ');

/** As the table has them: Asterisk counts microseconds. */
function lengthsOf({ sequence }: PbxRecord): { duration: number; billsec: number } {
  const row = captureRows.find((one) => one['sequence'] === String(sequence));
  return { duration: Number(row?.['duration']), billsec: Number(row?.['billsec']) };
}

/** The 40 captured records; `settingsAt` may change on the way, as settings of a PBX do. */
export function masterText(settingsAt: MasterSettings | ((at: number) => MasterSettings)): string {
  const settings = typeof settingsAt === 'function' ? settingsAt : () => settingsAt;
  return captureRecords.map((record, at) => `${masterLine(record, settings(at))}\n`).join('');
}

const reading = { timezone: 'UTC', isZoneSure: false, derives: false, isComplete: false };

/** Everything that a file says, as the command would hear it. */
export async function itemsOf(path: string, options: Partial<ReadOptions> = {}): Promise<Item[]> {
  const items: Item[] = [];
  for await (const some of readFile({ ...reading, ...options, path }).items) items.push(...some);
  return items;
}

/** A file in a folder of its own. */
export class Folder {
  readonly #temp = tempFolder();
  readonly path = this.#temp.folder;
  readonly remove = this.#temp.remove;
  #count = 0;

  file(content: string | Buffer): string {
    const path = join(this.path, `file${++this.#count}`);
    writeFileSync(path, content);
    return path;
  }
}

/** A store that hears files and other sources, as the daemon does. */
export class Place {
  readonly folder = new Folder();
  store!: Store;
  ingest!: Ingest;
  #feed!: Feed;

  async open(url = `sqlite:${join(this.folder.path, 'cdrd.db')}`): Promise<this> {
    this.store = await openStore({ url }, silent);
    this.#feed = await Feed.open(this.store, silent);
    this.ingest = new Ingest({
      store: this.store,
      feed: this.#feed,
      systems: new Map([['pbx1', naming]]),
      log: silent,
    });
    return this;
  }

  /** One source shows one batch. */
  async hear(kind: 'ami' | 'table', rows: RawRow[]): Promise<void> {
    const source = { name: `pbx1/${kind}`, system: 'pbx1', kind } as const;
    await this.ingest.open(source);
    await this.ingest.run({ ...source, run: ({ emit }) => emit({ rows }) }, new AbortController().signal);
  }

  async import(content: string | Buffer, batch = 500, options: Partial<ReadOptions> = {}): Promise<Outcome[]> {
    const items = await itemsOf(this.folder.file(content), options);
    const outcomes: Outcome[] = [];
    for (let at = 0; at < items.length; at += batch) {
      const rows = items.slice(at, at + batch).map(({ row }) => row);
      outcomes.push(...(await this.ingest.take('pbx1', rows)));
    }
    return outcomes;
  }

  /** Several files of one command, in this order; how many records each made. */
  async importAll(contents: readonly string[]): Promise<number[]> {
    const twins = new Twins();
    const made: number[] = [];
    for (const content of contents) {
      const outcomes = await this.import(content, 500, { twins });
      made.push(outcomes.filter(({ outcome }) => outcome === 'created').length);
    }
    return made;
  }

  all(): Promise<StoredCdr[]> {
    return this.store.list(everything);
  }

  async close(): Promise<void> {
    await this.ingest.close();
    this.#feed.close();
    await this.store.close();
    this.folder.remove();
  }
}
