// The order in which files of one log were written: `Master.csv*` gives the newest first. Pure.

interface Part {
  /** The name that all parts of a log begin with. */
  log: string;
  /** Rises with the age of what is in it; 0 is being written. */
  age: number;
}

/** As logrotate names them: `Master.csv.2.gz`, or with `dateext` `Master.csv-20261101`. */
function partOf(path: string): Part {
  const [, log, digits] = /^(.+?)[.-](\d{1,3}|\d{4}-?\d\d-?\d\d(?:-?\d{1,10})?)(?:\.gz)?$/.exec(path) ?? [];
  if (log === undefined || digits === undefined) return { log: path.replace(/\.gz$/, ''), age: 0 };
  const number = Number(digits.replaceAll('-', ''));
  return { log, age: digits.length <= 3 ? number : 1 / number };
}

/** The oldest part of each log first, in the places that its parts have in the list; other files stay where they are. */
export function oldestFirst(paths: readonly string[]): string[] {
  const parts = paths.map((path) => ({ path, ...partOf(path) }));
  const waiting = Map.groupBy(parts, ({ log }) => log);
  for (const some of waiting.values()) some.sort((a, b) => b.age - a.age);
  return parts.map(({ log }) => waiting.get(log)!.shift()!.path);
}
