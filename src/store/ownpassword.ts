// A user's own new password: all other sessions end, the one it was changed in goes on.
import type { Micros } from '../cdr/cdr.ts';
import { writeAudit, type By } from './audit.ts';
import { allot } from './names.ts';
import { hashPassword } from './passwords.ts';
import type { Database } from './sql.ts';
import { demandPassword, type UserWithPassword } from './users.ts';

export interface OwnPassword {
  /** As it was when it showed its password. */
  user: UserWithPassword;
  password: string;
  /** The hash of the session that stays. */
  keep: string;
}

/** Resolves to false when the user has changed since it showed its password. @throws ClientError 400 for a password that is none */
export async function changePassword(
  database: Database,
  { user, password, keep }: OwnPassword,
  by: By,
  now: Micros,
): Promise<boolean> {
  demandPassword(password, user.name, 'new');
  const hash = await hashPassword(password);
  return database.write(async (sql) => {
    // The lock of all changes of users.
    await allot(sql, 'user', 0);
    const changed = await sql.run(
      'UPDATE `user` SET `password` = ?, `updated` = ? WHERE `id` = ? AND `password` = ? AND `disabled` IS NULL',
      [hash, now, user.id, user.password],
    );
    if (changed === 0) return false;
    await sql.run('DELETE FROM `session` WHERE `user_id` = ? AND `hash` <> ?', [user.id, keep]);
    const detail = { id: user.id, password: 'changed', own: true };
    await writeAudit(sql, { at: now, by, action: 'user.changed', object: `user ${user.name}`, detail });
    return true;
  });
}
