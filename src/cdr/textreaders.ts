// How each text of a record is read from a row: by the name that its kind of source has for it.
import { texts, type TextName } from './fields.ts';
import type { RawRow, RowReader } from './rowreader.ts';

type TextReaders = Record<TextName, (reader: RowReader) => string | null>;

/** By the kind of the row; null: absent, NULL or at fault. */
export const textReaders: Record<RawRow['kind'], TextReaders> = {
  ami: textsNamed('ami'),
  table: textsNamed('name'),
  api: textsNamed('name'),
};

function textsNamed(by: 'ami' | 'name'): TextReaders {
  const readers = texts.map((text) => {
    const names = [text[by]];
    return [text.name, (reader: RowReader) => reader.text(names, text.max)];
  });
  return Object.fromEntries(readers) as TextReaders;
}
