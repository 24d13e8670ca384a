// The peer's bytes as lines, without what ends them: \n.
import { isUtf8 } from 'node:buffer';

/** Bytes that are made a text together: a line is a piece of that text and keeps all of it, as does a name in it that somebody remembers. */
const pieceBytes = 2048;
export const newline = 0x0a;

export function* linesOf(bytes: Buffer): Generator<string> {
  for (let from = 0; ;) {
    const cut = bytes.indexOf(newline, from + pieceBytes);
    yield* textsOf(bytes.subarray(from, cut === -1 ? bytes.length : cut));
    if (cut === -1) return;
    from = cut + 1;
  }
}

/** UTF-8 where it is that, line by line; any other line is read as latin1, in which no byte is lost. */
function textsOf(bytes: Buffer): string[] {
  if (isUtf8(bytes)) return bytes.toString('utf8').split('\n');
  return bytes
    .toString('latin1')
    .split('\n')
    .map((line) => {
      const own = Buffer.from(line, 'latin1');
      return isUtf8(own) ? own.toString('utf8') : line;
    });
}
