import fc from 'fast-check';
import { expect, it } from 'vitest';
import { at, bareSchema, customSchema, freepbxSchema, pbxFile } from './files.ts';
import { watchTable, type Fields } from './watch.ts';

/** Each run is many small files and looks. */
const limitMs = 60_000;

// Whatever the order in which rows appear and the size of the pages: each is handed over, none without a cause twice.
const rounds = fc.array(fc.array(fc.integer({ min: 0, max: 6 }), { maxLength: 6 }), { minLength: 1, maxLength: 6 });

function countsOf(rows: Fields[]): Map<unknown, number> {
  const counts = new Map<unknown, number>();
  for (const { userfield } of rows) counts.set(userfield, (counts.get(userfield) ?? 0) + 1);
  return counts;
}

for (const [name, schema, hasId] of [
  ['by id', customSchema, true],
  ['by time', freepbxSchema, false],
] as const) {
  it(
    `${name}: every row once, in whatever order and page`,
    async () => {
      await fc.assert(
        fc.asyncProperty(rounds, fc.integer({ min: 1, max: 5 }), fc.boolean(), async (plan, max_rows, restarts) => {
          const pbx = pbxFile(schema);
          let watch = watchTable({ url: pbx.url, config: { max_rows, overlap_rows: 1000 } });
          let n = 0;
          const free = fcShuffled(plan.flat().length);
          const seen: Fields[] = [];
          await watch.clock.idle();
          for (const seconds of plan) {
            const rows = seconds.map((second) => ({
              ...(hasId ? { AcctId: 1 + free[n]! } : {}),
              calldate: at(second),
              uniqueid: `${second}`,
              sequence: n,
              userfield: `row ${n++}`,
            }));
            pbx.add(...rows);
            seen.push(...(await watch.poll()));
            expect(await watch.poll()).toEqual([]);
            if (!restarts) continue;
            await watch.stop();
            watch = watchTable({ url: pbx.url, config: { max_rows, overlap_rows: 1000 }, cursor: watch.cursor });
            await watch.clock.idle();
            expect(watch.take()).toHaveLength(n);
          }
          await watch.stop();
          expect(countsOf(seen)).toEqual(new Map(Array.from({ length: n }, (_, row) => [`row ${row}`, 1])));
        }),
        { numRuns: 25 },
      );
    },
    limitMs,
  );
}

for (const [name, schema, hasId] of [
  ['by id', bareSchema, true],
  ['by time', freepbxSchema, false],
] as const) {
  it(
    `${name}: rows equal in everything are each time in one batch, all of them`,
    async () => {
      await fc.assert(
        fc.asyncProperty(rounds, fc.integer({ min: 1, max: 5 }), async (plan, max_rows) => {
          const pbx = pbxFile(schema);
          const there = new Map<string, number>();
          const watch = watchTable({ url: pbx.url, config: { max_rows } });
          await watch.clock.idle();
          for (const seconds of plan) {
            const before = watch.batches.length;
            for (const second of seconds) there.set(at(second), (there.get(at(second)) ?? 0) + 1);
            pbx.add(
              ...seconds.map((second) => ({ calldate: at(second), uniqueid: `${second}`, userfield: at(second) })),
            );
            await watch.poll();
            const batches = watch.batches
              .slice(before)
              .map(({ rows }) => countsOf(rows.map(({ fields }) => fields as Fields)));
            // By id a family can grow over the pages of one poll: the last batch that shows it shows all of it.
            for (const time of new Set(seconds.map(at))) {
              expect(batches.findLast((counts) => counts.has(time))?.get(time)).toBe(there.get(time));
              if (!hasId) expect(batches.filter((counts) => counts.has(time))).toHaveLength(1);
            }
          }
          await watch.stop();
        }),
        { numRuns: 25 },
      );
    },
    limitMs,
  );
}

/** 0 … length − 1 in an order that is always the same and never sorted. */
function fcShuffled(length: number): number[] {
  return Array.from({ length }, (_, n) => n).sort((a, b) => ((a * 7919) % 101) - ((b * 7919) % 101));
}
