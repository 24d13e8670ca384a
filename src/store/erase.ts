// Anonymising stored calls, in the transaction of a slice: records, what people wrote beside them, what sources said, what changes say of
// before. The records stay and are told as `updated`; there is no way back. Its caller holds the lock of ingest.
import { isDeepStrictEqual } from 'node:util';
import { anonymised, digitsOf, tells, type Erasure, type Person } from '../cdr/anonymise.ts';
import type { Micros } from '../cdr/cdr.ts';
import { planFor } from './append.ts';
import { saveCalls } from './calls.ts';
import { forgetCalls, forgetRecords } from './forget.ts';
import type { InHand } from './inhand.ts';
import { saveErased } from './overlays.ts';
import { save, type Desk } from './save.ts';
import { chunks, placeholders, type Sql } from './sql.ts';

/** What a record is afterwards (the column `erased`). */
export const erasedLevels = { number: 1, all: 2 } as const;

/** Digits of the DIDs that are listed: the company's own numbers stay. */
export async function listedNumbers(sql: Sql): Promise<Set<string>> {
  const dids = await sql.all<{ number: string }>('SELECT `number` FROM `did`');
  return new Set(dids.map(({ number }) => digitsOf(number)));
}

/** Each of the calls with all its records. Resolves to the ids that changed, and what to do after the commit. */
export async function eraseCalls(
  sql: Sql,
  desk: Desk,
  calls: readonly (readonly InHand[])[],
  erasure: Erasure,
  now: Micros,
): Promise<{ ids: number[]; keep: () => void }> {
  const level = erasure.numbers === 'all' ? erasedLevels.all : erasedLevels.number;
  const touched = calls.flatMap((call) => {
    const after = anonymised(call, erasure);
    return call.flatMap((record, at) => {
      const next = after[at]!;
      const isDone = record.erased >= level && isDeepStrictEqual(next, personOf(record));
      return next === record || isDone ? [] : [erasedOf(record, next, level, now)];
    });
  });
  const ids = touched.map(({ cdr }) => cdr.id);
  if (ids.length === 0) return { ids, keep: () => undefined };
  const plan = await planFor(sql, desk, touched, now);
  const keep = await save(sql, desk, touched, now);
  await saveCalls(sql, desk, plan);
  for (const { cdr, overlay } of touched) if (overlay) await saveErased(sql, cdr.id, overlay);
  // What an edit had before and after is what goes.
  for (const some of chunks(ids))
    await sql.run(`DELETE FROM \`edit\` WHERE \`cdr_id\` IN ${placeholders(1, some.length)}`, some);
  await forgetRecords(sql, ids, (tag) => tells(tag, erasure));
  await forgetCalls(sql, [...new Set(touched.flatMap(({ callId }) => callId ?? []))]);
  return { ids, keep };
}

function personOf({ cdr, overlay, sights, contradictions }: InHand): Person {
  return { cdr, overlay, sights, contradictions };
}

function erasedOf(record: InHand, next: Person, level: number, now: Micros): InHand {
  const erased = Math.max(record.erased, level);
  return { ...record, ...next, cdr: { ...next.cdr, updated: now }, erased, state: 'changed', was: record.cdr };
}
