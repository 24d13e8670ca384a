// Passwords as scrypt hashes that carry their own parameters. Checking costs a quarter of a second, on purpose, and the same for every name.
import { randomBytes, scrypt, timingSafeEqual } from 'node:crypto';
import { Unavailable } from '../errors.ts';

const cost = { N: 16_384, r: 8, p: 5 };
const saltBytes = 16;
const hashBytes = 32;
/** Each takes one thread of Node's four and 16 MiB; DNS and files need the others. */
const atOnceMax = 2;
const waitingMax = 32;
/** Node's own limit of 32 MiB leaves no room for stronger parameters later. */
const memoryMax = 256 * 1024 * 1024;

export const passwordLength = { least: 10, most: 256 };

/** `scrypt$N$r$p$salt$hash`, the last two in base64url. */
export async function hashPassword(password: string): Promise<string> {
  const salt = randomBytes(saltBytes);
  const hash = await derive(password, salt, hashBytes, cost);
  return ['scrypt', cost.N, cost.r, cost.p, salt.toString('base64url'), hash.toString('base64url')].join('$');
}

/** A hash that no password has: for names that do not exist, so that they cost what others cost. */
const nobodys = ['scrypt', cost.N, cost.r, cost.p, 'bm9ib2R5cyBzYWx0IQ', randomBytes(hashBytes).toString('base64url')];

/** Whether it is the password of this hash; without a hash it takes as long and is never. @throws Unavailable when too many ask at once */
export async function isPassword(password: string, stored: string | undefined): Promise<boolean> {
  const [, N, r, p, salt, hash] = stored?.split('$') ?? nobodys.map(String);
  const expected = Buffer.from(hash!, 'base64url');
  const parameters = { N: Number(N), r: Number(r), p: Number(p) };
  const given = await derive(password, Buffer.from(salt!, 'base64url'), expected.length, parameters);
  return timingSafeEqual(given, expected) && stored !== undefined;
}

let running = 0;
const waiting: (() => void)[] = [];

async function derive(password: string, salt: Buffer, bytes: number, { N, r, p }: typeof cost): Promise<Buffer> {
  if (waiting.length >= waitingMax)
    throw new Unavailable('too many passwords are being checked, try again in a moment');
  if (running >= atOnceMax) await new Promise<void>((go) => waiting.push(go));
  else running += 1;
  try {
    return await new Promise((resolve, reject) =>
      scrypt(password.normalize('NFC'), salt, bytes, { N, r, p, maxmem: memoryMax }, (error, key) =>
        error ? reject(error) : resolve(key),
      ),
    );
  } finally {
    // The place goes to the next in line, or becomes free.
    const next = waiting.shift();
    if (next) next();
    else running -= 1;
  }
}
