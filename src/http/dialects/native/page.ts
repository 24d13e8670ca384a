// A page by id, the way every list of ours is one.

/** `rows` holds one more than asked for when there is more: no count is needed. */
export function pageOf<Row extends { id: number }>(
  name: string,
  rows: readonly Row[],
  after: number,
  limit: number,
  shape: (row: Row) => object = (row) => row,
) {
  const page = rows.slice(0, limit);
  return { [name]: page.map((row) => shape(row)), after: page.at(-1)?.id ?? after, more: rows.length > limit };
}
