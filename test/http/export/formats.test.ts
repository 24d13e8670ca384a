import { describe, expect, it } from 'vitest';
import { formatOf, takesGzip } from '../../../src/http/export/formats.ts';

describe('the format of a list', () => {
  it.each([
    [undefined, undefined],
    ['', undefined],
    ['*/*', undefined],
    ['text/csv', 'csv'],
    ['TEXT/CSV; charset=utf-8', 'csv'],
    ['application/x-ndjson', 'ndjson'],
    ['application/ndjson', 'ndjson'],
    ['text/*', 'csv'],
    ['application/*', undefined],
    ['text/csv, application/json', undefined],
    ['application/json;q=0.5, text/csv', 'csv'],
    ['application/json;q=0.5, text/csv;q=0.4', undefined],
    ['text/csv;q=0.4, application/x-ndjson;q=0.6', 'ndjson'],
    ['text/csv;q=0, */*;q=0', undefined],
    ['*/*, application/json;q=0, text/csv;q=0', 'ndjson'],
    ['text/csv;q=2', undefined],
    ['text/csv;q=x', undefined],
    ['image/png', undefined],
    ['text/html,application/xhtml+xml,application/xml;q=0.9,*/*;q=0.8', undefined],
    [`${'a/b,'.repeat(300)}text/csv`, undefined],
  ])('that Accept: %s wants is %s', (accept, format) => {
    expect(formatOf(accept === undefined ? {} : { accept })).toBe(format);
  });

  it.each([
    [undefined, false],
    ['gzip', true],
    ['deflate, gzip;q=0.8, br', true],
    ['gzip;q=0', false],
    ['*', true],
    ['identity, gzip;q=0.5', false],
    ['br', false],
  ])('is gzipped for Accept-Encoding: %s: %s', (encoding, isGzip) => {
    expect(takesGzip(encoding === undefined ? {} : { 'accept-encoding': encoding })).toBe(isGzip);
  });
});
