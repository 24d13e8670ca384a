// The columns of an export from the page: those of the API, and a cursor that the file does not keep.
import { describe, expect, it } from 'vitest';
import { callColumns } from '../../src/http/dialects/native/callshape.ts';
import { cdrColumns } from '../../src/http/dialects/native/shape.ts';
import { exportedColumns, withoutCursor } from '../../src/dashboard/search/exported.ts';

describe('an export', () => {
  it('has the columns that the API gives by itself, in its order', () => {
    expect(exportedColumns).toEqual({ calls: callColumns, records: cdrColumns });
  });

  it('keeps nothing of the cursor', () => {
    expect(withoutCursor('id,note,cursor', 'csv')).toBe('id,note');
    expect(withoutCursor('7,"a, b",MTc5-NTM_x', 'csv')).toBe('7,"a, b"');
    expect(withoutCursor('7,,12', 'csv')).toBe('7,');
    expect(withoutCursor('{"id":7,"note":"a, \\"b","cursor":"MTc5-NTM_x"}', 'ndjson')).toBe(
      '{"id":7,"note":"a, \\"b"}',
    );
    expect(withoutCursor('{"id":7,"cursor":12}', 'ndjson')).toBe('{"id":7}');
  });
});
