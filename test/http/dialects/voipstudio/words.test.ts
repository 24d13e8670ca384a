// The vendor's words: what a record shows, and the records that a filter by it finds, are the same for every record.
import { describe, expect, it } from 'vitest';
import { directions, dispositions, type StoredCdr } from '../../../../src/cdr/cdr.ts';
import { holdsColumns } from '../../../../src/cdr/columns.ts';
import { recordsOf, wordOf, type WordField } from '../../../../src/http/dialects/voipstudio/words.ts';

const apps = [
  null,
  '',
  'Dial',
  'Queue',
  'VoiceMail',
  'VoiceMailMain',
  'BackGround',
  'Read',
  'FollowMe',
  'Echo',
  'MeetMe',
];
const records = [...directions, null].flatMap((direction) =>
  dispositions.flatMap((disposition) =>
    apps.flatMap((lastapp) =>
      [null, '', 'PJSIP/101-00000001'].map(
        (dstchannel) => ({ direction, disposition, lastapp, dstchannel }) as StoredCdr,
      ),
    ),
  ),
);

describe.each(Object.keys(recordsOf) as WordField[])('the word %s', (field) => {
  it('is found in exactly the records that show it', () => {
    const words = Object.entries(recordsOf[field]);
    const shown = new Set(records.map((record) => wordOf[field](record)));
    shown.delete(null);
    expect(words.map(([word]) => word).sort()).toEqual([...shown].sort());
    for (const record of records) {
      const found = words.filter(([, filter]) => holdsColumns(record, filter)).map(([word]) => word);
      const word = wordOf[field](record);
      expect([record, found]).toEqual([record, word === null ? [] : [word]]);
    }
  });
});
