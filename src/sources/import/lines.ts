// Bytes to numbered lines: LF or CRLF, a byte order mark passed over, no line longer than a limit in memory.
/** Longest line read whole, in bytes: a record of ours with every field at its limit fits. */
export const lineMax = 1024 * 1024;
/** So much of a longer line is kept for the reject. */
export const cutTo = 64 * 1024;

export interface Line {
  /** Counted from 1. */
  number: number;
  /** Without its line end. */
  bytes: Buffer;
  /** It was longer than `lineMax`: `bytes` is its beginning. */
  isCut: boolean;
  /** Whether a line end was seen behind it; only the last line of a file may have none. */
  isEnded: boolean;
}

const lf = 0x0a;
const cr = 0x0d;
const mark = Buffer.from([0xef, 0xbb, 0xbf]);

/** The lines of a stream, as many at a time as came in one piece. */
export async function* readLines(stream: AsyncIterable<Buffer>): AsyncGenerator<Line[]> {
  let parts: Buffer[] = [];
  let length = 0;
  let number = 0;
  const keep = (part: Buffer) => {
    // Beyond the limit only the length still counts.
    if (length <= lineMax) parts.push(part);
    length += part.length;
  };
  const take = (isEnded: boolean): Line => {
    const isCut = length > lineMax;
    let bytes = parts.length === 1 ? parts[0]! : Buffer.concat(parts);
    if (isCut) bytes = Buffer.from(bytes.subarray(0, cutTo));
    else if (isEnded && bytes.at(-1) === cr) bytes = bytes.subarray(0, -1);
    if (number === 0 && bytes.subarray(0, 3).equals(mark)) bytes = bytes.subarray(3);
    [parts, length] = [[], 0];
    return { number: ++number, bytes, isCut, isEnded };
  };
  for await (const piece of stream) {
    const lines: Line[] = [];
    let from = 0;
    for (let at = piece.indexOf(lf); at >= 0; at = piece.indexOf(lf, from)) {
      keep(piece.subarray(from, at));
      lines.push(take(true));
      from = at + 1;
    }
    if (from < piece.length) keep(piece.subarray(from));
    if (lines.length > 0) yield lines;
  }
  if (length > 0) yield [take(false)];
}

const strict = new TextDecoder('utf-8', { fatal: true, ignoreBOM: true });

/** UTF-8, or else Latin-1, which older Asterisks wrote what their phones sent: no byte is lost either way. */
export function textOf(bytes: Buffer): string {
  try {
    return strict.decode(bytes);
  } catch {
    return bytes.toString('latin1');
  }
}
