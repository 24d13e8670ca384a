// What a reconcile says beside its numbers, for a person. Pure.

export interface Counts {
  /** Missing rows that the live reading brought before the comparison began. */
  caughtUp: number;
  /** Rows that are the record of another row. */
  repeated: number;
  /** Records whose rows stand at another time. */
  elsewhere: number;
  /** What is said of rows that begin in the future; null: there are none. */
  future: string | null;
}

/** Who brought what was missing, why table and store have other counts where nothing is, what was left out; null: nothing to say. */
export function differenceIn({ caughtUp, repeated, elsewhere, future }: Counts): string | null {
  const parts = [
    ...said(
      ...([caughtUp, 'missing row was', 'missing rows were'] as const),
      'brought by the live reading before the comparison began: the table had been altered, or could not be read',
    ),
    ...said(
      ...([repeated, 'row repeats', 'rows repeat'] as const),
      'the uniqueid and sequence of another one: one record each',
    ),
    ...said(
      ...([elsewhere, 'record has its row', 'records have their rows'] as const),
      'at another time than the store has; if they are many, a zone is set wrong, and "cdrd completeness" says which',
    ),
    ...(future === null ? [] : [future]),
  ];
  return parts.length === 0 ? null : parts.join('; ');
}

function said(number: number, one: string, many: string, rest: string): string[] {
  return number === 0 ? [] : [`${number} ${number === 1 ? one : many} ${rest}`];
}
