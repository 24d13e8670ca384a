// Writing what a batch made and changed, with its places in the change sequence. Part of the transaction of append.ts.
import { withoutCallCompany } from '../cdr/callcompany.ts';
import type { Micros } from '../cdr/cdr.ts';
import { touchDays } from './days.ts';
import { failpoint } from '../failpoint.ts';
import { writeChanges, type NewChange } from './changes.ts';
import type { InHand } from './inhand.ts';
import type { Rooms } from './calls.ts';
import { saveDerived } from './overlays.ts';
import { columns, toldValues, toValues, type Ids } from './row.ts';
import type { KnownStaff } from './staff.ts';
import { inserting, rowsOf, type Sql, type Value } from './sql.ts';

const insert = inserting('cdr', columns);
const update = `UPDATE \`cdr\` SET ${columns
  .slice(1)
  .map((column) => `\`${column}\` = ?`)
  .join(', ')} WHERE \`id\` = ?`;

/** What a batch is written with. */
export interface Desk extends Rooms {
  staff: KnownStaff;
}

/** Writes new, changed and seen records; returns what to do after the commit. */
export async function save(
  sql: Sql,
  { systems, companies, staff }: Desk,
  touched: readonly InHand[],
  now: Micros,
): Promise<() => void> {
  const systemNames = new Set(touched.map(({ cdr }) => cdr.system));
  const handles = new Set(touched.flatMap(({ cdr }) => [cdr.company, cdr.target]).filter((handle) => handle !== null));
  const systemIds = await systems.toIds(sql, systemNames);
  const companyIds = await companies.toIds(sql, handles);
  const companyId = (handle: string | null) => (handle === null ? null : companyIds.get(companies.key(handle))!);
  const valuesOf = ({ cdr, callId, ...told }: InHand): Value[] => {
    const ids: Ids = {
      system: systemIds.get(cdr.system)!,
      company: companyId(cdr.company),
      target: companyId(cdr.target),
      call: callId,
    };
    return toValues(cdr, ids, told);
  };
  const byId = (a: InHand, b: InHand) => a.cdr.id - b.cdr.id;
  const made = touched.filter(({ state }) => state === 'new').sort(byId);
  await insert(sql, rowsOf(made, valuesOf));
  for (const record of touched) {
    const { cdr, state, overlay } = record;
    if (state === 'changed' && overlay) await saveDerived(sql, cdr.id, overlay);
    if (state === 'changed') await sql.run(update, [...valuesOf(record).slice(1), cdr.id]);
    if (state !== 'seen') continue;
    await sql.run('UPDATE `cdr` SET `sources` = ?, `contradictions` = ?, `time_origin` = ? WHERE `id` = ?', [
      ...toldValues(record),
      ...[cdr.timeOrigin, cdr.id],
    ]);
  }
  failpoint('records written');
  for (const [system, some] of Map.groupBy(touched, ({ cdr }) => cdr.system)) {
    const starts = some.flatMap(({ cdr, was }) => (cdr.start === was.start ? [cdr.start] : [cdr.start, was.start]));
    await touchDays(sql, systemIds.get(system)!, starts);
  }
  const changed = touched.filter(({ state }) => state === 'changed').sort(byId);
  await writeChanges(sql, [...made, ...changed].map(toChange), now);
  // What the call says of a company is no proof that its extension is the company's.
  const told = [...made, ...changed].map(({ cdr }) => withoutCallCompany(cdr));
  const keepStaff = await staff.add(sql, told, (handle) => companyIds.get(companies.key(handle))!);
  return () => {
    keepStaff();
    systems.keep(systemNames, systemIds);
    companies.keep(handles, companyIds);
  };
}

function toChange({ cdr, state, was }: InHand): NewChange {
  return { id: cdr.id, op: state === 'new' ? 'created' : 'updated', was: state === 'new' ? null : was, is: cdr };
}
