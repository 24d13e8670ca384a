// The presets, each with records as its PBX writes them: the captured calls of a real Asterisk, and rows after the dialplans of FreePBX,
// Issabel (issabel's and freepbx's extensions.conf), VICIdial (its extensions.conf) and the IPCortex example.
import { describe, expect, it, test } from 'vitest';
import type { Cdr } from '../../src/cdr/cdr.ts';
import { normalise } from '../../src/cdr/normalise.ts';
import { rulebookOf, rulesOf } from '../../src/configrules.ts';
import { classify } from '../../src/rules/classify.ts';
import { compileRules } from '../../src/rules/compile.ts';
import { Pattern } from '../../src/rules/pattern.ts';
import { presetNames, presetRules, presets, wholePreset } from '../../src/rules/presets.ts';
import { lookupOf, noTables, storeColumns, type StoreTable, type Tables } from '../../src/rules/tables.ts';
import { byAcctid, cdrOf } from '../cdr/rows.ts';
import { captured, factsOfRecords, play } from '../live/captured.ts';

const nobody = {
  ...{ accountcode: '', peeraccount: '', src: '', dst: '', channel: '', dstchannel: '', dcontext: '', userfield: '' },
  ...{ lastapp: '', lastdata: '', custom: {} },
};
const by = (preset: string, changes: Partial<Cdr>, tables = noTables) =>
  classify(rulesOf({ systems: [{ name: 'a', preset }] }).get('a')!, cdrOf({ ...nobody, ...changes }), tables);
const withRows = (table: StoreTable, rows: Record<string, string>[]): Tables => ({
  ...noTables,
  [table]: lookupOf(table, storeColumns[table][0], storeColumns[table], rows),
});

test.each([...presets().keys()])('%s is without a fault, and each of its rules has a name and can hit', (name) => {
  const world = { lookups: new Map(), extensionNumbers: new Pattern('^\\d{2,6}$', true) };
  const whole = wholePreset(name);
  // A part that is included by others may ask for facts that only they set.
  const list = [{ origin: name, at: [], rules: whole }];
  const { faults, dead } = compileRules(list, presetRules(), world);
  const isPart = !(presetNames as readonly string[]).includes(name);
  expect(isPart ? [] : faults).toEqual([]);
  expect(isPart ? [] : dead).toEqual([]);
  expect(whole.filter((rule) => typeof (rule as { name?: string }).name !== 'string')).toEqual([]);
  expect(presets().get(name)!.about).toMatch(/\w/);
});

it('every preset that a system may name is there', () => {
  for (const name of presetNames) expect(rulebookOf({ systems: [{ name: 'a', preset: name }] }).complaints).toEqual([]);
});

describe('what the events of channels told of a record', () => {
  const isOfChannels = ([name]: [string, unknown]) => ['xfer', 'bill_to', 'is_pick'].includes(name);
  const propertiesIn = (scenario: string, preset: string) => {
    const events = captured(scenario);
    return factsOfRecords(events, play(events)).map(([, custom]) => {
      const { properties } = by(preset, { channel: 'PJSIP/101-00000001', custom });
      return Object.fromEntries(Object.entries(properties).filter(isOfChannels));
    });
  };
  const others = presetNames.filter((name) => name !== 'none');

  it.each(others)(
    'gives %s who sent a call on, on the leg behind it, and who took one that rang elsewhere',
    (preset) => {
      expect(propertiesIn('blind-transfer-by-callee', preset)).toEqual([{}, { xfer: '102', bill_to: '102' }]);
      expect(propertiesIn('attended-transfer-caller-hangs-up-first', preset)).toEqual([
        ...[{}, {}],
        { xfer: '102', bill_to: '102' },
      ]);
      expect(propertiesIn('pickup-of-one-phone', preset).slice(1)).toEqual([{}, { is_pick: true }]);
    },
  );

  it('stands behind what the record says itself, and names no extension that is none', () => {
    const xferOf = (custom: Cdr['custom']) => by('plain', { custom }).properties.xfer;
    expect(xferOf({ ami_transferrer: '102', xfer: '103' })).toBe('103');
    expect(xferOf({ ami_transferrer: '+441632960111' })).toBeUndefined();
  });
});

describe('plain', () => {
  it('takes phones by their numbers, and leaves a name in front of a number to pjsip-prefix', () => {
    const call = { channel: 'PJSIP/101-00000001', dstchannel: 'PJSIP/102-00000002', src: '101', dst: '102' };
    expect(by('plain', call)).toMatchObject({ extension: '101', peerExtension: '102', direction: 'internal' });
    expect(by('plain', { ...call, channel: 'PJSIP/acme-101-00000001' }).company).toBeNull();
    expect(by('pjsip-prefix', { ...call, channel: 'PJSIP/acme-101-00000001' }).company).toBe('acme');
  });
  it('tells the trunk of a call by its channel, and the number that Dial sent down it', () => {
    const out = { channel: 'PJSIP/101-00000001', dstchannel: 'PJSIP/telco-00000002', src: '101', dst: '901632960111' };
    const lastdata = 'PJSIP/+441632960111@telco,30,T';
    expect(by('plain', { ...out, lastapp: 'Dial', lastdata }).properties).toEqual({
      ...{ src_ext: '101', trunk: 'telco', dial_full: '+441632960111' },
    });
    const sip = { ...out, lastapp: 'Dial', lastdata: 'SIP/telco/01632960111,30' };
    expect(by('plain', sip).properties).toMatchObject({ dial_full: '01632960111' });
    const dahdi = { ...out, dstchannel: 'DAHDI/i1/01632960111-4', lastapp: 'Dial', lastdata: 'DAHDI/g0/01632960111' };
    expect(by('plain', dahdi).properties).toMatchObject({ trunk: 'DAHDI/i1', dial_full: '01632960111' });
  });
  it.each([
    ['PJSIP/telco-00000002', 'PJSIP/999@telco,300,T', 'telco'],
    ['SIP/telco-00000002', 'SIP/telco/999,300', 'telco'],
    ['DAHDI/i1/999-4', 'DAHDI/g0/999', 'DAHDI/i1'],
    ['PJSIP/441632960100-00000002', 'PJSIP/999@441632960100', '441632960100'],
    ['', 'PJSIP/999@telco', undefined],
  ])('takes a short number that Dial sent to a line for one outside: %s', (dstchannel, lastdata, trunk) => {
    const call = { channel: 'PJSIP/101-00000001', src: '101', dst: '999', lastapp: 'Dial', dstchannel, lastdata };
    for (const preset of ['plain', 'pjsip-prefix', 'freepbx'])
      expect(by(preset, call)).toMatchObject({ direction: 'outbound', extension: '101', peerExtension: null });
    expect(by('plain', call).properties.trunk).toBe(trunk);
    expect(by('plain', call).properties.dial_full).toBe('999');
  });
  it.each([
    ['PJSIP/102-00000002', 'PJSIP/102,30'],
    ['PJSIP/102-00000002', 'PJSIP/102/sip:102@192.0.2.7:5060'],
    ['PJSIP/desk-00000002', 'PJSIP/desk&PJSIP/07700900123@telco'],
    ['SIP/123456-00000002', 'SIP/999@123456'],
    ['PJSIP/telco-00000002', 'PJSIP/07700900123@telco'],
  ])(
    'takes it for one inside where the device may be a phone, or who was dialled forwards: %s',
    (dstchannel, lastdata) => {
      const call = { channel: 'PJSIP/101-00000001', src: '101', dst: '102', lastapp: 'Dial', dstchannel, lastdata };
      expect(by('plain', call).direction).toBe('internal');
    },
  );
  it('tells the flags that Asterisk gives away, and no others', () => {
    const flags = (changes: Partial<Cdr>) =>
      Object.keys(by('plain', changes).properties).filter((name) => name.startsWith('is_'));
    expect(flags({ lastapp: 'BackGround' })).toEqual(['is_ivr']);
    expect(flags({ dcontext: 'ivr-3' })).toEqual(['is_ivr']);
    expect(flags({ lastapp: 'BackGround', dstchannel: 'PJSIP/101-00000001' })).toEqual([]);
    expect(flags({ lastapp: 'Park', lastdata: 'default:701' })).toEqual(['is_park']);
    expect(flags({ lastapp: 'Pickup' })).toEqual(['is_pick']);
    expect(flags({ dst: '*8' })).toEqual(['is_pick']);
    expect(flags({ dst: '*80101' })).toEqual([]);
    // The phone that rang: Asterisk gives its record the code that was dialled elsewhere.
    for (const lastapp of ['AppDial', 'AppQueue'])
      expect(['*8', '*8101', '**101'].map((dst) => flags({ dst, lastapp }))).toEqual([[], [], []]);
    expect(flags({ lastapp: 'DISA' })).toEqual(['is_auth']);
    expect(flags({ lastapp: 'DISA', dstchannel: 'PJSIP/telco-00000001' })).toEqual([]);
    expect(flags({ dcontext: 'disa-1' })).toEqual(['is_auth']);
    expect(flags({ lastapp: 'Dial' })).toEqual([]);
  });
  it('tells of >nnn that another account pays, and takes it for no company', () => {
    const { company, properties } = by('plain', { accountcode: '>123' });
    expect([company, properties.bill_to]).toEqual([null, '123']);
  });
  it('shows the outside number of an inbound record as its src_ext, and a short number as what was keyed', () => {
    const inbound = {
      channel: 'PJSIP/telco-00000001',
      dstchannel: 'PJSIP/101-00000002',
      src: '+441632960111',
      dst: '101',
    };
    expect(by('plain', inbound).properties).toEqual({ src_ext: '+441632960111', trunk: 'telco' });
    const short = by('plain', { channel: 'PJSIP/101-00000001', src: '101', dst: '*97' }).properties;
    expect(short).toEqual({ src_ext: '101', dial_short: '*97', dial_full: '*97' });
    const told = by('plain', { channel: 'PJSIP/101-00000001', dst: '102', userfield: 'dialled=9102;note=x' });
    expect(told.properties.dial_short).toBe('9102');
  });
});

describe('the tables of the store', () => {
  it('give an inbound call to the owner of its DID, by the did column or by dst, with or without +', () => {
    const tables = withRows('dids', [{ number: '+441632960100', company: 'acme', extension: '600', name: '' }]);
    const inbound = { channel: 'PJSIP/telco-00000001', src: '+441632960111', dst: 's' };
    const facts = { target: 'acme', extension: '600', direction: 'inbound' };
    expect(by('plain', { ...inbound, custom: { did: '441632960100' } }, tables)).toMatchObject(facts);
    expect(by('plain', { ...inbound, dst: '+441632960100' }, tables)).toMatchObject(facts);
    expect(by('plain', { ...inbound, dst: '+441632960101' }, tables).target).toBeNull();
  });
  it('give the extension of a DID only where nothing else was dialled yet', () => {
    const did = { number: '+441632960100', company: 'acme', extension: '700', name: '' };
    const tables = withRows('dids', [did]);
    const inbound = { channel: 'PJSIP/telco-00000001', src: '+441632960111', custom: { did: '441632960100' } };
    const wanted = (changes: Partial<Cdr>) => {
      const { target, extension } = by('freepbx', { ...inbound, ...changes }, tables);
      return [target, extension];
    };
    expect(wanted({ dst: '203', dstchannel: 'Local/07700900888@from-internal-00000001;1' })).toEqual(['acme', '203']);
    expect(wanted({ dst: '8000' })).toEqual(['acme', '8000']);
    expect(wanted({ dst: 'vmu201', lastapp: 'VoiceMail' })).toEqual(['acme', '201']);
    expect(wanted({ dst: 'hangup' })).toEqual(['acme', null]);
    expect(wanted({ dst: 's' })).toEqual(['acme', '700']);
    expect(wanted({ dst: null })).toEqual(['acme', '700']);
    expect(wanted({ dst: '441632960100' })).toEqual(['acme', '700']);
  });
  it('know endpoints and trunks by their peers, before any pattern', () => {
    const phone = { kind: 'extension', company: 'acme', extension: '101', name: '' };
    const endpoints = withRows('endpoints', [{ ...phone, peer: 'PJSIP/f0a1b2' }]);
    const call = { channel: 'PJSIP/f0a1b2-00000001', dstchannel: 'PJSIP/telco-00000002', dst: '+441632960111' };
    expect(by('plain', call, endpoints)).toMatchObject({ company: 'acme', extension: '101', direction: 'outbound' });
    const trunks = withRows('trunks', [{ peer: '4021', name: 'Telco Ltd', company: '' }]);
    const short = { channel: 'PJSIP/4021-00000001', dstchannel: 'PJSIP/102-00000002', src: '07700900118', dst: '102' };
    expect(by('plain', short).direction).toBe('internal');
    expect(by('plain', short, trunks)).toMatchObject({ direction: 'inbound', properties: { trunk: 'Telco Ltd' } });
  });
  describe('tell both trunks of a record', () => {
    const named = withRows('trunks', [
      { peer: 'telco', name: 'Telco Ltd', company: '' },
      { peer: 'PJSIP/mobile', name: 'Mobile Ltd', company: '' },
    ]);
    const over = (changes: Partial<Cdr>, tables = noTables) => {
      const { direction, properties } = by('plain', { src: '07700900118', ...changes }, tables);
      return [direction, properties.trunk, properties.trunk_out];
    };
    const [telco, mobile] = ['PJSIP/telco-00000001', 'PJSIP/mobile-00000002'];

    it('that came in over one and left by another, by their own names and by yours', () => {
      const call = { channel: telco, dstchannel: mobile, dst: '07700900119' };
      expect(over(call)).toEqual(['transit', 'telco', 'mobile']);
      expect(over(call, named)).toEqual(['transit', 'Telco Ltd', 'Mobile Ltd']);
      expect(over({ ...call, custom: { trunk: 'x', trunk_out: 'y' } })).toEqual(['transit', 'x', 'y']);
    });
    it.each(['PJSIP/07700900119@mobile,20', 'SIP/mobile/07700900119'])(
      'whose extension forwards to a number outside, as Dial was told: %s',
      (lastdata) => {
        const call = { channel: telco, dstchannel: mobile, dst: '108', lastapp: 'Dial', lastdata };
        expect(over(call)).toEqual(['inbound', 'telco', 'mobile']);
        const inside = { ...call, channel: 'PJSIP/101-00000001', src: '101' };
        expect(over(inside)).toEqual(['internal', 'mobile', undefined]);
      },
    );
    it('but no phone of any name, which Dial was told without a number', () => {
      const call = { channel: telco, dstchannel: 'PJSIP/f0a1b2-00000002', dst: '108', lastapp: 'Dial' };
      expect(over({ ...call, lastdata: 'PJSIP/f0a1b2,20' })).toEqual(['inbound', 'telco', undefined]);
      expect(over({ ...call, lastdata: 'PJSIP/108@f0a1b2,20' })).toEqual(['inbound', 'telco', undefined]);
    });
    describe('that left from a list which Dial was told, by the channel that rang', () => {
      const list = { channel: telco, src: '07700900118', dst: '610', lastapp: 'Dial', dstchannel: mobile };
      const lines = (preset: string, changes: Partial<Cdr>, tables = noTables) => {
        const { trunk, trunk_out, dial_full } = by(preset, { ...list, ...changes }, tables).properties;
        return [trunk, trunk_out, dial_full];
      };
      const sip = 'SIP/mobile-00000002';
      const lists = [
        [mobile, 'PJSIP/07700900119@mobile&PJSIP/acme-101&PJSIP/102,10'],
        [mobile, 'PJSIP/acme-101&PJSIP/07700900119@mobile&PJSIP/102/sip:102@192.0.2.7,10'],
        [mobile, 'PJSIP/acme-101&PJSIP/102&PJSIP/07700900119@mobile,10,tT'],
        [mobile, 'PJSIP/07700900120@telco&SIP/07700900120@mobile&PJSIP/07700900119@mobile'],
        [sip, 'SIP/07700900120@telco&SIP/acme-101&SIP/mobile/07700900119'],
        [sip, 'SIP/acme-101&SIP/07700900119@mobile&SIP/102'],
      ] as const;
      const presetsOfAll = presetNames.filter((name) => name !== 'none');
      it.each(presetsOfAll.flatMap((preset) => lists.map((one) => [preset, ...one] as const)))(
        '%s: %s of %s',
        (preset, dstchannel, lastdata) => {
          const changes = { dstchannel, lastdata };
          expect(lines(preset, changes)).toEqual(['telco', 'mobile', undefined]);
          const inside = { ...changes, channel: 'PJSIP/102-00000001', src: '102' };
          expect(by(preset, { ...list, ...inside })).toMatchObject({ direction: 'internal', extension: '102' });
          expect(lines(preset, inside)).toEqual(['mobile', undefined, '610']);
          const peers = withRows('trunks', [{ peer: 'mobile', name: 'Mobile Ltd', company: '' }]);
          expect(lines(preset, changes, peers)).toEqual(['telco', 'Mobile Ltd', '07700900119']);
        },
      );
      it.each([
        ['a phone of it answered', 'PJSIP/desk-00000002', 'PJSIP/desk&PJSIP/07700900119@mobile'],
        ['a phone behind a proxy answered', 'PJSIP/proxy-00000002', 'PJSIP/101@proxy&PJSIP/07700900119@mobile'],
        ['another took the call', 'PJSIP/desk-00000002', 'PJSIP/07700900119@mobile&PJSIP/f0a1b2'],
        ['a line of the same name rang', 'SIP/mobile-00000002', 'PJSIP/07700900119@mobile&SIP/mobile'],
      ])('but not where %s', (_title, dstchannel, lastdata) => {
        expect(lines('plain', { dstchannel, lastdata })).toEqual(['telco', undefined, undefined]);
      });
      it('and of two that went down one line it is the line, and no number', () => {
        const lastdata = 'PJSIP/07700900119@mobile&PJSIP/07700900120@mobile';
        expect(lines('plain', { lastdata })).toEqual(['telco', 'mobile', undefined]);
        expect(lines('plain', { lastdata }, named)).toEqual(['Telco Ltd', 'Mobile Ltd', undefined]);
        expect(lines('plain', { lastdata, dst: '441632960100' }, named)[2]).toBeUndefined();
        const other = 'PJSIP/102@mobile&PJSIP/07700900120@mobile';
        expect(lines('plain', { lastdata: other })).toEqual(['telco', 'mobile', undefined]);
      });
      it('and what a queue or an announcement was told is no list of numbers', () => {
        const lastdata = 'PJSIP/101&PJSIP/07700900119@mobile';
        expect(lines('plain', { lastapp: 'Page', lastdata })).toEqual(['telco', undefined, undefined]);
        expect(lines('plain', { lastapp: 'Queue', lastdata: '610,t' }, named)).toEqual([
          ...['Telco Ltd', 'Mobile Ltd', undefined],
        ]);
      });
    });
    it('that came from a Local channel, or led to one', () => {
      const [first, second] = ['Local/101@ring-00000003;1', 'Local/101@ring-00000003;2'];
      expect(over({ channel: telco, dstchannel: first }, named)).toEqual([null, 'Telco Ltd', undefined]);
      expect(over({ channel: second, dstchannel: mobile, dst: '07700900119' }, named)).toEqual([
        ...['transit', 'Mobile Ltd', undefined],
      ]);
      expect(over({ channel: second, dstchannel: mobile, src: '' }, named)).toEqual([null, 'Mobile Ltd', undefined]);
    });
  });
  it('give a call to the company of its extension, where only one company has that number', () => {
    const acme = { number: '101', company: 'acme', name: 'Alice' };
    const call = { channel: 'PJSIP/101-00000001', src: '101', dst: '102' };
    expect(by('plain', call, withRows('extensions', [acme])).company).toBe('acme');
    const both = withRows('extensions', [acme, { ...acme, company: 'umbrella' }]);
    expect(by('plain', call, both).company).toBeNull();
  });
});

describe('freepbx', () => {
  const trunk = 'PJSIP/telco-0000002a';
  it('knows who called out by cnum, where the outbound route has changed the caller id', () => {
    const out = {
      ...{ dcontext: 'from-internal', channel: 'Local/101@from-internal-00000002;2', dstchannel: trunk },
      ...{
        src: '01632960100',
        dst: '07700900118',
        custom: { cnum: '101', cnam: 'Alice', outbound_cnum: '01632960100' },
      },
      ...{ lastapp: 'Dial', lastdata: 'PJSIP/07700900118@telco,300,Tb(func-apply-sipheaders^s^1)' },
    };
    expect(by('freepbx', out)).toMatchObject({
      ...{ extension: '101', direction: 'outbound' },
      properties: { src_ext: '101', trunk: 'telco', dial_full: '07700900118' },
    });
  });
  it('takes a queue call with its agent behind a Local channel for inbound', () => {
    const queue = {
      ...{ dcontext: 'ext-queues', channel: trunk, dstchannel: 'Local/221@from-queue-00001106;1', src: '07700900118' },
      ...{
        dst: '600',
        lastapp: 'Queue',
        lastdata: '600,t,,,,,,,,',
        custom: { did: '01632960100', cnum: '07700900118' },
      },
    };
    expect(by('freepbx', queue)).toMatchObject({
      extension: '221',
      direction: 'inbound',
      properties: { trunk: 'telco' },
    });
    const leg = { ...queue, channel: 'Local/221@from-queue-00001106;2', dstchannel: 'PJSIP/221-00000030', dst: '221' };
    expect(by('freepbx', { ...leg, dcontext: 'from-queue', lastapp: 'Dial', custom: {} })).toMatchObject({
      ...{ extension: '221', direction: 'inbound' },
    });
  });
  it('does not take a caller with a short number for one inside when the call came from a trunk', () => {
    const inbound = {
      channel: trunk,
      dstchannel: 'PJSIP/101-00000031',
      src: '55512',
      dst: '101',
      dcontext: 'from-trunk',
    };
    expect(by('freepbx', inbound)).toMatchObject({ direction: 'inbound', extension: '101' });
    expect(by('freepbx', { ...inbound, dcontext: 'ext-local', custom: { did: '100' } }).direction).toBe('inbound');
    expect(by('plain', inbound).direction).toBe('internal');
  });
  it('knows its menus, parking lots and directed pickup', () => {
    expect(by('freepbx', { channel: trunk, dcontext: 'ivr-2', lastapp: 'WaitExten' }).properties.is_ivr).toBe(true);
    expect(by('freepbx', { channel: trunk, dcontext: 'park-dial' }).properties.is_park).toBe(true);
    expect(by('freepbx', { channel: 'SIP/101-00000001', dst: '**102' }).properties.is_pick).toBe(true);
    const rang = { channel: 'SIP/101-00000001', dst: '**101', lastapp: 'AppDial' };
    expect(by('freepbx', rang).properties.is_pick).toBeUndefined();
  });
  it('knows internal calls of SIP and PJSIP phones', () => {
    const call = { channel: 'SIP/101-00000001', dstchannel: 'PJSIP/102-00000002', src: '101', dst: '102' };
    const custom = { cnum: '101', did: '' };
    expect(by('freepbx', { ...call, dcontext: 'from-internal', custom })).toMatchObject({
      ...{ extension: '101', peerExtension: '102', direction: 'internal' },
    });
  });
});

test('issabel knows the agents of its call center and the contexts of its lines', () => {
  const call = { channel: 'DAHDI/1-1', dstchannel: 'Agent/1001', src: '07700900118', dst: '8000', lastapp: 'Queue' };
  expect(by('issabel', { ...call, dcontext: 'from-zaptel' })).toMatchObject({
    ...{ extension: '1001', direction: 'inbound', properties: { trunk: 'DAHDI/1' } },
  });
  const queue = { ...call, dstchannel: 'Local/102@from-queue-000a;1', dcontext: 'ext-queues' };
  expect(by('issabel', { ...queue, channel: 'SIP/telco-00000007' })).toMatchObject({ extension: '102' });
});

test('ipcortex takes the properties as they come, and accounts that are a company or >nnn', () => {
  const properties =
    'company=acme;target=umbrella;src_ext=101;dial_short=9;dial_full=01908276650;trunk=IAX2/up;bill_to=';
  const row = {
    channel: 'IAX2/iaxtrunk-5482',
    src: '01908276650',
    lastapp: 'ResetCDR',
    lastdata: 'w',
    dst: '01908276650',
  };
  const told = by('ipcortex', { ...row, custom: { properties } });
  expect(told).toMatchObject({ company: 'acme', target: 'umbrella', extension: '101', direction: 'outbound' });
  expect(told.properties).toMatchObject({ dial_short: '9', dial_full: '01908276650', trunk: 'IAX2/up', bill_to: '' });
  expect(by('ipcortex', { ...row, accountcode: 'acme' }).company).toBe('acme');
  expect(by('ipcortex', { ...row, accountcode: '>12' }).properties.bill_to).toBe('12');
});

test('tenantid believes Asterisk’s own tenants before account codes and channels', () => {
  const call = {
    channel: 'PJSIP/acme-101-00000001',
    accountcode: 'account',
    custom: { tenantid: 't1', peertenantid: 't2' },
  };
  expect(by('tenantid', call)).toMatchObject({ company: 't1', target: 't2' });
  expect(by('tenantid', { ...call, custom: {} }).company).toBe('account');
});

test('vicidial takes no call’s name for a company, and knows agents, loops and conferences', () => {
  const agent = { channel: 'SIP/cc101-0000001a', dst: '8600051', lastapp: 'ConfBridge' };
  expect(by('vicidial', agent)).toMatchObject({ company: null, extension: '101', direction: null });
  const inbound = { channel: 'SIP/telco-0000001b', dcontext: 'trunkinbound', src: '55512', dst: '8005551212' };
  expect(by('vicidial', inbound)).toMatchObject({ direction: 'inbound', properties: { trunk: 'telco' } });
  expect(by('vicidial', { channel: 'IAX2/ASTloop-1234', dst: '9' }).direction).toBeNull();
});

describe('what the dialler of VICIdial calls is outbound', () => {
  const campaign = { src: '18005550000', dcontext: 'default', accountcode: 'V1122031529000012345' };
  const line = { dstchannel: 'SIP/telco-00000012', lastapp: 'Dial', lastdata: 'SIP/telco/17700900123,,tTo' };
  const local = 'Local/917700900123@default-00000021';
  it.each<[string, Partial<Cdr>]>([
    ['predictive', { ...campaign, ...line, channel: `${local};2`, dst: '917700900123' }],
    ['without a caller id', { ...line, src: '', channel: `${local};2`, dst: '917700900123' }],
    ['without the name of the call', { ...line, src: '18005550000', channel: `${local};2`, dst: '917700900123' }],
    ['by hand', { ...campaign, ...line, channel: 'Local/8600051@default-00000031;1', dst: '917700900124' }],
  ])('%s', (_title, changes) => {
    const told = by('vicidial', changes);
    expect(told).toMatchObject({ company: null, extension: null, direction: 'outbound' });
    expect(told.properties).toEqual({ trunk: 'telco', dial_full: '17700900123' });
  });
  it('and so are the ends of it at which programs and agents wait', () => {
    const waiting = { ...campaign, channel: `${local};1`, dst: '8368', lastapp: 'AGI' };
    expect(by('vicidial', waiting)).toMatchObject({ extension: null, direction: 'outbound', properties: {} });
    const agent = { ...campaign, channel: 'Local/8600051@default-00000010;2', dst: '8600051', lastapp: 'MeetMe' };
    expect(by('vicidial', agent)).toMatchObject({ extension: null, direction: 'outbound', properties: {} });
  });
  it('but not a call that reaches an agent’s phone', () => {
    const agent = { ...line, dstchannel: 'SIP/cc101-00000012', channel: 'Local/8600051@default-00000010;2' };
    expect(by('vicidial', { ...agent, src: '07700900118', dst: '8600051' }).direction).toBe('inbound');
  });
});

test('what a real Asterisk wrote says the same under plain and pjsip-prefix where no company stands in a channel', () => {
  const queue = normalise(byAcctid(57), 'pbx1');
  expect(by('plain', queue).direction).toBe(by('pjsip-prefix', queue).direction);
});
