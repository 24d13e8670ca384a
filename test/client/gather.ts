// All that an iterable gives.
export async function gather<One>(rows: AsyncIterable<One>): Promise<One[]> {
  const all: One[] = [];
  for await (const row of rows) all.push(row);
  return all;
}
