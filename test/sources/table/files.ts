// Real SQLite files as Asterisk leaves them, in a folder of their own that goes with the test.
import { mkdtempSync, rmSync } from 'node:fs';
import { tmpdir } from 'node:os';
import { join } from 'node:path';
import Database from 'better-sqlite3';
import { onTestFinished } from 'vitest';

/** As cdr_sqlite3_custom makes it from the sample of cdr_sqlite3_custom.conf (table cdr, columns listed by the admin). */
export const customSchema = `CREATE TABLE cdr (AcctId INTEGER PRIMARY KEY, calldate TEXT, clid TEXT, src TEXT, dst TEXT,
  duration TEXT, billsec TEXT, disposition TEXT, uniqueid TEXT, sequence TEXT, userfield TEXT)`;
/** The same, as of old: nothing names a record but its content. */
export const bareSchema = `CREATE TABLE cdr (AcctId INTEGER PRIMARY KEY, calldate TEXT, clid TEXT, src TEXT, dst TEXT,
  duration TEXT, billsec TEXT, disposition TEXT, uniqueid TEXT, userfield TEXT)`;
/** FreePBX's columns, in short: no id. */
export const freepbxSchema = `CREATE TABLE cdr (calldate DATETIME NOT NULL, clid TEXT, src TEXT, dst TEXT, duration INT,
  billsec INT, disposition TEXT, uniqueid TEXT, did TEXT, recordingfile TEXT, cnum TEXT, cnam TEXT, linkedid TEXT,
  sequence INT, userfield TEXT)`;
/** contrib/ast-db-manage: start, answer, end; neither id nor index. */
export const asteriskSchema = `CREATE TABLE cdr (accountcode TEXT, src TEXT, dst TEXT, start DATETIME, answer DATETIME,
  "end" DATETIME, duration INT, billsec INT, disposition TEXT, amaflags TEXT, userfield TEXT, uniqueid TEXT,
  linkedid TEXT, peeraccount TEXT, sequence INT)`;

export interface Pbx {
  file: string;
  url: string;
  db: Database.Database;
  /** Inserts rows as Asterisk does, one statement each. */
  add(...rows: Record<string, unknown>[]): void;
}

export function temporaryFolder(): string {
  const folder = mkdtempSync(join(tmpdir(), 'cdrd-table-'));
  onTestFinished(() => rmSync(folder, { recursive: true, force: true }));
  return folder;
}

export function pbxFile(schema: string, file = join(temporaryFolder(), 'master.db')): Pbx {
  const db = new Database(file);
  onTestFinished(() => void db.close());
  // Safe against a crash of the test, not of the machine.
  db.pragma('synchronous = OFF');
  db.exec(schema);
  return {
    file,
    url: `sqlite:${file}`,
    db,
    add(...rows) {
      for (const row of rows) {
        const names = Object.keys(row);
        const columns = names.map((name) => `"${name}"`).join();
        db.prepare(`INSERT INTO cdr (${columns}) VALUES (${names.map(() => '?').join()})`).run(...Object.values(row));
      }
    },
  };
}

/** The n-th second of a day in the life of a PBX. */
export function at(seconds: number): string {
  return new Date(Date.UTC(2026, 10, 22, 3) + seconds * 1000).toISOString().slice(0, 19).replace('T', ' ');
}
