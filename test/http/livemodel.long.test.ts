// Cut, resume, filter change and restart of the store in random order, over all three ways to listen, against a simple model.
//
// Told: a record that stays where it is shows every change of it in this order and no other. A record that moves between companies
// is told as it is when it is read, so of it only the end counts: in the view, or not.
import { mkdtempSync, rmSync } from 'node:fs';
import { tmpdir } from 'node:os';
import { join } from 'node:path';
import fc from 'fast-check';
import { describe, expect, it } from 'vitest';
import { listen, type Listener } from './listener.ts';
import { stream, type Streamer } from './streamer.ts';
import { adminToken, openHouse, record, until, type House } from './support.ts';

const companies = ['alpha', 'beta', 'gamma'];
/** What the clients ask for; the model's own predicate. */
const filters: (string | undefined)[] = [undefined, ...companies];
type Heard = { seq: number; op: string; id: number };

/** One subscription, whatever carries it: what it heard, and by which filter from where on. */
class Ledger {
  readonly heard: Heard[] = [];
  readonly spans: { from: number; company: string | undefined }[];
  place = 0;

  constructor(company: string | undefined) {
    this.spans = [{ from: 0, company }];
  }

  get company(): string | undefined {
    return this.spans.at(-1)!.company;
  }

  note(seq: number, change?: { op: string; id: number }): void {
    if (change) this.heard.push({ seq, ...change });
    this.place = Math.max(this.place, seq);
  }

  turn(company: string | undefined, from = this.place): void {
    this.spans.push({ from, company });
  }
}

interface Ear {
  ledgers: Ledger[];
  /** Goes where it had been, or stays there. */
  resume(house: House): Promise<void>;
  cut(): Promise<void>;
  change(at: number, company: string | undefined): Promise<void>;
}

const filterOf = (company: string | undefined) => (company === undefined ? {} : { company });

/** One socket with three subscriptions under names. */
class SocketEar implements Ear {
  readonly ledgers = [new Ledger('alpha'), new Ledger('alpha'), new Ledger(undefined)];
  readonly #turns: (string | undefined)[][] = [[], [], []];
  #listener: Listener | undefined;

  async resume(house: House): Promise<void> {
    if (this.#listener) return;
    const listener = await listen(house, adminToken);
    this.#listener = listener;
    listener.ws.on('message', () => this.#hear(listener.frames.at(-1)!));
    const { generation } = house.store;
    this.#turns.forEach((turns) => (turns.length = 0));
    this.ledgers.forEach((ledger, at) => {
      const filter = filterOf(ledger.company);
      listener.say({ type: 'subscribe', id: String(at), after: ledger.place, generation, filter });
    });
  }

  async cut(): Promise<void> {
    this.#listener?.ws.terminate();
    await this.#listener?.gone();
    this.#listener = undefined;
  }

  async change(at: number, company: string | undefined): Promise<void> {
    if (!this.#listener) return this.ledgers[at]!.turn(company);
    this.#turns[at]!.push(company);
    this.#listener.say({ type: 'subscribe', id: String(at), filter: filterOf(company) });
    await this.#listener.until(() => this.#turns[at]!.length === 0);
  }

  #hear({ type, id, ids, seq, op, cdr }: Listener['frames'][number]): void {
    if (type === 'resync' || type === 'error') throw new Error(`the daemon says ${type}`);
    if (type === 'cdr') for (const one of ids!) this.ledgers[Number(one)]!.note(seq!, { op: op!, id: cdr!.id });
    if (id === undefined) return;
    this.ledgers[Number(id)]!.note(seq!);
    if (type === 'replaced') this.ledgers[Number(id)]!.turn(this.#turns[Number(id)]!.shift(), seq);
  }
}

class StreamEar implements Ear {
  readonly ledgers = [new Ledger('beta')];
  #streamer: Streamer | undefined;
  #lastId: string | null = null;
  #house: House | undefined;

  async resume(house: House): Promise<void> {
    this.#house = house;
    if (this.#streamer) return;
    const { company } = this.ledgers[0]!;
    const query = company === undefined ? '?after=0' : `?after=0&company=${company}`;
    const streamer = await stream(house, adminToken, query, this.#lastId);
    this.#streamer = streamer;
    void this.#hear(streamer);
  }

  async cut(): Promise<void> {
    if (!this.#streamer) return;
    const streamer = this.#streamer;
    await streamer.hangUp();
    this.#drain(streamer);
    this.#streamer = undefined;
  }

  /** A stream cannot change its filter: it comes back with another URL. */
  async change(_at: number, company: string | undefined): Promise<void> {
    const wasOpen = this.#streamer !== undefined;
    await this.cut();
    this.ledgers[0]!.turn(company);
    if (wasOpen) await this.resume(this.#house!);
  }

  async #hear(streamer: Streamer): Promise<void> {
    while (!streamer.isOver) {
      await streamer.until(() => streamer.frames.length > 0 || streamer.isOver);
      this.#drain(streamer);
    }
  }

  #drain(streamer: Streamer): void {
    for (const { type, op, seq, cdr } of streamer.frames.splice(0)) {
      if (type === 'resync') throw new Error('the daemon says resync');
      if (type === 'cdr') this.ledgers[0]!.note(seq!, { op: op!, id: cdr!.id });
      else if (seq !== undefined && type !== 'hello') this.ledgers[0]!.note(seq);
    }
    // What a browser would send when it comes back.
    this.#lastId = streamer.lastId;
  }
}

class PollEar implements Ear {
  readonly ledgers = [new Ledger('gamma')];
  #abort: AbortController | undefined;
  #asking: Promise<void> = Promise.resolve();
  #house: House | undefined;

  async resume(house: House): Promise<void> {
    this.#house = house;
    if (this.#abort) return;
    const abort = new AbortController();
    this.#abort = abort;
    this.#asking = this.#ask(house, abort.signal);
  }

  async cut(): Promise<void> {
    this.#abort?.abort();
    this.#abort = undefined;
    await this.#asking;
  }

  async change(_at: number, company: string | undefined): Promise<void> {
    const wasOpen = this.#abort !== undefined;
    await this.cut();
    this.ledgers[0]!.turn(company);
    if (wasOpen) await this.resume(this.#house!);
  }

  async #ask({ url, store }: House, signal: AbortSignal): Promise<void> {
    const [ledger] = this.ledgers as [Ledger];
    const headers = { authorization: `Bearer ${adminToken}` };
    while (!signal.aborted) {
      const params = new URLSearchParams({ ...filterOf(ledger.company), generation: store.generation });
      const query = `after=${ledger.place}&limit=3&wait=1&${params.toString()}`;
      try {
        const response = await fetch(`${url}/api/v1/changes?${query}`, { headers, signal });
        // Stopping: the test says when to come back.
        if (response.status === 503) return;
        const page = (await response.json()) as { changes: (Heard & { cdr: { id: number } })[]; after: number };
        for (const { seq, op, cdr } of page.changes) ledger.note(seq, { op, id: cdr.id });
        ledger.note(page.after);
      } catch (error) {
        if (signal.aborted || error instanceof TypeError) return;
        throw error;
      }
    }
  }
}

type Step =
  | { do: 'put'; company: number; count: number }
  | { do: 'update' | 'move'; which: number; company: number }
  | { do: 'cut' | 'resume'; ear: number }
  | { do: 'change'; ear: number; at: number; company: number }
  | { do: 'restart' };

const nat = (max: number) => fc.nat({ max });
const step: fc.Arbitrary<Step> = fc.oneof(
  {
    weight: 5,
    arbitrary: fc.record({ do: fc.constant('put' as const), company: nat(2), count: fc.integer({ min: 1, max: 8 }) }),
  },
  {
    weight: 3,
    arbitrary: fc.record({
      do: fc.constantFrom('update' as const, 'move' as const),
      which: nat(1000),
      company: nat(2),
    }),
  },
  { weight: 3, arbitrary: fc.record({ do: fc.constantFrom('cut' as const, 'resume' as const), ear: nat(2) }) },
  { weight: 3, arbitrary: fc.record({ do: fc.constant('change' as const), ear: nat(2), at: nat(2), company: nat(3) }) },
  { weight: 1, arbitrary: fc.constant({ do: 'restart' as const }) },
);

/** What was written, as the test knows it. */
interface Known {
  fields: ReturnType<typeof record>;
  id: number;
  company: string;
  isMoved: boolean;
  lastSeq: number;
}

async function play(steps: readonly Step[]): Promise<void> {
  const folder = mkdtempSync(join(tmpdir(), 'cdrd-model-'));
  const limits = { live_progress_seconds: 0.02 };
  const reopen = () => openHouse({ folder, limits });
  let house = await reopen();
  const ears: Ear[] = [new SocketEar(), new StreamEar(), new PollEar()];
  const known: Known[] = [];
  const changes: (Heard & { of: Known })[] = [];
  const note = (op: string, of: Known) => {
    of.lastSeq = changes.length + 1;
    changes.push({ seq: of.lastSeq, op, id: of.id, of });
  };
  const act = async (one: Step): Promise<void> => {
    if (one.do === 'put') {
      const company = companies[one.company]!;
      const fresh = Array.from({ length: one.count }, () => record({ accountcode: company }));
      await house.put(fresh);
      for (const fields of fresh) {
        const of = { fields, id: known.length + 1, company, isMoved: false, lastSeq: 0 };
        known.push(of);
        note('created', of);
      }
    } else if (one.do === 'update' || one.do === 'move') {
      // A record learns a field once, and moves once.
      const able = known.filter(({ isMoved, fields }) => (one.do === 'move' ? !isMoved : !('userfield' in fields)));
      const of = able[one.which % able.length];
      if (!of || (one.do === 'move' && of.company === companies[one.company])) return;
      if (one.do === 'update') of.fields = { ...of.fields, userfield: 'seen' };
      else of.fields = { ...of.fields, custom: { company: companies[one.company]! } };
      await house.put([of.fields]);
      if (one.do === 'move') [of.isMoved, of.company] = [true, companies[one.company]!];
      note('updated', of);
    } else if (one.do === 'cut') await ears[one.ear]!.cut();
    else if (one.do === 'resume') await ears[one.ear]!.resume(house);
    else if (one.do === 'change') {
      const { ledgers } = ears[one.ear]!;
      await ears[one.ear]!.change(one.at % ledgers.length, filters[one.company]);
    } else {
      await house.close();
      for (const ear of ears) await ear.cut();
      house = await reopen();
      for (const ear of ears) await ear.resume(house);
    }
  };
  try {
    for (const ear of ears) await ear.resume(house);
    for (const one of steps) await act(one);
    for (const ear of ears) await ear.resume(house);
    const ledgers = ears.flatMap((ear) => ear.ledgers);
    expect(await house.store.head()).toBe(changes.length);
    await until(() => ledgers.every(({ place }) => place >= changes.length));
    for (const ledger of ledgers) check(ledger, changes, known);
  } finally {
    for (const ear of ears) await ear.cut();
    await house.close();
    rmSync(folder, { recursive: true, force: true });
  }
}

function check({ heard, spans }: Ledger, changes: readonly (Heard & { of: Known })[], known: readonly Known[]): void {
  const seqs = heard.map(({ seq }) => seq);
  expect(seqs).toEqual([...new Set(seqs)].sort((a, b) => a - b));
  const spanOf = (seq: number) => spans.findLast(({ from }) => from < seq)!;
  const isIn = (of: Known, company: string | undefined) => company === undefined || of.company === company;
  const expected = changes.filter(({ seq, of }) => !of.isMoved && isIn(of, spanOf(seq).company));
  const settled = heard.filter(({ id }) => !known[id - 1]!.isMoved);
  expect(settled).toEqual(expected.map(({ seq, op, id }) => ({ seq, op, id })));
  for (const of of known.filter(({ isMoved }) => isMoved)) {
    const span = spanOf(of.lastSeq);
    const last = heard.findLast(({ id, seq }) => id === of.id && seq > span.from);
    const isShown = last !== undefined && last.op !== 'deleted';
    expect([of.id, isShown]).toEqual([of.id, isIn(of, span.company)]);
  }
}

describe('the feed, over WebSocket, event stream and long poll', () => {
  it('tells each subscription each change once and in order, whatever is cut, resumed, replaced and restarted', async () => {
    const play30 = fc.asyncProperty(fc.array(step, { minLength: 30, maxLength: 60, size: 'max' }), play);
    await fc.assert(play30, { numRuns: 12, seed: 20261122, endOnFailure: true });
  }, 60_000);
});
