// How a client wants an export to look: parameters of its address or its body, checked.
import { Type, type Static, type TObject } from 'typebox';
import { isZone } from '../../cdr/time.ts';
import { ClientError } from '../../errors.ts';
import { found, limitKey } from '../validate.ts';
import type { Format } from './formats.ts';
import type { Look } from './render.ts';

const columnsMax = 4096;
const onOff = (description: string) => Type.Optional(Type.Enum(['on', 'off'], { description }));
const zone = Type.Optional(
  Type.String({ minLength: 1, maxLength: 64, description: 'IANA name of the zone of its times, UTC when absent' }),
);
const onlyCsv = {
  header: onOff('off: without the line of names, to go on with a file that was cut'),
  guard: onOff("off: without the ' before cells that a spreadsheet would run as a formula; for programs"),
};
const columns = { description: 'columns of the export in this order, all when absent' };

/** Most records, in place of the limit of a page; an export without one has all there is. */
export const exportLimit = (most: number) =>
  Type.Optional(
    Type.Integer({
      ...{ minimum: 1, maximum: most, [limitKey]: 'limits.export_rows' },
      description: 'most records of the export; absent = all',
    }),
  );

/** For an address. */
export const lookParams = (format: Format) => ({
  columns: Type.Optional(Type.String({ minLength: 1, maxLength: columnsMax, ...columns })),
  zone,
  ...(format === 'csv' ? onlyCsv : {}),
});

/** For a body. */
export const lookBody = (format: Format) => ({
  columns: Type.Optional(Type.Array(Type.String({ maxLength: 64 }), { minItems: 1, maxItems: 100, ...columns })),
  zone,
  ...(format === 'csv' ? onlyCsv : {}),
});

const lookNames: readonly string[] = ['columns', 'zone', 'header', 'guard'];
type Given = Static<TObject<typeof onlyCsv>> & { columns?: string | string[]; zone?: string };

/** `given` fits one of the schemas above, `known` are the columns of the list. @throws ClientError 400 */
export function toLook(given: object, format: Format, known: readonly string[]): Look {
  const { columns: named, zone: name = 'UTC', header, guard } = given as Given;
  if (!/^[A-Za-z]/.test(name) || !isZone(name)) {
    throw fault('zone', `${found(name)} is not the IANA name of a zone, like Europe/London or UTC`);
  }
  return {
    format,
    columns: named === undefined ? null : toColumns(typeof named === 'string' ? named.split(',') : named, known),
    zone: name,
    hasHeader: header !== 'off',
    isGuarded: guard !== 'off',
  };
}

function toColumns(named: readonly string[], known: readonly string[]): string[] {
  const names = named.map((name) => name.trim());
  const unknown = names.find((name) => !known.includes(name));
  if (unknown !== undefined) {
    throw fault('columns', `${found(unknown)} is not a column of this list, expected some of ${known.join(', ')}`);
  }
  const twice = names.find((name, at) => names.indexOf(name) !== at);
  if (twice !== undefined) throw fault('columns', `${found(twice)} is named twice`);
  return names;
}

function fault(field: string, message: string): ClientError {
  return new ClientError(400, `${field}: ${message}`, [{ field, message }]);
}

/** What a request asks of the list, without how it should look. */
export function askedOf(given: object): object {
  return Object.fromEntries(
    Object.entries(given).filter(([name, value]) => !lookNames.includes(name) && value !== undefined),
  );
}
