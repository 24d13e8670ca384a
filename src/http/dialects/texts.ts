// How vendors look for a text in others, where the store is not asked: whatever the case of its letters.

/** Whether one of the texts contains the part; an empty part is in every text. */
export function isIn(part: string, texts: readonly string[]): boolean {
  const wanted = part.toLowerCase();
  return texts.some((text) => text.toLowerCase().includes(wanted));
}
