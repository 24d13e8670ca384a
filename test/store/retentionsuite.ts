// Retention, holds and anonymising, which any store must do alike.
import { gunzipSync, gzipSync } from 'node:zlib';
import { describe, expect, it } from 'vitest';
import type { CdrFilter } from '../../src/cdr/query.ts';
import { StatsClock } from '../../src/cdr/statsclock.ts';
import type { Policy, RetentionRules } from '../../src/cdr/retention.ts';
import { opFor, opForCall } from '../../src/http/livewish.ts';
import type { RetentionPlace } from '../../src/store/retention.ts';
import { openSnapshot } from '../../src/store/snapshot.ts';
import { openStore, type Store } from '../../src/store/store.ts';
import { someCdr } from '../support/rows.ts';
import { ann, appendTo, everything, recountAll, silent } from '../support/store.ts';

const day = 86_400_000_000;
const never: Policy = { remove: null, anonymise: null };
const rulesOf = (usual: Partial<Policy>, companies: Record<string, Partial<Policy>> = {}): RetentionRules => ({
  usual: { ...never, ...usual },
  companies: new Map(Object.entries(companies).map(([key, policy]) => [key, { ...never, ...policy }])),
});

/** `freshUrl` gives the URL of an empty database. */
export function retentionSuite(name: string, freshUrl: () => Promise<string>): void {
  describe(`retention on ${name}`, () => {
    const born = someCdr(0).start;
    /** So many days after the calls of these tests. */
    const later = (days: number) => born + days * day;
    const opened = async () => {
      const url = await freshUrl();
      return { url, store: await openStore({ url }, silent) };
    };
    const all = async (store: Store, rules: RetentionRules, now: number, isDryRun = false) => {
      const sum = { removed: 0, anonymised: 0, held: 0 };
      for (let after: RetentionPlace | null = { start: 0, id: 0 }; after !== null;) {
        const done = await store.retain({ rules, after, now, isDryRun });
        for (const what of ['removed', 'anonymised', 'held'] as const) sum[what] += done[what];
        ({ after } = done);
      }
      return sum;
    };
    const idsIn = async (store: Store, filter: CdrFilter = {}) =>
      (await store.list({ ...everything, ...filter })).map(({ id }) => id);
    const span = { from: born - day, until: born + 40 * day };
    const statsOf = async (store: Store) => {
      const kept = [];
      for (const by of ['company', 'extension', 'trunk', 'direction', 'outcome'] as const)
        kept.push(
          await store.stats(
            { ...span, by: [by], zone: 'UTC', within: null },
            new StatsClock(span.from, span.until, 'UTC'),
          ),
        );
      return kept;
    };
    const textOf = async (url: string) => {
      const snapshot = await openSnapshot(url);
      const lines: string[] = [];
      for (const table of snapshot.tables.filter(({ name: table }) => table !== 'hold'))
        for await (const row of snapshot.rows(table)) lines.push(`${table.name} ${JSON.stringify(row)}`);
      snapshot.close();
      return lines;
    };

    it('removes what is older than its company wants, by the longer of two, and of nobody whose time is off', async () => {
      const { store } = await opened();
      const old = (number: number, accountcode: string, peeraccount = '') =>
        someCdr(number, { accountcode, peeraccount, channel: `PJSIP/101-0000000${number}` });
      const fresh = someCdr(9, { accountcode: 'acme', start: later(20), linkedid: '9.9', uniqueid: '9.9' });
      await appendTo(store, 'pbx1/table', [old(1, 'acme'), old(2, 'Beta'), old(3, 'acme', 'beta'), old(4, ''), fresh]);
      const rules = rulesOf({}, { acme: { remove: 10 }, beta: { remove: 30 } });
      expect(await all(store, rules, later(25), true)).toEqual({ removed: 1, anonymised: 0, held: 0 });
      expect(await idsIn(store)).toEqual([1, 2, 3, 4, 5]);
      expect(await all(store, rules, later(25))).toEqual({ removed: 1, anonymised: 0, held: 0 });
      expect(await idsIn(store)).toEqual([2, 3, 4, 5]);
      expect(await all(store, rules, later(29))).toEqual({ removed: 0, anonymised: 0, held: 0 });
      expect(await all(store, rules, later(31))).toEqual({ removed: 3, anonymised: 0, held: 0 });
      expect(await idsIn(store)).toEqual([4]);
      expect(await all(store, rulesOf({}), later(9999))).toEqual({ removed: 0, anonymised: 0, held: 0 });
      await store.close();
    });

    it('looks at a call as one: it is over with its last record', async () => {
      const { store } = await opened();
      const call = [someCdr(1, { linkedid: 'x.1' }), someCdr(2, { linkedid: 'x.1', end: null, duration: 86_400 })];
      await appendTo(store, 'pbx1/table', call);
      const rules = rulesOf({ remove: 10 });
      expect(await all(store, rules, later(10.5))).toEqual({ removed: 0, anonymised: 0, held: 0 });
      expect(await all(store, rules, later(11.1))).toEqual({ removed: 2, anonymised: 0, held: 0 });
      await store.close();
    });

    it('goes on from slice to slice, counts each record once, and leaves no call, number or statistic of them', async () => {
      const { url, store } = await opened();
      const rows = Array.from({ length: 350 }, (_, at) =>
        someCdr(at, { src: '447700900111', dst: '101', linkedid: `c.${Math.floor(at / 3)}` }),
      );
      await appendTo(store, 'pbx1/table', rows);
      await store.addHold({ company: null, number: '999', reason: null }, ann, 1);
      await store.edit({ id: 7, by: ann, now: 1, within: null }, { note: 'ring 447700900111 back', tags: ['x'] });
      const rules = rulesOf({ remove: 1 });
      const parts = [];
      for (let after: RetentionPlace | null = { start: 0, id: 0 }; after !== null;) {
        const done = await store.retain({ rules, after, now: later(5), isDryRun: false });
        parts.push(done.removed);
        ({ after } = done);
      }
      expect(Math.max(...parts)).toBeLessThan(110);
      expect(parts.reduce((sum, part) => sum + part, 0)).toBe(350);
      expect(await idsIn(store)).toEqual([]);
      expect(await store.listCalls({ within: null, limit: 10 })).toEqual([]);
      expect((await textOf(url)).filter((line) => line.includes('447700900111'))).toEqual([]);
      expect(
        (await textOf(url)).filter((line) => /^((call|call_part|call_alias|edit|overlay) |rollup (?!\[4))/.test(line)),
      ).toEqual([]);
      // From no source, at no time.
      const outcomes = await appendTo(store, 'pbx1/ami', [rows[0]!, { ...rows[349]!, sequence: null }]);
      expect(outcomes).toEqual([{ outcome: 'expired' }, { outcome: 'expired' }]);
      await store.close();
    });

    it('needs no tombstones behind the horizon, and takes nothing in from there', async () => {
      const { store } = await opened();
      await appendTo(store, 'pbx1/table', [someCdr(1), someCdr(2)]);
      await all(store, rulesOf({ remove: 1 }), later(5));
      expect(await store.raiseHorizons(later(4))).toBe(2);
      expect(await store.raiseHorizons(later(4))).toBe(0);
      const outcomes = await appendTo(store, 'pbx1/table', [someCdr(1), someCdr(3), someCdr(4, { start: later(4) })]);
      expect(outcomes).toMatchObject([{ outcome: 'expired' }, { outcome: 'expired' }, { outcome: 'created' }]);
      await store.close();
    });

    it('leaves what is held: of a company, or of a number with its whole call, until the hold is removed', async () => {
      const { store } = await opened();
      const noCompany = { channel: null, accountcode: '' };
      await appendTo(store, 'pbx1/table', [
        someCdr(1, { accountcode: 'acme' }),
        someCdr(2, { ...noCompany, dst: '+447700900222', linkedid: 'y.1' }),
        someCdr(3, { ...noCompany, linkedid: 'y.1' }),
        someCdr(4, noCompany),
      ]);
      const company = await store.addHold({ company: 'ACME', number: null, reason: 'case 7' }, ann, 1);
      const number = await store.addHold({ company: null, number: '+44 7700 900222', reason: null }, ann, 2);
      expect([company.company?.toLowerCase(), number.number]).toEqual(['acme', '447700900222']);
      await expect(store.addHold({ company: 'acme', number: null, reason: null }, ann, 3)).rejects.toThrow(
        'is held already',
      );
      await expect(store.addHold({ company: 'nobody', number: null, reason: null }, ann, 3)).rejects.toThrow(
        'no company',
      );
      await expect(store.addHold({ company: null, number: 'x', reason: null }, ann, 3)).rejects.toThrow(
        'is not a number',
      );
      const rules = rulesOf({ remove: 5, anonymise: 1 });
      expect(await all(store, rules, later(9), true)).toEqual({ removed: 1, anonymised: 0, held: 3 });
      expect(await all(store, rules, later(9))).toEqual({ removed: 1, anonymised: 0, held: 3 });
      expect(await store.eraseNumbers({ numbers: ['447700900222'], after: 0, isDryRun: false, now: 9 })).toMatchObject({
        ...{ anonymised: 0, held: 1 },
      });
      expect(await idsIn(store)).toEqual([1, 2, 3]);
      expect(await store.removeHold(number.id, ann, 4)).toBe(true);
      expect(await store.removeHold(number.id, ann, 4)).toBe(false);
      expect(await all(store, rules, later(9))).toEqual({ removed: 2, anonymised: 0, held: 1 });
      const said = (await store.listAudit({ limit: 3 })).map(
        ({ action, object }) => `${action} ${object?.toLowerCase()}`,
      );
      expect(said).toEqual([
        'hold.removed number 447700900222',
        'hold.added number 447700900222',
        'hold.added company acme',
      ]);
      await store.close();
    });

    it('anonymises by age: no number or name is left anywhere, statistics and calls are as they were', async () => {
      const { url, store } = await opened();
      const outside = { src: '+447700900333', clid: '"Zoë Smith" <+447700900333>', channel: 'PJSIP/telco-0000000a' };
      const words = { userfield: 'Zoë', custom: { did: '442079460000', recordingfile: 'in-447700900333.wav' } };
      await appendTo(store, 'pbx1/table', [
        someCdr(1, { ...outside, ...words, dst: '102', dstchannel: 'PJSIP/acme-102-0000000b', linkedid: 'z.1' }),
        someCdr(2, {
          dst: '9447700900444',
          lastapp: 'Dial',
          lastdata: 'PJSIP/447700900444@telco,30',
          dstchannel: 'PJSIP/telco-0000000c',
        }),
      ]);
      await appendTo(store, 'pbx1/ami', [someCdr(1, { ...outside, dst: '442079460000', linkedid: 'z.1' })]);
      await store.addThing('did', { number: '+442079460000', company: null, extension: null, name: null }, ann, 1);
      await store.edit({ id: 1, by: ann, now: 1, within: null }, { note: 'Zoë: 447700900333', tags: ['vip'] });
      await store.edit({ id: 2, by: ann, now: 1, within: null }, { said: { src: '447700900555' } });
      const before = await statsOf(store);
      const facts = async () =>
        (await store.listCalls({ within: null, limit: 9 })).map(
          ({ outcome, talk, ring, extensions, trunks, direction, legs, start, end }) => ({
            ...{ outcome, talk, ring, extensions, trunks, direction, legs, start, end },
          }),
        );
      const calls = await facts();
      const rules = rulesOf({ anonymise: 1 });
      const head = await store.head();
      expect(await all(store, rules, later(5), true)).toEqual({ removed: 0, anonymised: 2, held: 0 });
      expect(await all(store, rules, later(5))).toEqual({ removed: 0, anonymised: 2, held: 0 });
      expect(await all(store, rules, later(5))).toEqual({ removed: 0, anonymised: 0, held: 0 });
      const left = (await textOf(url)).filter((line) => /447700900|smith|zoë/i.test(line));
      expect(left).toEqual([]);
      expect(await statsOf(store)).toEqual(before);
      expect(await facts()).toEqual(calls);
      expect(await store.list(everything)).toMatchObject([
        {
          ...{ id: 1, src: '+000000000001', dst: '102', clid: '<+000000000001>', extension: '102' },
          ...{ custom: { did: '442079460000' }, tags: ['vip'], note: null },
        },
        { id: 2, extension: '101' },
      ]);
      const [, two] = await store.list({ ...everything, raw: true });
      expect(two!.dst!.endsWith(/PJSIP\/(\d+)@/.exec(two!.lastdata!)![1]!)).toBe(true);
      expect((await store.changes(head, head + 9, 9)).map(({ op, cdr: { id } }) => [op, id])).toEqual([
        ['updated', 1],
        ['updated', 2],
      ]);
      await recountAll(store);
      expect(await statsOf(store)).toEqual(before);
      await store.close();
    });

    it('takes nothing of an anonymised record in again, whoever shows it, by row, sequence, content or another zone', async () => {
      const { store } = await opened();
      const record = someCdr(1, { dst: '447700900666' });
      const bare = someCdr(2, { dst: '447700900666', sequence: null });
      await appendTo(store, 'pbx1/table', [record, bare], { marks: [{ key: '0:1' }, { key: '0:2' }] });
      await all(store, rulesOf({ anonymise: 1 }), later(5));
      const before = await store.list({ ...everything, raw: true });
      const shown = [record, { ...record, sequence: null }, bare, { ...bare, start: bare.start + 3600e6 }];
      for (const source of ['pbx1/ami', 'pbx1/table', 'pbx1/import'])
        expect(await appendTo(store, source, shown)).toEqual(new Array(4).fill({ outcome: 'expired' }));
      const renamed = { ...bare, duration: 99 };
      expect(await appendTo(store, 'pbx1/table', [renamed], { marks: [{ key: '0:2' }] })).toEqual([
        { outcome: 'expired' },
      ]);
      expect(await store.list({ ...everything, raw: true })).toEqual(before);
      expect((await store.source('pbx1/import')).expired).toBe(4);
      await store.close();
    });

    it('anonymises one number wherever it stands, and leaves the others', async () => {
      const { url, store } = await opened();
      const local = 'Local/447700900777@out-0000000d;1';
      await appendTo(store, 'pbx1/table', [
        someCdr(1, {
          src: '447700900777',
          clid: '"Zoë" <447700900777>',
          dst: '447700900888',
          channel: 'PJSIP/telco-0000000a',
        }),
        someCdr(2, { dstchannel: local, linkedid: someCdr(1).linkedid }),
        someCdr(3, { dst: '4477009007770' }),
        someCdr(4),
        { raw: '{"src":"447700900777"}', reason: 'x: is odd', faults: [] },
        { raw: '{"src":"44770090077"}', reason: 'x: is odd', faults: [] },
      ]);
      await store.edit({ id: 4, by: ann, now: 1, within: null }, { note: 'call +447700900777' });
      const ask = { numbers: ['447700900777'], after: 0, now: later(1) };
      const told = { looked: 4, anonymised: 3, held: 0, kept: 0, rejects: 1, after: 4, more: false };
      expect(await store.eraseNumbers({ ...ask, isDryRun: true })).toEqual(told);
      expect(await store.eraseNumbers({ ...ask, isDryRun: false, by: ann })).toEqual(told);
      expect(await store.eraseNumbers({ ...ask, isDryRun: false })).toEqual({ ...told, anonymised: 0, rejects: 0 });
      expect((await textOf(url)).filter((line) => /(?<!\d)447700900777(?!\d)|Zoë/.test(line))).toEqual([]);
      const [one, two, three, four] = await store.list(everything);
      expect([one!.dst, three!.dst, four!.note]).toEqual(['447700900888', '4477009007770', null]);
      expect(two!.dstchannel).toBe(`Local/${one!.src}@out-0000000d;1`);
      expect(await store.rejects(9)).toHaveLength(1);
      expect((await store.listAudit({ limit: 1 }))[0]).toMatchObject({ action: 'cdr.anonymised', object: 'a number' });
      await store.addExtension({ company: null, number: '447', name: null }, ann, 2);
      const extension = store.eraseNumbers({ ...ask, numbers: ['447'], isDryRun: true });
      await expect(extension).rejects.toThrow('447 is an extension: statistics are kept by extensions, so it stays');
      await store.close();
    });

    it('anonymises a number that only a source said: not believed, or of before', async () => {
      const { url, store } = await opened();
      const device = { channel: 'PJSIP/07700900888-0000000c' };
      const rows = [someCdr(1), someCdr(2), someCdr(3, device), someCdr(4), someCdr(5)];
      const [one, two, three, four, five] = rows.map((row) => ({ ...row, src: '101' }));
      const shown = [one!, { ...two!, src: '07700900777' }, three!, { ...four!, duration: 901 }, five!];
      const marks = shown.map((_, at) => ({ key: `0:${at + 1}` }));
      await appendTo(store, 'pbx1/table', shown, { marks });
      await appendTo(store, 'pbx1/table', [two!], { marks: [marks[1]] });
      const said = [
        { ...one!, src: '07700900777' },
        { ...three!, src: '07700900888' },
        { ...four!, duration: 900 },
      ];
      await appendTo(store, 'pbx1/ami', said);
      const lines = async () => (await textOf(url)).filter((line) => /^(?!audit ).*07700900777/.test(line));
      expect((await lines()).map((line) => line.split(' ')[0]).sort()).toEqual(['cdr', 'cdr', 'change']);
      const numbers = ['07700900777', '07700900888', '900'];
      const both = async () => {
        const ask = { numbers, after: 0, now: later(1) };
        const dry = await store.eraseNumbers({ ...ask, isDryRun: true });
        expect(await store.eraseNumbers({ ...ask, isDryRun: false })).toEqual(dry);
        return [dry.anonymised, dry.held, dry.kept];
      };
      const hold = await store.addHold({ company: null, number: '07700900777', reason: null }, ann, 1);
      expect(await both()).toEqual([0, 2, 1]);
      await store.removeHold(hold.id, ann, 2);
      const before = await store.list({ ...everything, raw: true });
      expect(await both()).toEqual([2, 0, 1]);
      expect(await lines()).toEqual([]);
      const after = await store.list({ ...everything, raw: true });
      expect(after.map((cdr) => ({ ...cdr, updated: 0 }))).toEqual(before.map((cdr) => ({ ...cdr, updated: 0 })));
      expect(after.map(({ updated }) => updated === later(1))).toEqual([true, true, false, false, false]);
      const lives = await Promise.all([1, 3, 4].map((id) => store.life(id, null, true)));
      expect(lives.map((life) => Object.keys(life!.contradictions))).toEqual([[], ['src'], ['duration']]);
      expect(await both()).toEqual([0, 0, 1]);
      expect(await appendTo(store, 'pbx1/ami', said)).toMatchObject([{ outcome: 'expired' }, {}, {}]);
      await store.close();
    });

    it('anonymises a number that stands only beneath a correction, or in what a client kept, one after the other', async () => {
      const { url, store } = await opened();
      const shown = { src: '07700900555', clid: '', dst: '447700900111' };
      await appendTo(store, 'pbx1/table', [someCdr(1, shown), someCdr(2, { ...shown, src: '07700900333' })]);
      const said = { src: '102', metadata: { ref: 'for 07700900666' } };
      for (const id of [1, 2]) await store.edit({ id, by: ann, now: 1, within: null }, { said });
      const linesWith = async (number: string) => (await textOf(url)).filter((line) => line.includes(number));
      for (const [number, anonymised] of [
        ['447700900111', 2],
        ['07700900555', 1],
        ['07700900666', 2],
      ] as const) {
        const ask = { numbers: [number], after: 0, now: later(1) };
        const dry = await store.eraseNumbers({ ...ask, isDryRun: true });
        expect(dry).toMatchObject({ anonymised, kept: 0 });
        expect(await store.eraseNumbers({ ...ask, isDryRun: false })).toEqual(dry);
        expect(await linesWith(number)).toEqual([]);
      }
      expect(await linesWith('07700900333')).toHaveLength(1);
      await all(store, rulesOf({ anonymise: 1 }), later(5));
      expect(await linesWith('07700900333')).toEqual([]);
      await store.close();
    });

    /** Two calls that a third record makes one: the second is no more, and has a past. */
    const merged = (src: string) => {
      const from = (number: number) => someCdr(number, { src, channel: `PJSIP/telco-0000000${number}` });
      const [one, three] = [from(1), from(3)];
      return [one, three, { ...from(4), uniqueid: three.uniqueid, linkedid: one.linkedid }];
    };

    it('leaves no number in the past of a call that another one has swallowed, anonymised or removed', async () => {
      const numbers = ['447700900777'];
      const ways = [
        (store: Store) => store.eraseNumbers({ numbers, after: 0, isDryRun: false, now: later(1) }),
        (store: Store) => all(store, rulesOf({ anonymise: 1 }), later(5)),
        (store: Store) => all(store, rulesOf({ remove: 1 }), later(5)),
      ];
      for (const way of ways) {
        const { url, store } = await opened();
        for (const row of merged(numbers[0]!)) await appendTo(store, 'pbx1/table', [row]);
        const lines = async () => (await textOf(url)).filter((line) => line.includes(numbers[0]!));
        expect((await lines()).filter((line) => /^call_change .*"deleted",1,/.test(line))).toHaveLength(1);
        await way(store);
        expect(await lines()).toEqual([]);
        await store.close();
      }
    });

    it('anonymises a number that stands only in edits of a record', async () => {
      const { url, store } = await opened();
      await appendTo(store, 'pbx1/table', [
        ...[someCdr(1), someCdr(2), someCdr(3, { dst: '447700900333' }), someCdr(4)],
      ]);
      const note = (id: number, text: string | null) =>
        store.edit({ id, by: ann, now: 1, within: null }, { note: text });
      await note(1, 'call +447700900777');
      await note(1, 'done');
      await store.edit({ id: 2, by: ann, now: 1, within: null }, { said: { src: '447700900777' } });
      await store.edit({ id: 2, by: ann, now: 1, within: null }, { said: { src: '102' } });
      await note(3, '447700900777 and others');
      await note(3, null);
      await note(4, '4477009007770');
      await note(4, null);
      const lines = async () => (await textOf(url)).filter((line) => /(?<!\d)447700900777(?!\d)/.test(line));
      const tables = async () => [...new Set((await lines()).map((line) => line.split(' ')[0]))].sort();
      expect(await tables()).toEqual(['change', 'edit']);
      const run = (isDryRun: boolean) =>
        store.eraseNumbers({ numbers: ['447700900777'], after: 0, isDryRun, now: later(1) });
      const hold = await store.addHold({ company: null, number: '447700900333', reason: null }, ann, 1);
      const before = await store.list(everything);
      for (const isDryRun of [true, false])
        expect(await run(isDryRun)).toMatchObject({ anonymised: 2, held: 1, kept: 0 });
      expect((await lines()).filter((line) => line.startsWith('edit'))).toHaveLength(2);
      await store.removeHold(hold.id, ann, 2);
      for (const isDryRun of [true, false])
        expect(await run(isDryRun)).toMatchObject({ anonymised: 1, held: 0, kept: 0 });
      expect(await lines()).toEqual([]);
      expect(await run(false)).toMatchObject({ anonymised: 0 });
      expect(await store.list(everything)).toEqual(before);
      expect((await textOf(url)).filter((line) => line.includes('4477009007770')).length).toBeGreaterThan(0);
      await store.close();
    });

    it('takes the number out of notes and tags also where it is an extension of the record, which stays', async () => {
      const { url, store } = await opened();
      // Of no company: no extension is made of what people call one.
      const nobody = { src: '447700900888', dst: '600', channel: 'PJSIP/101-0000000a' };
      await appendTo(store, 'pbx1/table', [someCdr(1, nobody), someCdr(2)]);
      const number = '07700900123';
      const patch = { note: `call ${number} back`, tags: ['vip', number], extension: number };
      await store.edit({ id: 1, by: ann, now: 1, within: null }, patch);
      await store.edit({ id: 2, by: ann, now: 1, within: null }, { tags: [number, '077009001230'] });
      const ask = { numbers: [number], after: 0, now: later(1) };
      const told = { looked: 2, anonymised: 2, held: 0, kept: 1 };
      expect(await store.eraseNumbers({ ...ask, isDryRun: true })).toMatchObject(told);
      expect(await store.eraseNumbers({ ...ask, isDryRun: false })).toMatchObject(told);
      expect(await store.list(everything)).toMatchObject([
        { note: null, tags: ['vip'], extension: number },
        { tags: ['077009001230'] },
      ]);
      expect(await store.list({ ...everything, text: number })).toEqual([]);
      expect((await textOf(url)).filter((line) => /^(tag|overlay) .*(call|\[\d,"07700900123")/.test(line))).toEqual([]);
      expect(await store.eraseNumbers({ ...ask, isDryRun: false })).toMatchObject({ anonymised: 0, kept: 1 });
      await store.close();
    });

    it('takes a number out of tags that records had before, also of what an older run and a removal left', async () => {
      const { url, store } = await opened();
      const number = '447922222222';
      const tag = (id: number, tags: string[]) => store.edit({ id, by: ann, now: 1, within: null }, { tags });
      await appendTo(store, 'pbx1/table', [someCdr(1)]);
      for (const tags of [[number, 'vip'], ['vip']]) await tag(1, tags);
      // Takes the edits, and leaves the tags.
      await all(store, rulesOf({ anonymise: 1 }), later(5));
      await appendTo(
        store,
        'pbx1/table',
        [2, 3, 4].map((row) => someCdr(row)),
      );
      await appendTo(store, 'pbx1/table', [someCdr(5, { src: '447700900333' })]);
      for (const id of [2, 3, 5]) await tag(id, [number, 'vip']);
      await tag(5, ['vip']);
      await tag(4, [`call ${number}`]);
      await tag(4, [`${number}0`]);
      await tag(4, []);
      await store.expire([3], 2);
      const lines = async () => (await textOf(url)).filter((line) => new RegExp(`(?<!\\d)${number}(?!\\d)`).test(line));
      const places = async () => [...new Set((await lines()).map((line) => line.split(' ')[0]))].sort();
      expect(await places()).toEqual(['change', 'edit', 'tag']);
      const run = async (isDryRun: boolean) => {
        const ask = { numbers: [number], after: 0, isDryRun, now: later(1) };
        const { anonymised, held } = await store.eraseNumbers(ask);
        const { tags } = await store.eraseCopies(ask);
        return { anonymised, held, tags };
      };
      const hold = await store.addHold({ company: null, number: '447700900333', reason: null }, ann, 1);
      const head = await store.head();
      expect(await run(true)).toEqual({ anonymised: 3, held: 1, tags: 1 });
      expect(await run(false)).toEqual({ anonymised: 3, held: 1, tags: 1 });
      // Of what is held the past stays, too.
      expect(await places()).toEqual(['change', 'edit']);
      expect((await lines()).filter((line) => line.startsWith('change'))).toHaveLength(1);
      await store.removeHold(hold.id, ann, 2);
      expect(await run(false)).toEqual({ anonymised: 1, held: 0, tags: 0 });
      expect(await lines()).toEqual([]);
      expect(await run(true)).toEqual({ anonymised: 0, held: 0, tags: 0 });
      expect((await store.list(everything)).map(({ tags }) => tags)).toEqual([['vip'], ['vip'], [], ['vip']]);
      expect((await textOf(url)).filter((line) => line.includes(`${number}0`)).length).toBeGreaterThan(1);
      // A reader who has the record by its tag is told that it left, and whoever asks for any other tag of it, too.
      const [change] = await store.allChanges(head, head + 9, 9);
      const ops = [number, 'other', 'vip'].map((name) => opFor(change!, { tag: name }, null));
      expect([change!.cdr.id, ops]).toEqual([2, ['deleted', 'deleted', 'updated']]);
      await store.close();
    });

    it('takes a number out of reports and of what the audit says was asked; the reports expire', async () => {
      const { url, store } = await opened();
      const number = '07700900123';
      const order = async (name: string, text: string | null, isMade = true) => {
        const asked = { name, filters: [{ cli: 'of me' }] };
        const report = await store.addReport({ within: null, makerKind: 'token', makerId: 1, asked }, 10, ann, 1);
        await store.claimReport('a', 1, 0);
        const part = { records: 1, bytes: 9, share: 1, place: null };
        for (const more of ['id,cli\r\n', text])
          if (more !== null) await store.addReportPart(report.id, 'a', { ...part, body: gzipSync(more) }, 1);
        if (isMade) await store.endReport(report.id, 'a', 'complete', 1);
        return report;
      };
      const textOfPart = async (id: number, no: number) => {
        const body = await store.reportPart(id, no);
        return body === undefined ? null : gunzipSync(body).toString();
      };
      const found = await order('November', `1,+${number}\r\n`);
      const other = await order(`of ${number}`, `1,0${number}\r\n`);
      const waiting = await order(`for ${number}`, null, false);
      const cut = await order('December', `1,101\r\n`, false);
      const asked = { src: number, dst: '102', limit: Number(number) };
      await store.audit({ at: 1, by: ann, action: 'export', object: '/cdrs', detail: { asked } });
      await store.audit({ at: 1, by: ann, action: 'export', object: '/cdrs', detail: { asked: `{"src":"${number}` } });
      await store.addThing(
        'did',
        { number: '441632960100', company: null, extension: null, name: `fwd ${number}` },
        ann,
        2,
      );
      const ask = { numbers: [number], after: 0, now: 5 };
      // Beside two exports, the order of a report, and what the audit says of a DID and of a hold, twice.
      const told = { reports: 2, masked: 6, tags: 0, named: ['did 441632960100'], after: 4, more: false };
      const hold = await store.addHold({ company: null, number, reason: null }, ann, 1);
      expect(await store.eraseCopies({ ...ask, isDryRun: false })).toMatchObject({ reports: 0, masked: 0, named: [] });
      await store.removeHold(hold.id, ann, 2);
      expect(await store.eraseCopies({ ...ask, isDryRun: true })).toEqual(told);
      expect(await textOfPart(found.id, 1)).toBe(`1,+${number}\r\n`);
      expect(await store.eraseCopies({ ...ask, isDryRun: false })).toEqual(told);
      expect((await textOf(url)).filter((line) => line.includes(`"${number}`))).toEqual([]);
      expect((await textOf(url)).filter((line) => new RegExp(`(?<!\\d)${number}`).test(line))).toHaveLength(1);
      expect(await store.reports(null, 0, 9)).toMatchObject([
        { name: cut.name, state: 'pending', parts: 0, records: 0, bytes: 0 },
        { name: waiting.name, state: 'expired', asked: { name: 'for 00000000000' } },
        { name: other.name, state: 'complete', asked: { name: 'of 00000000000' } },
        { name: found.name, state: 'expired', updated: 5 },
      ]);
      for (const { id } of [found, cut]) expect(await textOfPart(id, 0)).toBeNull();
      expect(await textOfPart(other.id, 1)).toBe(`1,0${number}\r\n`);
      expect(
        await store.addReportPart(cut.id, 'a', { body: null, records: 1, bytes: 0, share: 1, place: null }, 6),
      ).toBe(false);
      const entries = await store.listAudit({ action: 'export', limit: 9 });
      expect(entries.map(({ detail }) => detail)).toEqual([
        { asked: '{"src":"00000000000' },
        { asked: { ...asked, src: '00000000000' } },
      ]);
      expect(await store.eraseCopies({ ...ask, isDryRun: false })).toEqual({ ...told, reports: 0, masked: 0 });
      await store.close();
    });

    it('leaves no number in the past of a call that the record with it has left', async () => {
      const { url, store } = await opened();
      const device = { channel: 'PJSIP/telco-0000000a' };
      // The earlier one is who called, and comes second: the call has the id of the other one.
      const rest = someCdr(2, { ...device, src: '447700900888', linkedid: 'first' });
      const caller = someCdr(1, { ...device, src: '447700900777', linkedid: 'first' });
      const marks = [{ key: '0:1' }, { key: '0:2' }];
      await appendTo(store, 'pbx1/ami', [someCdr(9)]);
      await appendTo(store, 'pbx1/table', [rest, caller], { marks });
      await appendTo(store, 'pbx1/table', [{ ...caller, linkedid: 'second' }], { marks: [marks[1]] });
      const lines = async () => (await textOf(url)).filter((line) => line.includes('447700900777'));
      const past = async () => (await lines()).filter((line) => /^call_change \[\d+,\d+,2,/.test(line));
      expect(await past()).toHaveLength(1);
      const ask = { numbers: ['447700900777'], after: 1, now: later(1) };
      const hold = await store.addHold({ company: null, number: '447700900888', reason: null }, ann, 1);
      expect(await store.eraseNumbers({ ...ask, isDryRun: false })).toMatchObject({ anonymised: 1, held: 0 });
      expect(await lines()).toEqual(await past());
      expect(await past()).toHaveLength(1);
      await store.removeHold(hold.id, ann, 2);
      // No record has it any more: the past is looked through all the same.
      expect(await store.eraseNumbers({ ...ask, isDryRun: true })).toMatchObject({ anonymised: 0 });
      expect(await past()).toHaveLength(1);
      expect(await store.eraseNumbers({ ...ask, isDryRun: false })).toMatchObject({ anonymised: 0 });
      expect(await lines()).toEqual([]);
      await store.close();
    });

    it('counts a record once, also of a call that a slice has cut', async () => {
      const { store } = await opened();
      const [src, device] = ['447700900777', 'PJSIP/447700900888-0000000a'];
      const rows = Array.from({ length: 504 }, (_, at) => someCdr(at));
      const call = [499, 500, 501].map((at) => someCdr(at, { src, linkedid: 'cut.1' }));
      const ours = [498, 503].map((at) => someCdr(at, { channel: device, src: '447700900888', linkedid: 'ours.1' }));
      for (const row of [...call, ...ours]) rows[row.sequence!] = row;
      await appendTo(store, 'pbx1/table', rows);
      const run = async (isDryRun: boolean) => {
        const sum = { anonymised: 0, kept: 0, slices: 0 };
        for (let [after, more] = [0, true]; more; sum.slices++) {
          const numbers = [src, '447700900888'];
          const done = await store.eraseNumbers({ numbers, after, isDryRun, now: later(1) });
          for (const what of ['anonymised', 'kept'] as const) sum[what] += done[what];
          ({ after, more } = done);
        }
        return sum;
      };
      expect(await run(true)).toEqual({ anonymised: 3, kept: 2, slices: 2 });
      expect(await run(false)).toEqual({ anonymised: 3, kept: 2, slices: 2 });
      await store.close();
    });

    it('tells a reader with a filter by number that a record is gone, also when the number is forgotten', async () => {
      const { store } = await opened();
      await appendTo(store, 'pbx1/table', [
        someCdr(1, { src: '447700900999', channel: 'PJSIP/telco-0000000a' }),
        someCdr(2),
      ]);
      const head = await store.head();
      await store.eraseNumbers({ numbers: ['447700900999'], after: 0, isDryRun: false, now: 1 });
      await store.expire([2], 2);
      const changes = await store.allChanges(head, head + 9, 9);
      const ops = (filter: CdrFilter) => changes.map((change) => opFor(change, filter, null));
      expect(ops({ src: '447700900999' })).toEqual(['deleted', 'deleted']);
      expect(ops({ not: { src: '447700900999' } })).toEqual(['updated', 'deleted']);
      expect(ops({ src: '447700900999', company: 'nobody' })).toEqual([null, null]);
      expect(changes.map((change) => opFor(change, {}, ['nobody']))).toEqual([null, null]);
      const callOps = changes.flatMap(({ calls }) =>
        calls.map((call) => opForCall(call, { caller: '447700900999' }, null)),
      );
      expect(callOps).toEqual(['deleted', 'deleted']);
      await store.close();
    });
  });
}
