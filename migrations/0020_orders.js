// Indexes for lists by id of what a filter may name, and by start of the two numbers: a list goes along one of them in its order and reads
// no more than its page (src/store/ways.ts). Those by start of the others came with 0001.
import { isMysql } from './table.js';

/** Index: its columns. Within one value an index goes by id, which both databases keep at its end. */
const made = {
  cdr_company_id: ['company_id'],
  cdr_target_id: ['target_id'],
  cdr_extension_id: ['extension'],
  cdr_peer_extension_id: ['peer_extension'],
  cdr_src_id: ['src'],
  cdr_dst_id: ['dst'],
  cdr_src: ['src', 'start'],
  cdr_dst: ['dst', 'start'],
};

export async function up(knex) {
  for (const [name, columns] of Object.entries(made)) {
    const listed = columns.map((column) => `\`${column}\``).join(', ');
    // What a record does not know needs no place; MariaDB has no such indexes. It commits each at once, so a killed migration may have left it behind.
    await (isMysql(knex)
      ? knex.raw(`CREATE INDEX IF NOT EXISTS \`${name}\` ON \`cdr\` (${listed})`)
      : knex.raw(`CREATE INDEX \`${name}\` ON \`cdr\` (${listed}) WHERE \`${columns[0]}\` IS NOT NULL`));
  }
}

export async function down(knex) {
  for (const name of Object.keys(made)) {
    await knex.raw(isMysql(knex) ? `DROP INDEX \`${name}\` ON \`cdr\`` : `DROP INDEX \`${name}\``);
  }
}
