import { describe, expect, it, onTestFinished, vi } from 'vitest';
import { at } from './files.ts';
import { freshDatabase, rootUrl, wire } from './server.ts';
import { warnings, watchTable, type Watch, type WatchOptions } from './watch.ts';

/** What a record needs, so that nothing else is wrong with the table. */
const needed = 'uniqueid VARCHAR(32), duration INT, disposition VARCHAR(45)';
const schema = `CREATE TABLE cdr (acctid INT AUTO_INCREMENT PRIMARY KEY, calldate DATETIME, sequence INT, ${needed})`;

async function watching(options: WatchOptions): Promise<Watch> {
  const watch = watchTable(options);
  onTestFinished(() => watch.stop());
  await watch.clock.idle();
  return watch;
}

const { host, hostname } = rootUrl === undefined ? { host: '', hostname: '' } : new URL(rootUrl);

describe('what is wrong with a server is said so that a person can mend it', () => {
  it('a wrong password, and up as soon as it is mended', async () => {
    const server = await freshDatabase(schema);
    await server.add({ sequence: 1 });
    const watch = await watching({ url: server.url({ password: 'wrong' }) });
    expect(watch.state()?.state).toBe('refused');
    expect(watch.state()?.detail).toMatch(
      new RegExp(
        `^the server ${host} refuses the login of "${server.user}": wrong password, or no such user for this host; check table.url \\(Access denied`,
      ),
    );
    await watch.clock.turn();
    expect(warnings(watch)).toEqual([watch.state()?.detail]);
    expect(JSON.stringify(watch.log)).not.toContain('wrong"');
    await server.run(`SET PASSWORD FOR ${server.user}@'%' = PASSWORD('wrong')`);
    expect(await watch.poll()).toHaveLength(1);
    expect(watch.state()).toEqual({ state: 'up' });
  });

  it('a missing SELECT right, with the very line that gives it', async () => {
    const server = await freshDatabase(schema, { grants: false });
    // A right on another table lets the user into the database, as in the field.
    await server.run(`CREATE TABLE other (x INT); GRANT SELECT ON ${server.database}.other TO ${server.user}@'%'`);
    const watch = await watching({ url: server.url() });
    expect(watch.state()?.state).toBe('refused');
    const grant = /run on the server: (GRANT .*;)$/.exec(watch.state()?.detail ?? '')?.[1];
    expect(grant).toBe(`GRANT SELECT ON \`${server.database}\`.\`cdr\` TO '${server.user}'@'%';`);
    await server.run(grant!);
    expect(await watch.poll()).toEqual([]);
    expect(watch.state()).toEqual({ state: 'up' });
  });

  it('a right on some columns only', async () => {
    const server = await freshDatabase(schema, { grants: false });
    await server.run(`GRANT SELECT (acctid, calldate) ON ${server.database}.cdr TO ${server.user}@'%'`);
    const watch = await watching({ url: server.url() });
    expect(watch.state()).toMatchObject({ state: 'refused' });
    expect(watch.state()?.detail).toContain('GRANT SELECT ON');
    expect(watch.statuses.some(({ state }) => state === 'up')).toBe(false);
  });

  it('no right in the database at all', async () => {
    const server = await freshDatabase(schema, { grants: false });
    const watch = await watching({ url: server.url() });
    expect(watch.state()?.state).toBe('refused');
    expect(watch.state()?.detail).toMatch(/has no right in the database .* run on the server: GRANT SELECT ON/);
  });

  it('no such database', async () => {
    const server = await freshDatabase(schema);
    await server.run(`GRANT SELECT ON *.* TO ${server.user}@'%'`);
    const watch = await watching({ url: server.url({ database: 'nowhere' }) });
    expect(watch.state()).toEqual({
      state: 'down',
      detail: `the server ${host} has no database "nowhere"; check table.url`,
    });
  });

  it('no such table, with those that are there', async () => {
    const server = await freshDatabase('CREATE TABLE calls (x INT)', { grants: false });
    await server.run(`GRANT SELECT ON ${server.database}.* TO ${server.user}@'%'`);
    const watch = await watching({ url: server.url() });
    expect(watch.state()).toEqual({
      state: 'down',
      detail: `there is no table "cdr" in ${host}/${server.database}; it has calls`,
    });
    await server.run(schema);
    await watch.clock.turn();
    expect(watch.state()).toEqual({ state: 'up' });
  });

  it('nothing listens, and no such host', async () => {
    const server = await freshDatabase(schema);
    const relay = await wire();
    await relay.cut();
    const gone = await watching({ url: server.url({ port: relay.port }) });
    expect(gone.state()?.detail).toBe(
      `nothing listens at ${hostname}:${relay.port}: is the database running, and does it listen on this address?`,
    );
    const lost = await watching({ url: 'mysql://u:p@no.such.host.invalid/db' });
    expect(lost.state()?.detail).toMatch(/^the host of no.such.host.invalid:3306 has no address/);
  });
});

describe('a server that goes and comes back', () => {
  it('is waited for, and what was written meanwhile is read, each row once', async () => {
    const server = await freshDatabase(schema);
    await server.add({ sequence: 1 });
    const relay = await wire();
    const watch = await watching({ url: server.url({ port: relay.port }) });
    expect(watch.take()).toHaveLength(1);
    await relay.cut();
    await server.add({ sequence: 2 });
    expect(await watch.poll()).toEqual([]);
    expect(watch.state()?.state).toBe('down');
    expect(await watch.poll()).toEqual([]);
    await relay.restore();
    expect(await watch.poll()).toMatchObject([{ sequence: 2 }]);
    expect(watch.state()).toEqual({ state: 'up' });
    expect(watch.log.filter(({ msg }) => msg === 'the table can be read again')).toHaveLength(1);
    expect(relay.open()).toBe(1);
  });

  it('that hears but does not answer is left after query_seconds, its socket freed', async () => {
    const server = await freshDatabase(schema);
    const relay = await wire();
    const watch = await watching({ url: server.url({ port: relay.port }), config: { query_seconds: 0.3 } });
    relay.hold();
    await watch.clock.turn();
    expect(watch.state()).toEqual({
      state: 'down',
      detail: `the server ${hostname}:${relay.port} gave no answer about "cdr" within 0.3 s`,
    });
    await vi.waitFor(() => expect(relay.open()).toBe(0));
    relay.release();
    await server.add({ sequence: 1, calldate: at(1) });
    expect(await watch.poll()).toHaveLength(1);
  });

  it('that does not even greet is left after connect_seconds', async () => {
    const server = await freshDatabase(schema);
    const relay = await wire();
    relay.hold();
    const watch = await watching({
      url: server.url({ port: relay.port }),
      config: { query_seconds: 5, connect_seconds: 0.3 },
    });
    expect(watch.state()?.detail).toMatch(/does not answer: is the machine up/);
    await vi.waitFor(() => expect(relay.open()).toBe(0));
  });

  it('that stops answering does not keep the daemon from stopping', async () => {
    const server = await freshDatabase(schema);
    const relay = await wire();
    const watch = await watching({ url: server.url({ port: relay.port }), config: { query_seconds: 60 } });
    relay.hold();
    watch.clock.wake();
    await vi.waitFor(() => expect(relay.held()).toBeGreaterThan(0));
    await watch.stop();
    expect(watch.state()).toEqual({ state: 'stopped' });
    await vi.waitFor(() => expect(relay.open()).toBe(0));
  });

  it('that is slow stops the SELECT itself, so that none runs on behind our back', async () => {
    const server = await freshDatabase(`CREATE TABLE t (acctid INT AUTO_INCREMENT PRIMARY KEY, calldate DATETIME);
      INSERT INTO t (calldate) VALUES ('${at(1)}'); CREATE VIEW cdr AS SELECT acctid, calldate, SLEEP(30) AS slow FROM t`);
    const watch = await watching({ url: server.url(), config: { query_seconds: 0.3 } });
    expect(watch.state()).toMatchObject({ state: 'down' });
    const running = async (): Promise<number> =>
      (await server.run('SELECT id FROM information_schema.processlist WHERE user = ?', [server.user])).length;
    await vi.waitFor(async () => expect(await running()).toBe(0), { timeout: 5000 });
  });
});
