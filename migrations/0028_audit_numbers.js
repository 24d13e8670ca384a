// What was audited stays, but for a number that is anonymised (src/store/erasecopies.ts): digits of the object and of the detail may
// become others, and nothing else of an entry.
import { isMysql, mayNotMakeTriggers } from './table.js';

const kept = ['id', 'at', 'who', 'who_id', 'who_name', 'address', 'action', 'count'];
const reason = 'the audit is only added to, UPDATE is refused';

export async function up(knex) {
  const on = 'BEFORE UPDATE ON audit FOR EACH ROW';
  if (!isMysql(knex)) {
    const digits = (cell) => [...'123456789'].reduce((text, digit) => `REPLACE(${text}, '${digit}', '0')`, cell);
    const same = [
      ...kept.map((name) => `OLD.\`${name}\` IS NEW.\`${name}\``),
      ...['object', 'detail'].map((name) => `${digits(`OLD.\`${name}\``)} IS ${digits(`NEW.\`${name}\``)}`),
    ];
    await knex.raw('DROP TRIGGER IF EXISTS audit_no_update');
    await knex.raw(
      `CREATE TRIGGER audit_no_update ${on} WHEN NOT (${same.join(' AND ')}) BEGIN SELECT RAISE(ABORT, '${reason}'); END`,
    );
    return;
  }
  const same = [
    ...kept.map((name) => `OLD.\`${name}\` <=> NEW.\`${name}\``),
    ...['object', 'detail'].map((name) => {
      const digits = (row) => `REGEXP_REPLACE(${row}.\`${name}\`, '[0-9]', '0')`;
      return `${digits('OLD')} <=> ${digits('NEW')}`;
    }),
  ];
  try {
    await knex.raw(
      `CREATE OR REPLACE TRIGGER audit_no_update ${on} IF NOT (${same.join(' AND ')}) THEN ` +
        `SIGNAL SQLSTATE '45000' SET MESSAGE_TEXT = '${reason}'; END IF`,
    );
  } catch (error) {
    if (!mayNotMakeTriggers.has(error.code)) throw error;
  }
}

export async function down() {
  throw new Error('what was audited is not taken back: restore a backup made before the upgrade');
}
