// A regular expression of a rule, by an engine whose time is linear in the text (re2js): no pattern and no record can stall the daemon.
import { RE2JS } from 're2js';
import { messageOf } from '../errors.ts';

/** Named groups that took part. */
export type Groups = Readonly<Record<string, string>>;

/** Texts whose answer is remembered: peers, contexts and numbers come again and again. */
const seenMax = 2000;
/** Longest pattern. */
export const patternMax = 1000;

export class Pattern {
  readonly groups: readonly string[];
  readonly #regex: RE2JS;
  /** What every match begins with. */
  readonly #prefix: string;
  readonly #seen: Map<string, Groups | null> | null;

  /** @param isRepeated - whether the same texts come again. @throws PatternFault */
  constructor(source: string, isRepeated: boolean) {
    if (source.length > patternMax)
      throw new PatternFault(`has ${source.length} characters, expected at most ${patternMax}`);
    try {
      this.#regex = RE2JS.compile(source);
    } catch (error) {
      const why = messageOf(error).replace(/^error parsing regexp: /, '');
      throw new PatternFault(`found ${JSON.stringify(source)}, expected a regular expression of RE2: ${why}`);
    }
    this.groups = Object.keys(this.#regex.namedGroups());
    this.#prefix = literalOf(source);
    this.#seen = isRepeated ? new Map() : null;
  }

  /** null: the text does not match. */
  find(text: string): Groups | null {
    if (!text.startsWith(this.#prefix)) return null;
    const known = this.#seen?.get(text);
    if (known !== undefined) return known;
    const matcher = this.#regex.matcher(text);
    const found = matcher.find() ? this.#groupsIn(matcher) : null;
    if (this.#seen) {
      if (this.#seen.size >= seenMax) this.#seen.clear();
      this.#seen.set(text, found);
    }
    return found;
  }

  #groupsIn(matcher: ReturnType<RE2JS['matcher']>): Groups {
    const groups: Record<string, string> = {};
    for (const name of this.groups) {
      const text = matcher.group(name);
      if (text) groups[name] = text;
    }
    return groups;
  }
}

export class PatternFault extends Error {}

/** The plain letters after `^`; of `^ab*` only the `a` is certain, of a pattern with `|` nothing is claimed unless it stands in a group. */
function literalOf(source: string): string {
  const [, letters = ''] = /^\^([\w/ -]+)/.exec(source) ?? [];
  const isSplit = source.includes('|') && !/^[^|()[\]\\]*\([^()[\]\\]*\)[^|()]*$/.test(source);
  if (isSplit) return '';
  const next = source[letters.length + 1] ?? '';
  return '*?{+'.includes(next) && next !== '' ? letters.slice(0, -1) : letters;
}
