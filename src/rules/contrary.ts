// Rules whose conditions are contrary to each other, to what they set, or to what rules before them have set. Only what is certain is told.
import type { Said } from './compile.ts';
import { factAt, valueOf } from './facts.ts';
import { asksStore, runWith, textsOf } from './reach.ts';
import { shown } from './rule.ts';
import { peerOf } from './run.ts';

/** Why the rule can never hit; null: it may. `before`: the rules that are tried before it; `unread`: facts that a rule with a fault sets. */
export function contrary(one: Said, before: readonly Said[], unread: ReadonlySet<string>): string | null {
  return emptyFields(one) ?? strangePeer(one) ?? setOtherwise(one, before, unread);
}

/** A fact is never set to the empty text. */
function emptyFields({ rule, sets }: Said): string | null {
  const empty = [...rule.when.keys()].filter((name) => isEmpty(rule.when.get(name)));
  if (empty.includes('uniqueid')) return 'uniqueid is never ""';
  const used = [...sets.values()].map(({ reads }) => reads.find((name) => empty.includes(name)));
  // What it sets in another step it may still set.
  if (used.includes(undefined) || sets.size < rule.set.size) return null;
  return `${used[0]} is empty wherever it holds, and nothing is set to an empty text`;
}

function isEmpty(given: unknown): boolean {
  if ((given as { match?: unknown }).match === '^$') return true;
  const texts = textsOf(given);
  return texts !== null && texts.length > 0 && texts.every((text) => text === '');
}

/** A channel's name begins with whose it is. */
function strangePeer({ rule, tests }: Said): string | null {
  for (const name of ['channel', 'dstchannel'] as const) {
    const [given, peer] = [rule.when.get(name), rule.when.get(`${name}_peer`)];
    const test = tests.get(`${name}_peer`);
    if (given === undefined || peer === undefined || !test || asksStore(peer)) continue;
    const texts = textsOf(given)?.flatMap((text) => (text === '' ? ['', undefined] : [peerOf(String(text))!]));
    const beginnings = textsOf(peer)?.map(String) ?? prefixOf(peer);
    const prefix = prefixOf(given)?.[0];
    const mayBe = texts
      ? texts.some((text) => test(runWith(`${name}_peer`, text)))
      : prefix === undefined ||
        beginnings === null ||
        beginnings.some((text) => text !== '' && (text.startsWith(prefix) || prefix.startsWith(text)));
    if (!mayBe) return `no ${name} is ${shown(given)} with ${shown(peer)} as its ${name}_peer`;
  }
  return null;
}

function prefixOf(given: unknown): string[] | null {
  const { prefix } = given as { prefix?: unknown };
  return typeof prefix === 'string' ? [prefix] : null;
}

/** Where a rule without conditions has set a fact to one text, it is that one, or one of the texts that rules before that set. */
function setOtherwise({ rule, tests }: Said, before: readonly Said[], unread: ReadonlySet<string>): string | null {
  for (const [name, given] of rule.when) {
    const test = tests.get(name);
    if (factAt(name) === undefined || unread.has(name) || !test || asksStore(given)) continue;
    const setters = before.filter(({ sets }) => sets.has(name));
    const last = setters.findIndex((one) => one.rule.when.size === 0 && textOf(one, name) !== null);
    const texts = setters.slice(0, last + 1).map((one) => textOf(one, name));
    if (last < 0 || texts.includes(null) || texts.some((text) => test(runWith(name, text!)))) continue;
    return `${name} is ${[...new Set(texts)].map(shown).join(' or ')} by then`;
  }
  return null;
}

/** What it sets for certain where it hits; null: this is not known. */
function textOf({ sets }: Said, fact: string): string | null {
  const constant = sets.get(fact)?.constant ?? null;
  return constant === null ? null : valueOf(fact, constant);
}
