import { describe, expect, it } from 'vitest';
import fc from 'fast-check';
import { cutTo, lineMax, readLines, type Line } from '../../../src/sources/import/lines.ts';

async function read(pieces: Buffer[]): Promise<Line[]> {
  const lines: Line[] = [];
  async function* stream() {
    yield* pieces;
  }
  for await (const some of readLines(stream())) lines.push(...some);
  return lines;
}

describe('lines', () => {
  it('are the same however the bytes come in pieces', async () => {
    await fc.assert(
      fc.asyncProperty(fc.array(fc.string({ maxLength: 5 })), fc.array(fc.nat(30)), async (texts, cuts) => {
        const bytes = Buffer.from(texts.map((text) => text.replaceAll(/[\r\n\uFEFF]/g, '')).join('\r\n'));
        const ends = [...new Set(cuts)].sort((a, b) => a - b);
        const pieces = [0, ...ends].map((from, at) => bytes.subarray(from, ends[at]));
        const whole = await read([bytes]);
        expect(await read(pieces)).toEqual(whole);
        const said = bytes.toString().split('\r\n');
        expect(whole.map((line) => line.bytes.toString())).toEqual(said.at(-1) === '' ? said.slice(0, -1) : said);
        expect(whole.map(({ number }) => number)).toEqual(whole.map((_, at) => at + 1));
      }),
    );
  });

  it('longer than the limit are cut and end where they end', async () => {
    const piece = Buffer.alloc(1000, 'x');
    const pieces = Array.from({ length: Math.ceil((lineMax + 1) / 1000) }, () => piece);
    const [long, next] = await read([...pieces, Buffer.from('\nnext')]);
    expect(long).toMatchObject({ number: 1, isCut: true, isEnded: true });
    expect(long!.bytes).toHaveLength(cutTo);
    expect(next).toMatchObject({ number: 2, isCut: false, isEnded: false, bytes: Buffer.from('next') });
    const [exact] = await read([Buffer.alloc(lineMax, 'x'), Buffer.from('\n')]);
    expect(exact).toMatchObject({ isCut: false });
  });
});
