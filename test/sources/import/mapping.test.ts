import { describe, expect, it } from 'vitest';
import { parseColumns, parseMapping, sampleColumns } from '../../../src/sources/import/mapping.ts';

/** configs/samples/cdr_custom.conf.sample of Asterisk 22. */
const sample = `Master.csv => ${sampleColumns
  .map((name) => (name === 'sequence' ? '${CDR(sequence)}' : `\${CSV_QUOTE(\${CDR(${name})})}`))
  .join(',')}`;

describe('a mapping of cdr_custom.conf', () => {
  it("names the columns, as Asterisk's sample does", () => {
    expect(parseMapping(sample)).toEqual(sampleColumns);
  });

  it('may have options, literals, functions that are no value of the record, and variables of the dialplan', () => {
    const line =
      'a.csv => "${CDR(clid)}", ${CSV_QUOTE(${CDR(start,u)})},"a, literal",${CSV_QUOTE(${CALLERID(name)})},' +
      '${CDR(duration,f)},${CDR(disposition)},${CDR(uniqueid)},${EPOCH},${CDR(DS_Type)}';
    const rest = ['duration', 'disposition', 'uniqueid', '-', 'ds_type'];
    expect(parseMapping(line)).toEqual(['clid', 'start', '-', '-', ...rest]);
  });

  it('may be the list of fields that Asterisk 23 has', () => {
    const line =
      'fields = clid,"Some Literal",src, start(int64^noquote), duration,disposition, uniqueid(noquote),DS(uservar)';
    const names = ['clid', '-', 'src', 'start', 'duration', 'disposition', 'uniqueid', 'ds'];
    expect(parseMapping(line)).toEqual(names);
  });

  it.each([
    ['src,dst', '--mapping: there is no uniqueid among src, dst; a record needs one'],
    ['${EPOCH}', '--mapping: there is no uniqueid among no column at all'],
    ['uniqueid,start,disposition', '--mapping: there is no duration among'],
    ['uniqueid,uniqueid', '--mapping: uniqueid comes twice'],
  ])('%j is refused: %s', (line, message) => {
    expect(() => parseMapping(line)).toThrow(message);
  });
});

describe('--columns', () => {
  it('takes names in any case and passes columns over', () => {
    expect(parseColumns('UniqueID, calldate,-,,duration,disposition')).toEqual([
      ...['uniqueid', 'calldate', '-', '-', 'duration', 'disposition'],
    ]);
  });

  it('refuses what is no name', () => {
    expect(() => parseColumns('uniqueid,start,duration,disposition,a b')).toThrow(
      '--columns: "a b" is no name of a column',
    );
  });
});
