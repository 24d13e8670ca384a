// The rules applied to history, slice by slice, as a command asks for it: each transaction is whole or not done, so a run may end anywhere.
// A slice is many short transactions, and whoever else wants something of the daemon goes first after each.
import { performance } from 'node:perf_hooks';
import { setTimeout as delay } from 'node:timers/promises';
import type { Cdr, Micros } from '../cdr/cdr.ts';
import type { Feed } from '../feed/feed.ts';
import { classify, type FactTrace } from '../rules/classify.ts';
import type { RuleSet } from '../rules/compile.ts';
import type { By } from '../store/audit.ts';
import type { FactChanges, Reclassified } from '../store/reclassified.ts';
import type { Store } from '../store/store.ts';

/** A part of a configuration: what says whose records are. */
export interface RulesAsked {
  systems?: unknown;
  rules?: unknown;
  lookups?: unknown;
}

export interface ClassifyAsk {
  after: number;
  from?: Micros | undefined;
  to?: Micros | undefined;
  isDryRun: boolean;
  /** Other rules than those that run; only for a dry run. */
  rules?: RulesAsked | undefined;
  /** Samples wanted; beside them, one for each fact of each system that is not among `told`. */
  samples: number;
  /** `SYSTEM FACT`, as `kindsOf` names them, of which there was a sample. */
  told?: readonly string[] | undefined;
  isFirst: boolean;
}

/** A record of which the rules, or its call by them, say something else than it has; `rule`: null where none gives the fact. */
export interface Sample {
  id: number;
  system: string;
  start: Micros;
  src: string | null;
  dst: string | null;
  changes: { fact: string; before: string; after: string; rule: string | null; origin: string | null }[];
}

export interface ClassifyAnswer {
  looked: number;
  /** Records that readers are told of. */
  changed: number;
  /** Hidden records that change beside them. */
  hidden: number;
  /** Calls that are something else then, for whoever sees them. */
  calls: number;
  /** How many records each fact changes in. */
  facts: Record<string, number>;
  samples: Sample[];
  after: number;
  more: boolean;
  head: number;
}

/** How long a slice goes on: it is what somebody who stops the run waits for. */
const sliceMs = 500;
/** A look whether the loop has idled, ms, and the share of it in which it has not from which on others are at work. */
const lookMs = 1;
const busyShare = 0.5;

/** Lets the loop do what others want while there is any of it, for so many ms at most. */
async function giveWay(most: number): Promise<void> {
  const end = performance.now() + most;
  do {
    const before = performance.eventLoopUtilization();
    await delay(lookMs);
    if (performance.eventLoopUtilization(before).utilization < busyShare) return;
  } while (performance.now() < end);
}

export class Classifier {
  readonly #store: Pick<Store, 'classify' | 'tables'>;
  readonly #feed: Pick<Feed, 'wake'>;
  readonly #running: ReadonlyMap<string, RuleSet>;
  readonly #compile: (given: RulesAsked) => ReadonlyMap<string, RuleSet>;
  /** The other rules of the last slice: a run asks with the same ones again and again. */
  #other: { text: string; rules: ReadonlyMap<string, RuleSet> } | null = null;

  /** `compile` throws for rules with faults. */
  constructor(
    store: Pick<Store, 'classify' | 'tables'>,
    feed: Pick<Feed, 'wake'>,
    running: ReadonlyMap<string, RuleSet>,
    compile: (given: RulesAsked) => ReadonlyMap<string, RuleSet>,
  ) {
    this.#store = store;
    this.#feed = feed;
    this.#running = running;
    this.#compile = compile;
  }

  /** @throws ClientError for rules with faults, and what the store throws: what was done before stays, and is right when asked for again */
  async slice(ask: ClassifyAsk, by: By, now: Micros): Promise<ClassifyAnswer> {
    const rules = ask.rules ? this.#otherRules(ask.rules) : this.#running;
    const sum: ClassifyAnswer = {
      ...{ looked: 0, changed: 0, hidden: 0, calls: 0, facts: {}, samples: [] },
      ...{ after: ask.after, more: true, head: 0 },
    };
    const told = [...(ask.told ?? [])];
    const end = performance.now() + sliceMs;
    for (let isFirst = ask.isFirst; ; isFirst = false) {
      const began = performance.now();
      const { changed, ...done } = await this.#store.classify({
        ...{ after: sum.after, from: ask.from, to: ask.to, now },
        isDryRun: ask.isDryRun || ask.rules !== undefined,
        derive: (cdr, tables) => {
          const own = rules.get(cdr.system);
          return own ? classify(own, cdr, tables) : null;
        },
        by: isFirst ? by : undefined,
      });
      if (!ask.isDryRun && changed.length + done.hidden + done.calls > 0) this.#feed.wake();
      const { facts } = sum;
      for (const { changes } of changed) for (const name of Object.keys(changes)) facts[name] = (facts[name] ?? 0) + 1;
      const samples = Math.max(0, ask.samples - sum.samples.length);
      for (const one of chosen(changed, { samples, told })) {
        const sample = await this.#sample(one.cdr, one.changes, rules);
        sum.samples.push(sample);
        told.push(...kindsOf(sample));
      }
      sum.looked += done.looked;
      sum.changed += changed.length;
      sum.hidden += done.hidden;
      sum.calls += done.calls;
      ({ after: sum.after, more: sum.more, head: sum.head } = done);
      await giveWay(performance.now() - began);
      if (!sum.more || performance.now() > end || sum.samples.length >= samplesMax) return sum;
    }
  }

  #otherRules(given: RulesAsked): ReadonlyMap<string, RuleSet> {
    const text = JSON.stringify(given);
    if (this.#other?.text !== text) this.#other = { text, rules: this.#compile(given) };
    return this.#other.rules;
  }

  async #sample(cdr: Cdr & { id: number }, changes: FactChanges, rules: ReadonlyMap<string, RuleSet>): Promise<Sample> {
    const traces: FactTrace[] = [];
    const own = rules.get(cdr.system);
    if (own) classify(own, cdr, await this.#store.tables(), traces);
    const { id, system, start, src, dst } = cdr;
    return {
      ...{ id, system, start, src, dst },
      changes: Object.entries(changes).map(([fact, { before, after }]) => {
        const trace = traces.find((one) => one.fact === fact);
        return {
          fact,
          before: word(before),
          after: word(after),
          rule: trace?.rule ?? null,
          origin: trace?.origin ?? null,
        };
      }),
    };
  }
}

/** Samples after which a slice ends. */
export const samplesMax = 100;

/** What a sample shows, for the question whether there was one. */
export function kindsOf({ system, changes }: Sample): string[] {
  return changes.map(({ fact }) => `${system} ${fact}`);
}

/** Those that show something new, then the first others, in the order of their ids. */
function chosen(
  changed: readonly Reclassified[],
  { samples, told }: { samples: number; told: readonly string[] },
): Reclassified[] {
  const known = new Set(told);
  const news = changed.filter(({ cdr, changes }) => {
    const kinds = Object.keys(changes).map((fact) => `${cdr.system} ${fact}`);
    const isNew = kinds.some((kind) => !known.has(kind));
    for (const kind of kinds) known.add(kind);
    return isNew;
  });
  const others = changed.filter((one) => !news.includes(one)).slice(0, Math.max(0, samples - news.length));
  return [...news, ...others].sort((a, b) => a.cdr.id - b.cdr.id).slice(0, samplesMax);
}

function word(value: string | true | null): string {
  return value === null ? '-' : value === true ? 'yes' : value;
}
