// Users, extensions, endpoints and rates by what records say of them: read once for an answer, then asked for each of its records.
import { deviceOf } from '../../../cdr/parties.ts';
import type { StoredCdr } from '../../../cdr/cdr.ts';
import type { Price } from '../../../cdr/price.ts';
import { companiesWithin, companyKey, type Wall, type Within } from '../../../cdr/wall.ts';
import type { Store } from '../../../store/store.ts';
import type { Endpoint } from '../../../store/things.ts';
import type { User } from '../../../store/users.ts';
import { Lookups } from '../lookups.ts';
import { wholeOf } from '../whole.ts';

export class Directory {
  readonly #users = new Map<string, User[]>();
  readonly #endpoints: ReadonlyMap<string, Endpoint>;
  readonly #lookups: Lookups;

  private constructor(users: readonly User[], endpoints: Endpoint[], lookups: Lookups) {
    for (const user of users) {
      for (const number of user.extensions) this.#users.set(number, [...(this.#users.get(number) ?? []), user]);
    }
    this.#endpoints = new Map(endpoints.map((one) => [one.peer.toLowerCase(), one]));
    this.#lookups = lookups;
  }

  /** What is behind the wall. */
  static async read(store: Store, within: Within): Promise<Directory> {
    const users = await wholeOf((after, limit) => store.listUsers(after, limit));
    const endpoints = await wholeOf((after, limit) => store.things('endpoint', within, after, limit));
    return new Directory(users, endpoints, await Lookups.read(store, within));
  }

  /** The user whose extension this is, of several the first. */
  userOf(company: string | null, number: string | null): User | null {
    const isTheirs = ({ companies }: User) =>
      companies === null || (company !== null && companies.some((one) => companyKey(one) === companyKey(company)));
    return (number === null ? undefined : this.#users.get(number)?.find(isTheirs)) ?? null;
  }

  nameOf(company: string | null, number: string | null): string | null {
    return this.#lookups.extensionOf(number, [company])?.name ?? null;
  }

  /** Of the channel of the local party. */
  endpointOf(channel: string | null): Endpoint | null {
    if (!channel) return null;
    const device = deviceOf(channel).toLowerCase();
    const technology = channel.split('/')[0]!.toLowerCase();
    return this.#endpoints.get(`${technology}/${device}`) ?? this.#endpoints.get(device) ?? null;
  }

  priceOf(cdr: StoredCdr): Price {
    return this.#lookups.priceOf(cdr);
  }
}

/** The user as this reader may know it: bound readers know those who share a company with them, a user of extensions itself. */
export async function userWithin(store: Store, id: number, within: Within): Promise<User | undefined> {
  const user = await store.user(id);
  if (!user || within === null) return user;
  if ('extensions' in within && !user.extensions.some((number) => within.extensions.includes(number))) return undefined;
  if (companiesWithin(within) === null) return user;
  return user.companies !== null && wallOfUser(user, within).companies!.length > 0 ? user : undefined;
}

/** What is of this user, of all that the reader may see. */
export function wallOfUser({ companies, extensions }: User, within: Within): Wall {
  const own = companiesWithin(within);
  const isOwn = (handle: string) => own === null || own.some((one) => companyKey(one) === companyKey(handle));
  const numbers = within !== null && 'extensions' in within ? new Set(within.extensions) : null;
  return {
    companies: companies === null ? own : companies.filter(isOwn),
    extensions: extensions.filter((number) => numbers === null || numbers.has(number)),
  };
}
