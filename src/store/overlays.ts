// Overlays as rows: read for the records that have one, written under the lock of whoever changes a record.
import { partiesOf, tagKey, type Overlay, type Parties } from '../cdr/overlay.ts';
import { allot } from './names.ts';
import type { Row } from './row.ts';
import { chunks, placeholders, type Sql } from './sql.ts';

/** Overlays of those of the rows that have one, by record. */
export async function loadOverlays(sql: Sql, rows: readonly Row[]): Promise<Map<number, Overlay>> {
  const overlays = new Map<number, Overlay>();
  for (const some of chunks(rows.filter(({ edited }) => edited !== 0).map(({ id }) => id as number))) {
    const ids = placeholders(1, some.length);
    const tags = await sql.all<{ id: number; name: string }>(
      'SELECT `cdr_tag`.`cdr_id` AS `id`, `name` FROM `cdr_tag` JOIN `tag` ON `tag`.`id` = `tag_id` ' +
        `WHERE \`cdr_tag\`.\`cdr_id\` IN ${ids}`,
      some,
    );
    const tagsById = Map.groupBy(tags, ({ id }) => id);
    const found = await sql.all<{ cdr_id: number; note: string | null; corrected: string; derived: string }>(
      `SELECT \`cdr_id\`, \`note\`, \`corrected\`, \`derived\` FROM \`overlay\` WHERE \`cdr_id\` IN ${ids}`,
      some,
    );
    for (const { cdr_id: id, note, corrected, derived } of found) {
      overlays.set(id, {
        note,
        tags: sortTags((tagsById.get(id) ?? []).map(({ name }) => name)),
        ...readCorrected(corrected),
        ...readDerived(derived),
      });
    }
  }
  return overlays;
}

/** After a further sight of the record; what people wrote stays as it is. */
export async function saveDerived(sql: Sql, id: number, { derived, told }: Overlay): Promise<void> {
  await sql.run('UPDATE `overlay` SET `derived` = ? WHERE `cdr_id` = ?', [derivedText(derived, told), id]);
}

/** After the record was anonymised. A tag that nobody has any more goes. */
export async function saveErased(sql: Sql, id: number, overlay: Overlay): Promise<void> {
  const tags = await sql.all<{ id: number; name: string }>(
    'SELECT `id`, `name` FROM `tag` JOIN `cdr_tag` ON `tag`.`id` = `tag_id` WHERE `cdr_id` = ?',
    [id],
  );
  for (const tag of tags.filter(({ name }) => !overlay.tags.includes(name))) {
    await sql.run('DELETE FROM `cdr_tag` WHERE `cdr_id` = ? AND `tag_id` = ?', [id, tag.id]);
    const left = 'NOT EXISTS (SELECT 1 FROM `cdr_tag` WHERE `tag_id` = ?)';
    await sql.run(`DELETE FROM \`tag\` WHERE \`id\` = ? AND ${left}`, [tag.id, tag.id]);
  }
  await sql.run('UPDATE `overlay` SET `note` = ?, `corrected` = ?, `derived` = ? WHERE `cdr_id` = ?', [
    ...[overlay.note, correctedText(overlay), derivedText(overlay.derived, overlay.told), id],
  ]);
}

/** Those of a record of which only parties were corrected are as they always were. */
function derivedText(derived: Parties, told: Overlay['told']): string {
  return JSON.stringify({ ...partiesOf(derived), ...(Object.keys(told).length > 0 ? { told } : {}) });
}

function correctedText({ corrected, said }: Overlay): string {
  return JSON.stringify({ ...corrected, ...(Object.keys(said).length > 0 ? { said } : {}) });
}

function readCorrected(text: string): Pick<Overlay, 'corrected' | 'said'> {
  const { said = {}, ...corrected } = JSON.parse(text) as Overlay['corrected'] & { said?: Overlay['said'] };
  return { corrected, said };
}

function readDerived(text: string): Pick<Overlay, 'derived' | 'told'> {
  const { told = {}, ...derived } = JSON.parse(text) as Parties & { told?: Overlay['told'] };
  return { derived, told };
}

/** Writes all of it; tags by their ids, which `toTags` gave. */
export async function saveOverlay(sql: Sql, id: number, overlay: Overlay, tagIds: readonly number[]): Promise<void> {
  const [corrected, derived] = [correctedText(overlay), derivedText(overlay.derived, overlay.told)];
  await sql.run('DELETE FROM `overlay` WHERE `cdr_id` = ?', [id]);
  await sql.run('INSERT INTO `overlay` (`cdr_id`, `note`, `corrected`, `derived`) VALUES (?, ?, ?, ?)', [
    ...[id, overlay.note],
    ...[corrected, derived],
  ]);
  await sql.run('DELETE FROM `cdr_tag` WHERE `cdr_id` = ?', [id]);
  for (const tagId of tagIds) await sql.run('INSERT INTO `cdr_tag` (`cdr_id`, `tag_id`) VALUES (?, ?)', [id, tagId]);
}

/** Each tag once, in the spelling it was first given; new ones are made. */
export async function toTags(sql: Sql, given: readonly string[]): Promise<{ ids: number[]; names: string[] }> {
  const tags = new Map<number, string>();
  for (const [key, spelling] of new Map(given.map((name) => [tagKey(name), name.trim()]))) {
    const [known] = await sql.all<{ id: number; name: string }>('SELECT `id`, `name` FROM `tag` WHERE `name_key` = ?', [
      key,
    ]);
    if (known) {
      tags.set(known.id, known.name);
      continue;
    }
    const id = await allot(sql, 'tag', 1);
    await sql.run('INSERT INTO `tag` (`id`, `name`, `name_key`) VALUES (?, ?, ?)', [id, spelling, key]);
    tags.set(id, spelling);
  }
  return { ids: [...tags.keys()], names: sortTags([...tags.values()]) };
}

function sortTags(tags: string[]): string[] {
  const byKey = (a: string, b: string) => (tagKey(a) < tagKey(b) ? -1 : 1);
  return tags.sort(byKey);
}
