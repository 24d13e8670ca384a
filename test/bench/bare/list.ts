// The reference of reads: a bare Fastify, a prepared SELECT by keyset, the same objects made by hand, JSON.stringify.
// Usage: list.ts FILE; prints its URL. Paths: /cdrs and /calls, both ?after=ID&limit=N.
import Database from 'better-sqlite3';
import { fastify } from 'fastify';

type Row = Record<string, string | number | null>;

const database = new Database(process.argv[2], { readonly: true });
database.pragma('cache_size = -32768');
const namesOf = (sql: string) => new Map(database.prepare(sql).raw().all() as [number, string][]);
const systems = namesOf('SELECT id, name FROM system');
const companies = namesOf('SELECT id, handle FROM company');
const page = database.prepare('SELECT * FROM cdr WHERE id > ? AND hidden = 0 ORDER BY id LIMIT ?');

const time = (micros: number) => {
  const text = new Date(Math.floor(micros / 1000)).toISOString().slice(0, 19);
  const rest = micros % 1e6;
  return rest === 0 ? `${text}Z` : `${text}.${String(rest).padStart(6, '0')}Z`;
};
const timeOrNull = (micros: number | null) => (micros === null ? null : time(micros));
const companyOf = (id: number | null) => (id === null ? null : companies.get(id)!);
const propertiesOf = (row: Row) => {
  const own = JSON.parse(row['properties'] as string) as Row;
  if (row['in_call'] === null) return own;
  const inCall = JSON.parse(row['in_call'] as string) as Row;
  // Those of its call are its own by now.
  const filled = Object.entries(inCall).filter(([name]) => name !== 'company' && name !== 'target');
  return { ...own, ...Object.fromEntries(filled) };
};

function toCdr(row: Row) {
  const { id, uniqueid, sequence, linkedid, duration, billsec, disposition, amaflags, clid, src, dst } = row;
  const { dcontext, channel, dstchannel, lastapp, lastdata, accountcode, peeraccount, userfield } = row;
  return {
    ...{ id, system: systems.get(row['system_id'] as number), uniqueid, sequence, linkedid },
    ...{ start: time(row['start'] as number), answer: timeOrNull(row['answer'] as number | null) },
    ...{ end: timeOrNull(row['end'] as number | null), duration, billsec, disposition, amaflags, clid, src, dst },
    ...{ dcontext, channel, dstchannel, lastapp, lastdata, accountcode, peeraccount, userfield },
    custom: JSON.parse(row['custom'] as string) as object,
    company: companyOf(row['company_id'] as number | null),
    target: companyOf(row['target_id'] as number | null),
    ...{ extension: row['extension'], peer_extension: row['peer_extension'], direction: row['direction'] },
    properties: propertiesOf(row),
    ...{ created: time(row['created'] as number), updated: time(row['updated'] as number) },
    ...{ note: null, tags: [], edited: false },
  };
}

function toCall(row: Row) {
  const properties = propertiesOf(row);
  const facts = {
    company: companyOf(row['company_id'] as number | null),
    target: companyOf(row['target_id'] as number | null),
    src_ext: ['outbound', 'internal'].includes(row['direction'] as string) ? row['extension'] : row['src'],
  };
  const missing = Object.entries(facts).filter(([name, fact]) => fact && !properties[name]);
  const text = (name: string) => row[name] ?? '';
  return {
    ...{
      acctid: row['id'],
      calldate: `${time(row['start'] as number)
        .slice(0, 19)
        .replace('T', ' ')}+00`,
    },
    ...{ clid: text('clid'), src: text('src'), dst: text('dst'), dcontext: text('dcontext') },
    ...{ channel: text('channel'), dstchannel: text('dstchannel') },
    ...{ lastapp: text('lastapp'), lastdata: text('lastdata'), duration: row['duration'], billsec: row['billsec'] },
    disposition: String(row['disposition']).replace('NO ANSWER', 'NOANSWER').replace('CONGESTION', 'FAILED'),
    ...{ amaflags: row['amaflags'] ?? 3, accountcode: text('accountcode') },
    ...{ uniqueid: row['uniqueid'], linkedid: text('linkedid') },
    properties: { ...properties, ...Object.fromEntries(missing) },
  };
}

const app = fastify();
const rowsOf = (query: unknown, more: number) => {
  const { after, limit } = query as { after: string; limit: string };
  return page.all(Number(after), Number(limit) + more) as Row[];
};
app.get('/cdrs', (request, reply) => {
  const rows = rowsOf(request.query, 1);
  const shown = rows.slice(0, -1).map(toCdr);
  return reply.type('application/json').send(JSON.stringify({ cdrs: shown, more: true }));
});
app.get('/calls', (request, reply) => {
  const values = rowsOf(request.query, 0).map(toCall);
  return reply.type('application/json').send(JSON.stringify({ result: 'success', values }));
});
process.stdout.write(`${await app.listen({ host: '127.0.0.1', port: 0 })}\n`);
process.on('disconnect', () => process.exit());
