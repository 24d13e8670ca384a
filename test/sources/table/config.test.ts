import { describe, expect, it } from 'vitest';
import { Value } from 'typebox/value';
import { ConfigError } from '../../../src/errors.ts';
import { checkedZone, placeOf, TableConfig } from '../../../src/sources/table/config.ts';
import { cellAt, secondsOf } from '../../../src/sources/table/walltime.ts';
import { toRows } from '../../../src/sources/table/cells.ts';
import { configOf } from './watch.ts';

describe('the table section', () => {
  it('has a default and a description for every key', () => {
    expect(configOf('sqlite:/x')).toEqual({
      url: 'sqlite:/x',
      name: 'cdr',
      id_column: 'auto',
      time_column: 'auto',
      min_id: 0,
      max_rows: 500,
      poll_seconds: 5,
      overlap_rows: 500,
      overlap_seconds: 14_400,
      query_seconds: 10,
      slow_seconds_per_minute: 6,
      backfill: { above_rows: 10_000, rows_per_second: 1000 },
      reconcile: { cron: '30 3 * * *', days: 7 },
      connect_seconds: 10,
    });
    for (const schema of Object.values(TableConfig.properties)) expect(schema).toHaveProperty('description');
  });

  it('takes no unknown key, no other database and no page above its limit', () => {
    const good = configOf('mariadb://u:p@h/db');
    expect(Value.Check(TableConfig, good)).toBe(true);
    expect(Value.Check(TableConfig, { ...good, tabel: 1 })).toBe(false);
    expect(Value.Check(TableConfig, { ...good, url: 'postgres://h/db' })).toBe(false);
    expect(Value.Check(TableConfig, { ...good, max_rows: 10_000 })).toBe(true);
    expect(Value.Check(TableConfig, { ...good, max_rows: 10_001 })).toBe(false);
  });

  it('takes the parts out of a URL, unescaped, and no password into the label', () => {
    expect(placeOf('mysql://cd%40rd:s%2Fcret@[::1]:3307/my%20db')).toEqual({
      kind: 'mysql',
      label: '::1:3307/my db',
      host: '::1',
      port: 3307,
      user: 'cd@rd',
      password: 's/cret',
      database: 'my db',
    });
    expect(placeOf('mariadb://u@localhost/db?socket=/run/m.sock')).toMatchObject({ socket: '/run/m.sock', port: 3306 });
    expect(placeOf('sqlite:///var/log/asterisk/master.db')).toMatchObject({ file: '/var/log/asterisk/master.db' });
    expect(placeOf('sqlite:/var/master.db')).toMatchObject({ file: '/var/master.db' });
  });

  it('refuses a URL without database and one that is none, and never repeats the password', () => {
    for (const url of ['mysql://u:secret@h', 'mysql://u:secret@h:port/db', 'sqlite:', 'x://u:secret@h/db']) {
      expect(() => placeOf(url)).toThrow(ConfigError);
      expect(() => placeOf(url)).not.toThrow(/secret/);
    }
  });

  it('knows zones by their names', () => {
    expect(checkedZone('UTC')).toBe('UTC');
    expect(checkedZone('Europe/Berlin')).toBe('Europe/Berlin');
    expect(() => checkedZone('Mars/Olympus')).toThrow('table.timezone: "Mars/Olympus" is not a zone');
  });
});

describe('the values of a time column', () => {
  it('are points on one line, whatever their form', () => {
    expect(secondsOf('1970-01-02 00:00:00')).toBe(86_400);
    expect(secondsOf('1970-01-02T00:00:00.5')).toBe(86_400.5);
    expect(secondsOf('1795314479.411497')).toBe(1795314479.411497);
    expect(secondsOf(5)).toBe(5);
    for (const cell of ['', 'zzz', null, undefined, '12:00']) expect(secondsOf(cell)).toBeNull();
  });

  it('are made in the form of another', () => {
    expect(cellAt(86_400.9, '2026-11-22 03:15:29')).toBe('1970-01-02 00:00:00');
    expect(cellAt(86_400, '2026-11-22T03:15:29.5')).toBe('1970-01-02T00:00:00');
    expect(cellAt(1795314479.4, '1795314999.5')).toBe('1795314479');
    expect(cellAt(1795314479.4, 1795314999)).toBe(1795314479);
    expect(cellAt(-5, '2026-11-22 03:15:29')).toBe('1970-01-01 00:00:00');
  });
});

describe('a row', () => {
  it('holds only text, numbers and null under lower-cased names', () => {
    const types = new Map([
      ['flag', 'bit(9)'],
      ['note', 'blob'],
    ]);
    const raw = {
      Flag: Buffer.from([1, 255]),
      NOTE: Buffer.from('hé'),
      big: 2n ** 60n,
      small: 7n,
      nan: NaN,
      when: new Date(0),
      never: new Date(NaN),
      json: { a: [1] },
      none: undefined,
    };
    expect({ ...toRows([raw], types)[0] }).toEqual({
      flag: '511',
      note: 'hé',
      big: '1152921504606846976',
      small: 7,
      nan: null,
      when: '1970-01-01T00:00:00.000Z',
      never: null,
      json: '{"a":[1]}',
      none: null,
    });
  });

  it("are the driver's own where they are plain already and have no name of a prototype", () => {
    const prototype = Object.create(null) as object;
    const plainRow = (cells: object) => Object.assign(Object.create(prototype) as Record<string, unknown>, cells);
    const raws = [
      plainRow({ src: '101', duration: 5, dst: null }),
      plainRow({ src: Buffer.from('102'), duration: NaN, dst: '' }),
    ];
    const [first, second] = toRows(raws, new Map());
    expect(first).toBe(raws[0]);
    expect(first!['constructor']).toBe(undefined);
    expect({ ...second }).toEqual({ src: '102', duration: null, dst: '' });
  });

  it('have names in lower case and none of a prototype, whatever the driver gives', () => {
    const [shouted] = toRows(
      [Object.assign(Object.create(null) as Record<string, unknown>, { SRC: '101' })],
      new Map(),
    );
    const [ordinary] = toRows([{ src: '101' }], new Map());
    expect([{ ...shouted }, { ...ordinary }]).toEqual([{ src: '101' }, { src: '101' }]);
    expect(ordinary!['constructor']).toBe(undefined);
  });
});
