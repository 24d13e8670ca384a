import { expect, it } from 'vitest';
import { packIn, packOf, type PackedCell } from '../../src/store/packs.ts';

const day = 20_000 * 96;
const cells: PackedCell[] = [
  [day, 'Zoë', 1, 1, 3, 12, 4_000_000_000, 5_000, 2],
  [day, '101', 0, 7, 1, 1, 0, 0, 0],
  [day + 95, '101', 4, 2, 65_535, 65_535, 1, 4_294_967_295, 65_535],
];

it('a packed day says what its cells say', () => {
  const { names, keys, ...sums } = packIn(packOf(cells)!)!;
  expect(names).toEqual(['Zoë', '101']);
  expect([...keys]).toEqual([9, 64 + 7, (95 * 2 + 1) * 64 + 34]);
  expect(Object.fromEntries(Object.entries(sums).map(([name, list]) => [name, [...list]]))).toEqual({
    calls: [3, 1, 65_535],
    records: [12, 1, 65_535],
    talk: [4_000_000_000, 0, 1],
    ring: [5_000, 0, 4_294_967_295],
    rung: [2, 0, 65_535],
  });
});

it('it is read wherever in memory it lies, and of the days before 1970', () => {
  const packed = packOf(cells)!;
  const shifted = Buffer.concat([Buffer.alloc(1), packed]).subarray(1);
  expect(packIn(shifted)).toEqual(packIn(packed));
  expect([...packIn(packOf([[-1, '101', 0, 0, 1, 1, 1, 1, 1]])!)!.keys]).toEqual([95 * 64]);
  expect(packIn(packOf([])!)!.keys.length).toBe(0);
});

it('a day is not packed whose numbers are too large, or are none that a count can be', () => {
  const changed = (at: number, value: number) => packOf([cells[0]!.with(at, value) as PackedCell]);
  for (const [at, most] of [
    [2, 7],
    [3, 7],
    [4, 65_535],
    [5, 65_535],
    [6, 4_294_967_295],
    [7, 4_294_967_295],
    [8, 65_535],
  ] as const) {
    expect(changed(at, most)).not.toBe(null);
    for (const value of [most + 1, -1, 0.5]) expect(changed(at, value)).toBe(null);
  }
});

it('what is no packed day is not read', () => {
  expect(packIn(Buffer.alloc(0))).toBe(null);
  expect(packIn(Buffer.from(packOf(cells)!).fill(0, 0, 1))).toBe(null);
});
