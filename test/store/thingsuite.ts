// DIDs, trunks and endpoints in any store: kept, imported, and looked up by the rules of the very next batch.
import { afterEach, beforeEach, describe, expect, it } from 'vitest';
import { openStore, type Store } from '../../src/store/store.ts';
import { someCdr } from '../support/rows.ts';
import { ann, appendTo, everything, silent } from '../support/store.ts';

export function thingSuite(name: string, freshUrl: () => Promise<string>): void {
  describe(`DIDs, trunks and endpoints on ${name}`, () => {
    let url: string;
    let store: Store;
    beforeEach(async () => {
      url = await freshUrl();
      store = await openStore({ url }, silent);
      await store.addCompany({ handle: 'acme', name: null }, ann, 1);
    });
    afterEach(() => store.close());

    const inbound = (number: number, did: string) =>
      someCdr(number, {
        channel: 'PJSIP/telco-00000001',
        src: '+441632960111',
        dst: 's',
        accountcode: '',
        custom: { did },
      });
    const targets = async (from: Store = store) => (await from.list(everything)).map(({ target }) => target);
    const did = { number: '+441632960100', company: 'acme', extension: '600', name: 'Main' };

    it('are added, changed, listed behind the wall and removed, each with an entry in the audit', async () => {
      const made = await store.addThing('did', { ...did, company: 'ACME' }, ann, 2);
      expect(made).toEqual({ id: 1, ...did });
      await expect(store.addThing('did', { ...did, number: '441632960100' }, ann, 2)).rejects.toThrow(
        'there is a did 441632960100 already, it has the id 1',
      );
      await expect(store.addThing('did', { ...did, number: '1', company: 'nobody' }, ann, 2)).rejects.toThrow(
        'company: there is no company nobody',
      );
      const endpoint = { peer: 'PJSIP/f0a1', kind: 'extension' as const, company: null, extension: '101', name: null };
      expect(await store.addThing('endpoint', endpoint, ann, 2)).toEqual({ id: 1, ...endpoint });
      const trunk = { peer: 'telco', company: null, name: null };
      expect(await store.addThing('trunk', trunk, ann, 2)).toEqual({ id: 1, ...trunk });
      expect(await store.changeThing('trunk', 1, { name: 'Telco Ltd' }, ann, 3)).toMatchObject({ name: 'Telco Ltd' });
      expect(await store.changeThing('did', 1, { company: null }, ann, 3)).toEqual({ id: 1, ...did, company: null });
      expect(await store.changeThing('did', 9, { name: null }, ann, 3)).toBeUndefined();
      expect(await store.things('endpoint', ['acme'], 0, 9)).toEqual([]);
      await store.changeThing('endpoint', 1, { company: 'acme' }, ann, 3);
      expect(await store.things('endpoint', ['acme'], 0, 9)).toHaveLength(1);
      expect(await store.things('endpoint', ['beta'], 0, 9)).toEqual([]);
      expect(await store.things('endpoint', null, 0, 9, 'ACME')).toHaveLength(1);
      expect(await store.things('endpoint', null, 0, 9, 'beta')).toEqual([]);
      expect(await store.thing('endpoint', 1, ['beta'])).toBeUndefined();
      await expect(store.removeCompany(1, ann, 4)).rejects.toThrow('endpoints belong to the company acme');
      expect(await store.removeThing('endpoint', 1, ann, 4)).toBe(true);
      expect(await store.removeThing('endpoint', 1, ann, 4)).toBe(false);
      const told = (await store.listAudit({ after: 1, limit: 99 })).map(({ action, object }) => `${action} ${object}`);
      expect(told).toEqual([
        ...['did.added did +441632960100', 'endpoint.added endpoint PJSIP/f0a1', 'trunk.added trunk telco'],
        ...['trunk.changed trunk telco', 'did.changed did +441632960100', 'endpoint.changed endpoint PJSIP/f0a1'],
        'endpoint.removed endpoint PJSIP/f0a1',
      ]);
    });

    it('count for the next batch, whichever daemon has changed them, and not for what is stored', async () => {
      const other = await openStore({ url }, silent);
      try {
        await appendTo(store, 'pbx1/ami', [inbound(1, '441632960100')]);
        await other.addThing('did', did, ann, 2);
        await appendTo(store, 'pbx1/ami', [inbound(2, '441632960100')]);
        await other.changeThing('did', 1, { company: null }, ann, 3);
        await appendTo(store, 'pbx1/ami', [inbound(3, '441632960100')]);
        expect(await targets(other)).toEqual([null, 'acme', null]);
      } finally {
        await other.close();
      }
    });

    it('are imported all or none; again they are as they were, and what a file has no column for stays', async () => {
      const given = { by: ann, now: 5, isDryRun: false };
      await store.addThing('did', did, ann, 2);
      const lines = [
        { line: 2, cells: { number: '441632960100', extension: '601' } },
        { line: 3, cells: { number: '200', extension: null, company: 'acme' } },
      ];
      expect(await store.importThings('did', lines, { ...given, isDryRun: true })).toMatchObject({
        added: 1,
        changed: 1,
      });
      expect(await store.things('did', null, 0, 9)).toHaveLength(1);
      expect(await store.importThings('did', lines, given)).toEqual({ rows: 2, added: 1, changed: 1, same: 0 });
      expect(await store.things('did', null, 0, 9)).toEqual([
        { id: 1, ...did, extension: '601' },
        { id: 2, number: '200', company: 'acme', extension: null, name: null },
      ]);
      expect(await store.importThings('did', lines, given)).toEqual({ rows: 2, added: 0, changed: 0, same: 2 });
      const bad = [
        { line: 2, cells: { number: '300' } },
        { line: 3, cells: { number: '400', company: 'nobody' } },
      ];
      await expect(store.importThings('did', bad, given)).rejects.toMatchObject({
        faults: [{ line: 3, field: 'company' }],
      });
      expect(await store.things('did', null, 0, 9)).toHaveLength(2);
      await appendTo(store, 'pbx1/ami', [inbound(1, '200')]);
      expect(await targets()).toEqual(['acme']);
    });
  });
}
