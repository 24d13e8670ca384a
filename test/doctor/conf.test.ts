// Asterisk's dialect of ini files, read as Asterisk reads it.
import { describe, expect, it } from 'vitest';
import fc from 'fast-check';
import {
  isYes,
  parseConf,
  placeFor,
  sectionOf,
  settingOf,
  valueOf,
  type Conf,
  type Find,
} from '../../src/doctor/conf.ts';

const nothing: Find = () => ({ files: [] });
const parse = (text: string, files: Record<string, string> = {}): Conf =>
  parseConf('/etc/asterisk/a.conf', text, (name) => {
    const names = Object.keys(files).filter((file) => file === name || (name.includes('*') && file.endsWith('.conf')));
    return { files: names.map((file) => ({ file: `/etc/asterisk/${file}`, text: files[file]! })) };
  });
const settings = (conf: Conf, name: string) =>
  sectionOf(conf, name)?.settings.map(({ key, value }) => `${key}=${value}`);

describe('lines', () => {
  it('are read with = and => alike, without comments and the blanks around', () => {
    const conf = parse('[general] ; all\nenabled=yes;now\n port  =>  5038 \n; off = 1\nkey =\n');
    expect(settings(conf, 'GENERAL')).toEqual(['enabled=yes', 'port=5038', 'key=']);
    expect(conf.faults).toEqual([]);
  });

  it('keep a semicolon that is escaped, and know where they stand', () => {
    const conf = parse('[a]\nuserfield = x\\;y ; z');
    expect(settingOf(sectionOf(conf, 'a'), 'USERFIELD')).toEqual({
      ...{ key: 'userfield', value: 'x;y', where: '/etc/asterisk/a.conf:2' },
    });
  });

  it('are no lines in a block of ;-- and --;, but ;--- begins a comment like any other', () => {
    expect(settings(parse('[a]\nx=1;-- y\nz=2\n--; w\n;--- not a block\nv=3'), 'a')).toEqual(['x=1', 'v=3']);
    expect(settings(parse('[a]\nx=;-- y --;1'), 'a')).toEqual(['x=1']);
  });

  it('that no section or sign makes sense of are told with their place', () => {
    expect(parse('x=1\n[a\n[b]\nword').faults).toEqual([
      { where: '/etc/asterisk/a.conf:1', message: 'stands before the first [section]: x' },
      { where: '/etc/asterisk/a.conf:2', message: 'has no "]": "[a"' },
      { where: '/etc/asterisk/a.conf:4', message: 'has no "=": "word"' },
    ]);
  });
});

describe('sections', () => {
  it('inherit from templates what they do not say, and += lengthens it', () => {
    const conf = parse(
      '[base](!)\nread = cdr\nwrite=none\n[more](!,base)\nx=1\n[cdrd](more)\nread += ,call\nwrite = all',
    );
    expect(settings(conf, 'cdrd')).toEqual(['read=cdr,call', 'write=none', 'x=1', 'write=all']);
    expect(valueOf(sectionOf(conf, 'cdrd'), 'write')).toBe('all');
    expect(valueOf(sectionOf(conf, 'cdrd'), 'read')).toBe('cdr,call');
    expect(sectionOf(conf, 'base')).toBeUndefined();
    expect(conf.sections[0]!.settings.map(({ value }) => value)).toEqual(['cdr', 'none']);
  });

  it('go on where (+) says so, and tell of a template that is not there', () => {
    const conf = parse('[a]\nx=1\n[b]\n[a](+)\ny=2\n[c](gone)');
    expect(settings(conf, 'a')).toEqual(['x=1', 'y=2']);
    expect(conf.faults.map(({ message }) => message)).toEqual(['inherits from [gone], which does not stand before it']);
  });
});

describe('includes', () => {
  it('go on in the section they stand in, as FreePBX has it, also through a pattern', () => {
    const files = { 'one.conf': 'x=1', 'm.d/u.conf': '[u]\nread=cdr' };
    const conf = parse('[general]\n#include one.conf\ny=2\n#include "m.d/*.conf"', { 'one.conf': files['one.conf'] });
    expect(settings(conf, 'general')).toEqual(['x=1', 'y=2', 'x=1']);
    expect(settings(parse('#include <m.d/u.conf>', files), 'u')).toEqual(['read=cdr']);
  });

  it('that are not there are a fault, but of #tryinclude and patterns', () => {
    const told = parse('#include gone.conf\n#tryinclude gone.conf\n#include gone.d/*.x\n#exec prog\n#what').faults;
    expect(told.map(({ where, message }) => `${where.at(-1)} ${message}`)).toEqual([
      '1 includes gone.conf, which is not there: Asterisk then reads nothing of /etc/asterisk/a.conf',
      '4 runs a program (#exec), whose lines are not known here',
      '5 has the unknown directive #what',
    ]);
  });

  it('that include themselves come to an end', () => {
    const conf = parse('[a]\n#include ring.conf', { 'ring.conf': 'x=1\n#include ring.conf' });
    expect(conf.faults.at(-1)!.message).toContain('deeper than Asterisk follows (10)');
    expect(settings(conf, 'a')).toHaveLength(10);
  });

  it('for own lines are where to paste', () => {
    const text = '[general]\n#include cdr_general_custom.conf\n[mappings]\n#include cdr_mapping_custom.conf';
    const conf = parse(text, { 'cdr_general_custom.conf': '', 'cdr_mapping_custom.conf': '' });
    expect(placeFor(conf, 'general')).toEqual({ into: '/etc/asterisk/cdr_general_custom.conf', isInside: true });
    expect(placeFor(conf, 'mappings')).toEqual({ into: '/etc/asterisk/cdr_mapping_custom.conf', isInside: true });
    expect(placeFor(parse('[general]'), 'general')).toEqual({ into: '/etc/asterisk/a.conf', isInside: false });
    const user = parse('[general]\n#include manager_custom.conf\n', { 'manager_custom.conf': '' });
    expect(placeFor(user, 'cdrd')).toEqual({ into: '/etc/asterisk/manager_custom.conf', isInside: false });
  });
});

it('no text makes it throw, and every setting has a place', () => {
  const piece = fc.constantFrom(
    '[a]',
    '[b](!)',
    '[c](b,+)',
    'x=1',
    'y+=2',
    ';--',
    '--;',
    '#include a.conf',
    '\n',
    ';',
    ' ',
  );
  fc.assert(
    fc.property(fc.array(fc.oneof(piece, fc.string({ maxLength: 8 })), { maxLength: 30 }), (pieces) => {
      const conf = parseConf('f', pieces.join('\n'), nothing);
      for (const { settings: all } of conf.sections) for (const { where } of all) expect(where).toMatch(/^f:\d+$/);
    }),
  );
});

it.each(['yes', 'TRUE', 'y', 't', '1', 'on'])('%s is yes', (word) => expect(isYes(word)).toBe(true));
it.each(['no', '', 'enabled', undefined])('%s is not yes', (word) => expect(isYes(word)).toBe(false));
