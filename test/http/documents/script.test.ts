import { spawn } from 'node:child_process';
import { once } from 'node:events';
import { pathToFileURL } from 'node:url';
import { readdirSync, readFileSync, writeFileSync } from 'node:fs';
import { join } from 'node:path';
import { afterAll, beforeAll, describe, expect, it } from 'vitest';
import type { connect as Connect } from '../../../src/client/client.ts';
import { tempFolder } from '../../support/store.ts';
import { captured, heardNow } from '../../live/captured.ts';
import { adminToken, ask, openHouse, records, until, type House } from '../support.ts';

describe('/client.js', () => {
  const { folder, remove } = tempFolder();
  let house: House;
  let script: string;
  beforeAll(async () => {
    house = await openHouse();
    script = (await ask<string>(house, 'GET', '/client.js')).body;
  });
  afterAll(async () => {
    remove();
    await house.close();
  });

  it('needs no token, and is one file of plain JavaScript that imports nothing', async () => {
    const { status, headers } = await ask(house, 'GET', '/client.js');
    expect([status, headers['content-type']]).toEqual([200, 'text/javascript; charset=utf-8']);
    expect(script).not.toMatch(/^\s*import\b|\bfrom '|\brequire\(|\bprocess\b|\bBuffer\b/m);
  });

  it('has every file of src/client in it', () => {
    for (const file of readdirSync('src/client'))
      expect(script).toContain(readFileSync(join('src/client', file), 'utf8').split('\n')[0]);
  });

  it('does in Node what the source does', async () => {
    await house.put(records(2));
    const file = join(folder, 'cdrd.mjs');
    writeFileSync(file, script);
    const { connect } = (await import(pathToFileURL(file).href)) as { connect: typeof Connect };
    const client = connect({ url: house.url, token: adminToken });
    expect((await client.cdrs.list()).cdrs).toHaveLength(2);
    const seqs: number[] = [];
    for await (const event of client.live({ after: 0 })) {
      if (event.type === 'live') break;
      if (event.type === 'cdr') seqs.push(event.seq);
    }
    expect(seqs).toEqual([1, 2]);
  });

  it('is used in README by lines that work as they are printed', async () => {
    const [, printed] = /cat > calls\.mjs <<'END'\n(.*?) {4}END\n/s.exec(readFileSync('README.md', 'utf8'))!;
    const lines = printed!.replace(/^ {4}/gm, '').replace('http://127.0.0.1:8080', house.url);
    writeFileSync(join(folder, 'calls.mjs'), lines);
    writeFileSync(join(folder, 'cdrd.mjs'), script);
    const child = spawn(process.execPath, [join(folder, 'calls.mjs'), adminToken], {
      stdio: ['ignore', 'pipe', 'inherit'],
    });
    let told = '';
    child.stdout.on('data', (data: Buffer) => (told += data.toString()));
    await until(() => told.includes('2 100 442079460000\n') && house.live.stats.clients === 1);
    // It begins with what comes once it is subscribed.
    await until(async () => {
      await house.put(records(1));
      return told.includes('created');
    });
    expect(told).toMatch(/^1 100 442079460000\n2 100 442079460000\ncreated \d+\n/);
    child.kill();
    await once(child, 'close');
  });

  it('shows live calls by the lines of README as they are printed', async () => {
    const [, printed] = /cat > wallboard\.mjs <<'END'\n(.*?) {4}END\n/s.exec(readFileSync('README.md', 'utf8'))!;
    const lines = printed!.replace(/^ {4}/gm, '').replace('http://127.0.0.1:8080', house.url);
    writeFileSync(join(folder, 'wallboard.mjs'), lines);
    writeFileSync(join(folder, 'cdrd.mjs'), script);
    const ear = house.context.board.ear('pbx1');
    ear.up();
    const talk = captured('internal-caller-hangs-up').flatMap(({ event }) => event ?? []);
    for (const event of talk.slice(0, 5)) ear.hear(heardNow(event));
    const child = spawn(process.execPath, [join(folder, 'wallboard.mjs'), adminToken], {
      stdio: ['ignore', 'pipe', 'inherit'],
    });
    let told = '';
    child.stdout.on('data', (data: Buffer) => (told += data.toString()));
    await until(() => told.includes('created'));
    for (const event of talk.slice(5)) ear.hear(heardNow(event));
    await until(() => told.includes('ended'));
    expect(told).toBe('created 1795357376.0 ringing 101 102\nended 1795357376.0 hangup  \n');
    child.kill();
    await once(child, 'close');
  });

  it('exports by the lines of README as they are printed', async () => {
    const [, printed] = /cat > export\.mjs <<'END'\n(.*?) {4}END\n/s.exec(readFileSync('README.md', 'utf8'))!;
    writeFileSync(
      join(folder, 'export.mjs'),
      printed!.replace(/^ {4}/gm, '').replace('http://127.0.0.1:8080', house.url),
    );
    writeFileSync(join(folder, 'cdrd.mjs'), script);
    const { cdrs } = (await ask<{ cdrs: { billsec: number }[] }>(house, 'GET', '/api/v1/cdrs', { token: adminToken }))
      .body;
    const child = spawn(process.execPath, ['export.mjs', adminToken], {
      cwd: folder,
      stdio: ['ignore', 'pipe', 'inherit'],
    });
    let told = '';
    child.stdout.on('data', (data: Buffer) => (told += data.toString()));
    expect(await once(child, 'close')).toEqual([0, null]);
    expect(told).toBe(`${cdrs.length * 43} seconds\n`);
    expect(readFileSync(join(folder, 'cdrs.csv'), 'utf8').split('\r\n')).toHaveLength(cdrs.length + 2);
  });
});
