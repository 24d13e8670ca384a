import { readFileSync } from 'node:fs';
import { describe, expect, it, onTestFinished } from 'vitest';
import { at } from './files.ts';
import { freshDatabase, rootConnection } from './server.ts';
import { warnings, watchTable, type Watch, type WatchOptions } from './watch.ts';

async function watching(options: WatchOptions): Promise<Watch> {
  const watch = watchTable(options);
  onTestFinished(() => watch.stop());
  await watch.clock.idle();
  return watch;
}

function found(watch: Watch): object | undefined {
  return watch.log.find(({ msg }) => msg.includes('columns, read by'));
}

const times = 'duration INT, billsec INT, disposition VARCHAR(45), uniqueid VARCHAR(150)';
const classic = `CREATE TABLE cdr (acctid BIGINT UNSIGNED AUTO_INCREMENT PRIMARY KEY, calldate DATETIME, ${times},
  userfield VARCHAR(255), KEY (calldate))`;
const freepbx = `CREATE TABLE cdr (calldate DATETIME NOT NULL, clid VARCHAR(80), ${times}, did VARCHAR(50),
  recordingfile VARCHAR(255), linkedid VARCHAR(32), sequence INT, KEY calldate (calldate), KEY (uniqueid))`;
const asterisk = `CREATE TABLE cdr (accountcode VARCHAR(80), start DATETIME(6), answer DATETIME(6), \`end\` DATETIME(6), ${times},
  linkedid VARCHAR(150), sequence INTEGER)`;

describe('a MariaDB table', () => {
  it.each([
    ['classic', classic, { idColumn: 'acctid', timeColumn: 'calldate', isTimeIndexed: true, hasSequence: false }],
    ['FreePBX', freepbx, { idColumn: null, timeColumn: 'calldate', isTimeIndexed: true, hasSequence: true }],
    ['Asterisk itself', asterisk, { idColumn: null, timeColumn: 'start', isTimeIndexed: false, hasSequence: true }],
    [
      'recid',
      `CREATE TABLE cdr (recid INT UNSIGNED AUTO_INCREMENT PRIMARY KEY, calldate DATETIME, ${times})`,
      { idColumn: 'recid' },
    ],
    [
      'AcctId',
      `CREATE TABLE cdr (calldate DATETIME, AcctId INT AUTO_INCREMENT, KEY (AcctId), ${times})`,
      { idColumn: 'acctid', isIdIndexed: true },
    ],
    [
      'any name',
      `CREATE TABLE cdr (Nr INT AUTO_INCREMENT PRIMARY KEY, id INT UNIQUE, calldate DATETIME, ${times})`,
      { idColumn: 'nr' },
    ],
    [
      'an id given by others',
      `CREATE TABLE cdr (id INT NOT NULL UNIQUE, calldate DATETIME, ${times})`,
      { idColumn: 'id' },
    ],
    ['an id that is not unique', `CREATE TABLE cdr (id INT NOT NULL, calldate DATETIME, ${times})`, { idColumn: null }],
    [
      'an id that nobody sees',
      `CREATE TABLE cdr (id INT AUTO_INCREMENT PRIMARY KEY INVISIBLE, calldate DATETIME, ${times})`,
      { idColumn: null },
    ],
    [
      'a view',
      `${classic}; RENAME TABLE cdr TO t; CREATE VIEW cdr AS SELECT * FROM t`,
      { idColumn: null, timeColumn: 'calldate' },
    ],
  ])('of the flavour %s is recognised', async (_name, schema, expected) => {
    const server = await freshDatabase(schema);
    await server
      .add({ calldate: at(1), start: at(1) })
      .catch(() => server.run('INSERT INTO cdr () VALUES ()').catch(() => []));
    const watch = await watching({ url: server.url() });
    expect(found(watch)).toMatchObject(expected);
    expect(watch.state()).toEqual({ state: 'up' });
  });

  it('gives the forty rows of the sample as they are', async () => {
    const file = readFileSync(new URL('../../fixtures/asterisk22-cdr-table.tsv', import.meta.url), 'utf8');
    const [head = '', ...lines] = file.trimEnd().split('\n');
    const names = head.split('\t');
    const columns = names.map((name) => {
      if (name === 'acctid') return 'acctid INT AUTO_INCREMENT PRIMARY KEY';
      return `\`${name}\` ${['calldate', 'answer', 'end'].includes(name) ? 'DATETIME' : 'VARCHAR(200)'}`;
    });
    const server = await freshDatabase(`CREATE TABLE cdr (${columns.join()}) CHARSET utf8mb4`);
    const rows = lines.map((line) =>
      Object.fromEntries(line.split('\t').map((cell, index) => [names[index]!, cell === 'NULL' ? null : cell])),
    );
    await server.add(...rows);
    const watch = await watching({ url: server.url(), config: { max_rows: 7, timezone: 'UTC' } });
    expect(watch.take().map((row) => ({ ...row }))).toEqual(
      rows.map((row) => ({ ...row, acctid: Number(row['acctid']) })),
    );
    expect(watch.batches[0]!.rows[0]!.timezone).toBe('UTC');
  });

  it('gives TIMESTAMP in UTC and DATETIME as it is, each with its zone', async () => {
    const instant = `SET time_zone = '+05:30'; INSERT INTO cdr VALUES (1, '2026-11-22 08:45:29')`;
    for (const [type, time, timezone] of [
      ['TIMESTAMP', '2026-11-22 03:15:29', 'UTC'],
      ['DATETIME', '2026-11-22 08:45:29', 'Asia/Kolkata'],
    ] as const) {
      const server = await freshDatabase(
        `CREATE TABLE cdr (id INT AUTO_INCREMENT PRIMARY KEY, calldate ${type}); ${instant}`,
      );
      const watch = await watching({ url: server.url(), config: { timezone: 'Asia/Kolkata' } });
      expect(watch.batches[0]!.rows).toMatchObject([{ timezone, fields: { calldate: time } }]);
      expect(watch.log.some(({ msg }) => msg.includes('comes out in UTC'))).toBe(type === 'TIMESTAMP');
    }
  });

  it('that mixes TIMESTAMP and DATETIME is read with a warning', async () => {
    const server = await freshDatabase(
      'CREATE TABLE cdr (id INT AUTO_INCREMENT PRIMARY KEY, calldate TIMESTAMP, answer DATETIME)',
    );
    expect(warnings(await watching({ url: server.url() }))).toContain(
      'answer and calldate mix TIMESTAMP and DATETIME: all are read in the zone UTC; make them of one type',
    );
  });

  it('gives plain cells: BIT, BLOB, JSON, DECIMAL, big and zero values are text or numbers', async () => {
    const server =
      await freshDatabase(`CREATE TABLE cdr (id BIGINT UNSIGNED AUTO_INCREMENT PRIMARY KEY, calldate DATETIME,
      flag BIT(9), note BLOB, more JSON, cost DECIMAL(20,6), ratio DOUBLE, clid VARCHAR(80))`);
    await server.run(`INSERT INTO cdr VALUES (18446744073709551610, '0000-00-00 00:00:00', b'111111111', 'hé', '{"a":1}',
      12345678901234.567891, 0.5, '"Zoë" <1>')`);
    const watch = await watching({ url: server.url() });
    expect({ ...watch.take()[0] }).toEqual({
      id: '18446744073709551610',
      calldate: '0000-00-00 00:00:00',
      flag: '511',
      note: 'hé',
      more: '{"a":1}',
      cost: '12345678901234.567891',
      ratio: 0.5,
      clid: '"Zoë" <1>',
    });
    expect(await watch.poll()).toEqual([]);
  });

  it('without id column is read from zero dates upwards, with fractions of seconds', async () => {
    const server = await freshDatabase(asterisk);
    const starts = ['0000-00-00 00:00:00.000000', '2026-11-22 03:00:00.250000', '2026-11-22 03:00:00.750000'];
    await server.add(...starts.map((start, sequence) => ({ start, sequence })));
    const watch = await watching({ url: server.url(), config: { max_rows: 1 } });
    expect(watch.take().map(({ start }) => start)).toEqual(starts);
    await server.add({ start: '2026-11-22 03:00:00.500000', sequence: 9 });
    expect(await watch.poll()).toMatchObject([{ sequence: 9 }]);
    expect(warnings(watch)).toEqual([
      'no index on start: every look scans the whole table; run: CREATE INDEX `cdr_start` ON `cdr` (`start`);',
    ]);
  });

  it('finds a lower id that is committed after a higher one', async () => {
    const server = await freshDatabase(classic);
    await server.run('START TRANSACTION');
    await server.add({ uniqueid: 'slow', calldate: at(1) });
    const other = await rootConnection();
    await other.query(`INSERT INTO ${server.database}.cdr SET uniqueid = 'quick', calldate = '${at(2)}'`);
    const watch = await watching({ url: server.url() });
    expect(watch.take()).toMatchObject([{ uniqueid: 'quick', acctid: '2' }]);
    await server.run('COMMIT');
    expect(await watch.poll()).toMatchObject([{ uniqueid: 'slow', acctid: '1' }]);
  });

  it('finds each row of transactions that end in another order than they began, once', async () => {
    const server = await freshDatabase(classic);
    const others = await Promise.all([rootConnection(), rootConnection(), rootConnection()]);
    // As the nodes of a Galera cluster: each steps by their number from a start of its own.
    for (const [at, other] of others.entries()) {
      await other.query(`SET auto_increment_increment = 3, auto_increment_offset = ${at + 1}`);
    }
    const insert = (node: number, name: string) =>
      others[node]!.query(`INSERT INTO ${server.database}.cdr SET uniqueid = '${name}', calldate = '${at(1)}'`);
    const watch = await watching({ url: server.url(), config: { max_rows: 2 } });
    const seen: unknown[] = [];
    const look = async () => seen.push(...(await watch.poll()).map(({ uniqueid }) => uniqueid));
    for (let round = 0; round < 4; round += 1) {
      for (const node of [0, 1, 2]) await others[node]!.query('START TRANSACTION');
      for (const node of [0, 1, 2]) await insert(node, `${round}.${node}.a`);
      for (const node of [2, 0, 1]) {
        await insert(node, `${round}.${node}.b`);
        await others[node]!.query('COMMIT');
        await look();
      }
    }
    await look();
    expect(new Set(seen).size).toBe(24);
    const ids = watch.batches.flatMap(({ rows }) => rows.map(({ fields }) => Number(fields['acctid'])));
    expect(ids).not.toEqual(ids.toSorted((a, b) => a - b));
    expect(new Set(ids.map((id) => id % 3)).size).toBe(3);
  });

  it('without id column gives late rows of concurrent transactions and of long calls, each once', async () => {
    const server = await freshDatabase(freepbx);
    await server.add({ calldate: at(20_000), uniqueid: 'now', sequence: 1 });
    const other = await rootConnection();
    await other.query('START TRANSACTION');
    await other.query(
      `INSERT INTO ${server.database}.cdr SET uniqueid = 'slow', calldate = '${at(19_990)}', sequence = 2`,
    );
    const watch = await watching({ url: server.url() });
    await server.add({ calldate: at(20_005), uniqueid: 'newer', sequence: 3 });
    expect((await watch.poll()).map(({ uniqueid }) => uniqueid)).toEqual(['newer']);
    await other.query('COMMIT');
    expect((await watch.poll()).map(({ uniqueid }) => uniqueid)).toEqual(['slow']);
    await server.add({ calldate: at(20_005 - 14_400), uniqueid: 'four hours', duration: 14_400, sequence: 4 });
    expect((await watch.poll()).map(({ uniqueid }) => uniqueid)).toEqual(['four hours']);
    expect(await watch.poll()).toEqual([]);
  });

  it('that has no index is told of by EXPLAIN when it is large, with the index to add, and silent once it has it', async () => {
    const server = await freshDatabase(`${asterisk};
      INSERT INTO cdr (start, uniqueid, sequence) SELECT '${at(0)}' + INTERVAL seq SECOND, seq, seq FROM seq_1_to_30000`);
    const config = { backfill: { above_rows: 1000, rows_per_second: 1 }, overlap_seconds: 60 };
    const first = await watching({ url: server.url(), config });
    expect(first.take()).toHaveLength(61);
    expect(warnings(first)).toEqual([
      'no index on start: every look scans the whole table; run: CREATE INDEX `cdr_start` ON `cdr` (`start`);',
      expect.stringMatching(
        /^the database goes through about \d+ rows for each look at cdr \(EXPLAIN\), for want of an index/,
      ),
    ]);
    await first.stop();
    await server.run('CREATE INDEX `cdr_start` ON `cdr` (`start`)');
    const second = await watching({ url: server.url(), config, cursor: first.cursor });
    expect(second.take()).toHaveLength(61);
    expect(warnings(second)).toEqual([]);
  });

  it('read through a view names the table to index as far as it may see it, and is silent once it has the index', async () => {
    const server = await freshDatabase(`${asterisk};
      CREATE VIEW calls AS SELECT start AS calldate, uniqueid, sequence, duration, disposition FROM cdr WHERE duration >= 0`);
    await server.run(`REVOKE SELECT ON ${server.database}.cdr FROM ${server.user}@'%'`);
    await server.run(`GRANT SELECT ON ${server.database}.calls TO ${server.user}@'%'`);
    const said = async () => {
      const watch = await watching({ url: server.url(), config: { name: 'calls' } });
      await watch.stop();
      return warnings(watch).filter((text) => text.includes('index'));
    };
    expect(await said()).toEqual([
      'no index on calldate is known: "calls" is a view, and its definition shows no single table to index, or cdrd may not read it (grant SHOW VIEW); every look may scan all behind it',
    ]);
    const base = `\`${server.database}\`.\`cdr\``;
    await server.run(`GRANT SHOW VIEW ON ${server.database}.calls TO ${server.user}@'%'`);
    expect(await said()).toEqual([
      `no index on calldate is known: "calls" is a view, and cdrd may not see the indexes of ${base}; if it has none on start, run: CREATE INDEX \`cdr_start\` ON ${base} (\`start\`);`,
    ]);
    await server.run(`GRANT SELECT ON ${server.database}.cdr TO ${server.user}@'%'`);
    expect(await said()).toEqual([
      `no index on calldate: every look scans the whole table behind the view "calls"; run: CREATE INDEX \`cdr_start\` ON ${base} (\`start\`);`,
    ]);
    await server.run(`CREATE INDEX \`cdr_start\` ON ${base} (\`start\`)`);
    expect(await said()).toEqual([]);
  });

  it('starts again from the lowest id after TRUNCATE', async () => {
    const server = await freshDatabase(classic);
    for (let n = 1; n <= 12; n += 1) await server.add({ uniqueid: `old.${n}`, calldate: at(n) });
    const watch = await watching({ url: server.url(), config: { max_rows: 5 } });
    await server.run('TRUNCATE cdr');
    await server.add({ uniqueid: 'new.1', calldate: at(50) });
    expect(await watch.poll()).toMatchObject([{ uniqueid: 'new.1' }]);
  });

  it('tells of a column added while running, and hands over its values', async () => {
    const server = await freshDatabase(freepbx);
    await server.add({ calldate: at(1), sequence: 1 });
    const watch = await watching({ url: server.url() });
    await server.run('ALTER TABLE cdr ADD COLUMN company VARCHAR(40)');
    await server.add({ calldate: at(2), sequence: 2, company: 'acme' });
    expect((await watch.poll()).map(({ company }) => company)).toEqual([null, 'acme']);
    expect(watch.log.filter(({ msg }) => msg.includes('columns, read by'))).toHaveLength(2);
    expect(await watch.poll()).toEqual([]);
  });

  it('is read with SELECT alone, each with a limit of max_rows, in sessions that cannot write', async () => {
    const server = await freshDatabase(classic);
    for (let n = 1; n <= 12; n += 1) await server.add({ uniqueid: 'family', calldate: at(1) });
    await server.run('SET GLOBAL log_output = "TABLE", GLOBAL general_log = ON');
    try {
      const watch = await watching({ url: server.url(), config: { max_rows: 5 } });
      await watch.poll();
      const said = await server.run(
        `SELECT CONVERT(argument USING utf8mb4) AS text FROM mysql.general_log WHERE user_host LIKE ? AND command_type = 'Query'`,
        [`${server.user}[%`],
      );
      const texts = said.map(({ text }) => String(text));
      const reads = texts.filter((text) => text.includes('`cdr`') && !text.startsWith('SHOW '));
      expect(reads.length).toBeGreaterThanOrEqual(4);
      const range = '(> -?\\d+ order by `acctid` asc|in \\([\\d, ]+\\)|>= 0 order by `acctid` desc)';
      const shapes = new RegExp(
        `^(explain )?select \\* from \`cdr\` where \`acctid\` ${range} limit ([1-9])( offset 10000)?$`,
      );
      for (const text of reads) expect(text).toMatch(shapes);
      for (const text of texts)
        expect(text).toMatch(/^(explain select|select|SELECT VERSION|SHOW|SET SESSION|SET NAMES|set names)/);
      expect(texts).toContain('SET SESSION TRANSACTION READ ONLY');
      expect(texts.find((text) => text.includes('max_statement_time'))).toContain(
        `time_zone = '+00:00', autocommit = 1`,
      );
    } finally {
      await server.run('SET GLOBAL general_log = OFF; TRUNCATE mysql.general_log');
    }
  });
});
