// What dialects read whole for an answer: the lists of directories.

const pageRows = 10_000;

/** Of a list that is read by id: `page` gives at most `limit` behind `after`. */
export async function wholeOf<T extends { id: number }>(
  page: (after: number, limit: number) => Promise<T[]>,
): Promise<T[]> {
  const found: T[] = [];
  for (;;) {
    const more = await page(found.at(-1)?.id ?? 0, pageRows);
    found.push(...more);
    if (more.length < pageRows) return found;
  }
}
