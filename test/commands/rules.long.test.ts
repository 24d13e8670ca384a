// Rules from the command line: what check tells, who gave a fact, and history that follows them, through a daemon and without one.
import { afterEach, beforeEach, describe, expect, it } from 'vitest';
import { writeFileSync } from 'node:fs';
import { join } from 'node:path';
import { stringify } from 'yaml';
import { cdrd, startDaemon, writeConfig, type Daemon } from '../support/daemon.ts';
import { tempFolder } from '../support/store.ts';

let folder: string;
let remove: () => void;
let daemon: Daemon | undefined;
let config: string;

const table = () => ({ url: `sqlite:${folder}/none.db` });
const shop = { name: 'shops', when: { accountcode: { prefix: 'shop-' } }, set: { company: 'shops' } };
const system = (more: object = {}) => ({ systems: [{ name: 'pbx1', table: table(), ...more }] });
const call = (number: number) => ({
  ...{ uniqueid: `1795314479.${number}`, start: '2026-11-22T03:15:29Z', duration: 5, disposition: 'BUSY' },
  ...{ src: '101', dst: '102', channel: 'PJSIP/101-00000001', accountcode: 'shop-york' },
});
const run = (...args: string[]) => cdrd(['--config', config, ...args]);
const start = async (more: object = {}, env: NodeJS.ProcessEnv = {}) => {
  await daemon?.end();
  daemon = await startDaemon(folder, system(more), { env });
};
const stop = async () => {
  await daemon?.end();
  daemon = undefined;
};

beforeEach(() => {
  ({ folder, remove } = tempFolder());
  config = writeConfig(folder, system());
});
afterEach(async () => {
  await daemon?.end('SIGKILL');
  daemon = undefined;
  remove();
});

it('cdrd explain says which company a record has of its call, and what a rule gave', async () => {
  await start();
  const half = { ...call(2), linkedid: '1795314479.1', accountcode: '', channel: 'Local/102@from-queue-00000001;2' };
  await daemon!.post('/api/v1/cdrs', [{ ...call(1), linkedid: '1795314479.1' }, half]);
  const { code, stdout } = await run('explain', '2');
  expect([code, stdout]).toEqual([0, expect.stringMatching(/^ {2}company +shop-york \(company of its call\)$/m)]);
  expect((await run('explain', '1')).stdout).toMatch(/^ {2}company +shop-york$/m);
  expect(stdout).not.toContain('says otherwise');
});

it('a record whose company was first spelt otherwise is not older than the rules, nor is one that people or anonymising changed', async () => {
  await start();
  const outside = { channel: 'PJSIP/trunk-00000002', src: '441904000000' };
  const spelt = { ...call(2), accountcode: 'SHOP-York' };
  await daemon!.post('/api/v1/cdrs', [call(1), spelt, { ...call(3), ...outside }]);
  const third = await run('explain', '3');
  expect(third.stdout).toContain('Rules of now');
  expect(third.stdout).not.toContain('says otherwise');
  const { stdout } = await run('explain', '2');
  expect(stdout).toMatch(/^ {2}company +shop-york$/m);
  expect(stdout).toMatch(/^ {2}company +SHOP-York$/m);
  expect(stdout).not.toContain('says otherwise');
  await run('anonymise', '--number', outside.src, '--yes', '--quiet');
  const erased = await run('explain', '3');
  expect(erased.stdout).not.toContain(outside.src);
  expect(erased.stdout).not.toContain('says otherwise');
  expect(erased.stdout).not.toContain('Rules of now');
});

describe.each(['through a daemon', 'without one'])('cdrd classify, %s', (how) => {
  const isRunning = how === 'through a daemon';
  beforeEach(async () => {
    await start();
    await daemon!.post('/api/v1/cdrs', [call(1), call(2)]);
    if (!isRunning) await stop();
  });

  it('tries the rules of another configuration, and changes nothing', async () => {
    const other = join(folder, 'other.yaml');
    writeFileSync(other, stringify(system({ rules: [shop] })));
    const { code, stdout } = await run('classify', '--dry-run', other);
    expect([code, stdout]).toEqual([
      0,
      [
        '2 records looked at, 2 would change; 2 calls would be something else',
        ...['FACT     RECORDS', 'company  2', 'Samples'],
        '  record 1 of pbx1, 2026-11-22 03:15:29Z, 101 to 102',
        '    company: shop-york → shops   shops (systems[0].rules)',
        '  record 2 of pbx1, 2026-11-22 03:15:29Z, 101 to 102',
        '    company: shop-york → shops   shops (systems[0].rules)\n',
      ].join('\n'),
    ]);
    expect((await run('classify', '--dry-run')).stdout).toBe('2 records looked at, 0 would change\n');
    expect((await run('classify', '--dry-run', '2026-11-21')).stdout).toBe('0 records looked at, 0 would change\n');
    expect((await run('classify', '--dry-run', '2026-11-21..2026-11-23')).stdout).toMatch(/^2 records/);
    writeFileSync(other, stringify(system({ rules: [{ set: { company: '{nobody}' } }] })));
    expect(await run('classify', '--dry-run', other)).toMatchObject({
      ...{ code: 78, stderr: expect.stringContaining('systems[0].rules[0].set.company: found {nobody}') as string },
    });
  });

  it('counts and shows what a rule changes through the call, tried and done', async () => {
    if (!isRunning) await start();
    const uniqueid = '1790000000.1';
    const leg = (sequence: number, dst: string, start: string, duration: number) => ({
      ...{ uniqueid, linkedid: uniqueid, sequence, src: '104', dst, disposition: 'ANSWERED' },
      ...{ start, answer: start, duration, billsec: duration, lastapp: 'Dial' },
      ...{ channel: 'PJSIP/acme-104-00000001', dstchannel: `PJSIP/acme-${dst}-0000000${sequence + 1}` },
    });
    const legs = [leg(1, '107', '2026-11-23T10:00:00Z', 20), leg(2, '105', '2026-11-23T10:00:20Z', 30)];
    await daemon!.post('/api/v1/cdrs', legs);
    const elsewhere = { name: 'z', when: { dst: '107' }, set: { company: 'zzz', target: 'zzz' } };
    const other = join(folder, 'other.yaml');
    writeFileSync(other, stringify(system({ rules: [elsewhere] })));
    if (!isRunning) await stop();
    const tried = (await run('classify', '--dry-run', other)).stdout;
    expect(tried).toMatch(/^4 records looked at, 2 would change; 1 call would be something else$/m);
    expect(tried).toMatch(/^ {4}xfer: 107 → - {3}no rule gives it$/m);
    if (isRunning) await start({ rules: [elsewhere] });
    else config = writeConfig(folder, system({ rules: [elsewhere] }));
    const done = (await run('classify')).stdout;
    expect(done).toBe(
      tried.replace('would change; 1 call would be something else', 'were changed; 1 call is something else now'),
    );
    // Back again, the call says it, and no rule.
    const usual = join(folder, 'usual.yaml');
    writeFileSync(usual, stringify(system()));
    expect((await run('classify', '--dry-run', usual)).stdout).toMatch(
      /^ {4}xfer: - → 107 {3}its call says it, no rule$/m,
    );
  });

  it('applies the rules of now, and the next time finds nothing to do', async () => {
    if (isRunning) await start({ rules: [shop] });
    else config = writeConfig(folder, system({ rules: [shop] }));
    const done = JSON.parse((await run('classify', '--json')).stdout) as object;
    expect(done).toMatchObject({
      state: 'done',
      dry_run: false,
      looked: 2,
      changed: 2,
      calls: 2,
      facts: { company: 2 },
      after: 2,
    });
    expect((await run('classify')).stdout).toBe('2 records looked at, 0 were changed\n');
    const told = (await run('explain', '1')).stdout;
    expect(told).toMatch(/^ {2}company {8}shops$/m);
    expect(told).toMatch(/company {8}shops\n {17}shops \(systems\[0\]\.rules\)\n {17}accountcode="shop-york"/);
    expect(told).not.toContain('says otherwise');
  });
});

it('a daemon that dies in the middle of cdrd classify has done whole slices, and the next run does the rest', async () => {
  await start();
  await daemon!.post(
    '/api/v1/cdrs',
    Array.from({ length: 600 }, (_, at) => call(at)),
  );
  await start({ rules: [shop] }, { CDRD_FAILPOINT: 'records written:6' });
  expect((await run('classify')).code).toBe(69);
  daemon = undefined;
  await start({ rules: [shop] });
  expect((await run('classify', '--dry-run', '--quiet')).stdout).toMatch(/^600 records looked at, 100 would change/);
  expect((await run('classify', '--after', '500')).stdout).toMatch(/^100 records looked at, 100 were changed/);
  expect((await run('classify')).stdout).toBe('600 records looked at, 0 were changed\n');
});

it('explain tells that a record is older than the rules', async () => {
  await start();
  await daemon!.post('/api/v1/cdrs', call(1));
  await start({ rules: [shop] });
  expect((await run('explain', '1')).stdout).toContain('"cdrd classify" applies them');
});

it('says what is wrong with what it is given', async () => {
  await start();
  const said = async (...args: string[]) => (await run('classify', ...args)).stderr;
  expect(await said('--dry-run', 'nofile.yaml')).toMatch(
    /"nofile.yaml" is neither a file that is there nor a day or a range, expected a configuration file, a day/,
  );
  expect(await said('--from', 'yesterday')).toMatch(/--from: "yesterday" is no time, expected 2026-11-22/);
  expect(await said('--from', '2026-11-23', '--to', '2026-11-22')).toMatch(/--from: is not before --to/);
  expect(await said('--dry-run', '2026-11-22', '--to', '2026-11-22')).toMatch(/both say when, expected one of them/);
  expect(await said('--after', 'x')).toMatch(/--after: "x" is not the number of a record/);
});

describe.each(['through a daemon', 'without one'])('cdrd did, trunk and endpoint, %s', (how) => {
  it('add, import and list what the rules look up', async () => {
    if (how === 'through a daemon') await start();
    await run('company', 'add', 'acme');
    expect((await run('did', 'add', '+441632960100', '--company', 'acme', '--extension', '600')).stdout).toBe(
      'did +441632960100 of acme is added, it has the id 1; it counts for records from now on\n',
    );
    expect((await run('trunk', 'add', 'telco', '--name', 'Telco')).code).toBe(0);
    const file = join(folder, 'endpoints.csv');
    writeFileSync(file, 'peer,kind,extension,company\nPJSIP/f0a1,extension,101,acme\nPJSIP/door,app,,\n');
    expect((await run('endpoint', 'import', file)).stdout).toBe('2 rows: 2 added, 0 changed, 0 as they were\n');
    expect((await run('endpoint', 'list')).stdout).toBe(
      'ID  PEER        KIND       EXTENSION  COMPANY  NAME\n' +
        '1   PJSIP/f0a1  extension  101        acme     -\n' +
        '2   PJSIP/door  app        -          -        -\n',
    );
    expect(JSON.parse((await run('did', 'list', '--json')).stdout)).toEqual([
      { id: 1, number: '+441632960100', company: 'acme', extension: '600', name: null },
    ]);
    expect((await run('trunk', 'add', 'x', '--company', 'nobody')).stderr).toContain('there is no company nobody');
    for (const what of ['company', 'extension', 'did', 'trunk']) {
      const { code, stderr } = await run(what, 'add', 'a\u0001b');
      expect([code, stderr]).toEqual([
        64,
        expect.stringMatching(/: "a\\u0001b" is not a text of 1 to 255 characters without spaces around it or control/),
      ]);
    }
  });
});

it('cdrd preset prints rules in the form in which one writes one’s own', async () => {
  const { stdout } = await run('preset', 'show', 'freepbx');
  writeFileSync(join(folder, 'own.yaml'), stringify(system({ preset: 'none' })) + stdout);
  expect(await cdrd(['--config', join(folder, 'own.yaml'), 'check'])).toMatchObject({ code: 0 });
  expect((await run('preset', 'list')).stdout).toMatch(/^freepbx {7}FreePBX/m);
  expect((await run('preset', 'show', 'nothing')).stderr).toContain('expected one of pjsip-prefix, plain');
});
