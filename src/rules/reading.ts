// Whether a pattern can match any text of a certain shape. Pure; of patterns with groups or choices nothing is claimed.
import { Pattern } from './pattern.ts';

/** States of a text, the first one before its first character: which characters lead where, and whether the text may end. */
export type Shape = readonly State[];

interface State {
  isEnd: boolean;
  steps: readonly { characters: string; to: number }[];
}

/** One character of a pattern, or several that are alike. */
interface Piece {
  accepts(character: string): boolean;
  isOptional: boolean;
  isRepeated: boolean;
}

/** false: it certainly matches none. From each state of the shape there must be a way to an end. */
export function mayMatch(source: string, shape: Shape): boolean {
  const [isBegin, isEnd] = [source.startsWith('^'), source.endsWith('$')];
  const pieces = piecesOf(source.slice(isBegin ? 1 : 0, isEnd ? -1 : undefined));
  if (pieces === null) return true;
  const seen = new Set<number>();
  const open = (isBegin ? [0] : [...shape.keys()]).map((state) => ({ state, at: 0 }));
  for (let next = open.pop(); next; next = open.pop()) {
    const { state, at } = next;
    const place = state * (pieces.length + 1) + at;
    if (seen.has(place)) continue;
    seen.add(place);
    const piece = pieces[at];
    if (!piece) {
      if (!isEnd || shape[state]!.isEnd) return true;
      continue;
    }
    if (piece.isOptional) open.push({ state, at: at + 1 });
    for (const { characters, to } of shape[state]!.steps) {
      if (![...characters].some((character) => piece.accepts(character))) continue;
      open.push({ state: to, at: at + 1 });
      if (piece.isRepeated) open.push({ state: to, at });
    }
  }
  return false;
}

/** What stands for one character of a text: a class, an escape that is one character, any plain one. */
const one = /\[\^?\]?(?:\\.|\[:\^?\w+:\]|[^\]\\[])*\]|\\[dDwWsS\-./]|[^\\()|[\]{}*+?^$]/uy;
const count = /\{(\d{1,2})\}/y;

/** null: it has something else. */
function piecesOf(source: string): Piece[] | null {
  const pieces: Piece[] = [];
  for (let at = 0; at < source.length;) {
    one.lastIndex = at;
    const text = one.exec(source)?.[0];
    if (text === undefined) return null;
    at += text.length;
    const pattern = new Pattern(`^${text}`, true);
    const accepts = (character: string) => pattern.find(character) !== null;
    count.lastIndex = at;
    const counted = count.exec(source);
    const sign = counted?.[0] ?? /[*+?]/.exec(source[at] ?? '')?.[0] ?? '';
    at += sign.length;
    const piece = { accepts, isOptional: sign === '*' || sign === '?', isRepeated: sign === '*' || sign === '+' };
    for (let times = Number(counted?.[1] ?? 1); times > 0; times--) pieces.push(piece);
  }
  return pieces;
}
