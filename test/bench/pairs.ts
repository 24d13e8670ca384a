// Measured and reference by turns on the same machine in the same minute: what is told is their ratio. Absolute numbers
// of a shared machine move by a quarter from one hour to the next, ratios by much less.

export interface Pair<T> {
  measured: T;
  reference: T;
}

/** One line of the answer. `ratio` = measured / reference, the median of the pairs with the lowest and the highest. */
export interface Figure {
  part: string;
  case: string;
  /** Of what is a second more is better, of all else less. */
  unit: 'ms' | 'MiB' | '% of a core' | 'files' | 'records/s' | 'pages/s' | 'messages/s';
  measured: number;
  /** null where nothing is compared: then `ratio_min` and `ratio_max` are null, too. */
  reference: number | null;
  ratio: number | null;
  ratio_min: number | null;
  ratio_max: number | null;
  /** How often it was measured. */
  pairs: number;
}

/** What every part does, and how it is asked. */
export interface Part {
  name: string;
  /** What is measured and what it is compared with, in one line. */
  about: string;
  run(options: PartOptions): Promise<Figure[]>;
}

export interface PartOptions {
  isShort: boolean;
  /** Pairs of runs, at least 5 for a median worth the name. */
  pairs: number;
  /** Records per second where a part plays at a steady pace. */
  rate: number;
  /** Records of a large store; how many when nobody says is a part's affair. */
  rows: number | undefined;
  /** Where large stores are kept for the next run; absent: each is made anew. */
  stores: string | undefined;
}

/** Runs both sides `count` times; every other pair begins with the reference, so that a drift falls on both. */
export async function alternate<T>(
  count: number,
  measured: (pair: number) => Promise<T>,
  reference: (pair: number) => Promise<T>,
): Promise<Pair<T>[]> {
  const pairs: Pair<T>[] = [];
  for (let pair = 0; pair < count; pair++) {
    if (pair % 2 === 0) pairs.push({ measured: await measured(pair), reference: await reference(pair) });
    else {
      const first = await reference(pair);
      pairs.push({ measured: await measured(pair), reference: first });
    }
  }
  return pairs;
}

export function figureOf(name: Pick<Figure, 'part' | 'case' | 'unit'>, pairs: readonly Pair<number>[]): Figure {
  const ratios = pairs.map(({ measured, reference }) => measured / reference);
  return {
    ...name,
    measured: median(pairs.map(({ measured }) => measured)),
    reference: median(pairs.map(({ reference }) => reference)),
    ratio: median(ratios),
    ratio_min: Math.min(...ratios),
    ratio_max: Math.max(...ratios),
    pairs: pairs.length,
  };
}

/** What has no reference. */
export function figureAlone(name: Pick<Figure, 'part' | 'case' | 'unit'>, measured: readonly number[]): Figure {
  const none = { reference: null, ratio: null, ratio_min: null, ratio_max: null };
  return { ...name, measured: median(measured), ...none, pairs: measured.length };
}

export function median(numbers: readonly number[]): number {
  const sorted = [...numbers].sort((a, b) => a - b);
  const middle = Math.floor(sorted.length / 2);
  return sorted.length % 2 === 1 ? sorted[middle]! : (sorted[middle - 1]! + sorted[middle]!) / 2;
}
