// Secrets of webhooks and their signatures: Standard Webhooks' own example, the sample in the README, and files that others may read.
import { afterAll, describe, expect, it } from 'vitest';
import { chmodSync, readFileSync, writeFileSync } from 'node:fs';
import { join } from 'node:path';
import { newWebhookSecret, readSecrets, signatureOf } from '../../src/webhooks/secret.ts';
import { tempFolder } from '../support/store.ts';

const { folder, remove } = tempFolder();
afterAll(remove);
const secret = 'whsec_MfKQ9r8GKYqrTwjUPD8ILPZIo2LaLaSw';
const body = '{"test": 2432232314}';

/** The sample of the README, as a reader would paste it. */
async function sample() {
  const [, text] = /```js\n(.*?)```/s.exec(readFileSync('README.md', 'utf8'))!;
  const url = `data:text/javascript,${encodeURIComponent(text!)}`;
  return (await import(/* @vite-ignore */ url)) as {
    isGenuine(headers: object, body: string, secret: string, now?: number): boolean;
  };
}

describe('signatures', () => {
  it("are those of Standard Webhooks' own example", () => {
    expect(signatureOf(readSecrets({ secret }), 'msg_p5jXN8AQM9LWM0D4loKWxJek', 1614265330, body)).toBe(
      'v1,g0hM9SsE+OTPJTGt/tmIKtSyZlE3uFJELVlNIOLJ1OE=',
    );
  });

  it('are taken by the sample of the README, each of several, and nothing else is', async () => {
    const { isGenuine } = await sample();
    const other = newWebhookSecret();
    const signed = signatureOf(readSecrets({ secret: `${other} ${secret}` }), 'msg_1', 1000, body);
    const headers = { 'webhook-id': 'msg_1', 'webhook-timestamp': '1000', 'webhook-signature': signed };
    expect([other, secret].map((one) => isGenuine(headers, body, one, 1100))).toEqual([true, true]);
    expect(isGenuine(headers, body, newWebhookSecret(), 1100)).toBe(false);
    expect(isGenuine(headers, `${body} `, secret, 1100)).toBe(false);
    expect(isGenuine({ ...headers, 'webhook-id': 'msg_2' }, body, secret, 1100)).toBe(false);
    expect(isGenuine(headers, body, secret, 1301)).toBe(false);
    expect(isGenuine({}, body, secret, 1100)).toBe(false);
  });
});

describe('secrets', () => {
  it('come from the environment or from a file that only its owner may read', () => {
    const file = join(folder, 'secret');
    writeFileSync(file, `${secret}\n`, { mode: 0o600 });
    expect(readSecrets({ secret_file: file })).toEqual(readSecrets({ secret }));
    chmodSync(file, 0o640);
    expect(() => readSecrets({ secret_file: file })).toThrow(`${file} has the mode 0640, expected 0600`);
    expect(() => readSecrets({ secret_file: join(folder, 'none') })).toThrow('none cannot be read: ENOENT');
  });

  it('are one of the two, of 24 to 64 bytes, at most four, and are never shown', () => {
    expect(() => readSecrets({})).toThrow('expected a secret or a secret_file, one of them');
    expect(() => readSecrets({ secret, secret_file: 'x' })).toThrow('one of them');
    const of = (bytes: number) => `whsec_${Buffer.alloc(bytes, 7).toString('base64')}`;
    expect([24, 64].map((bytes) => readSecrets({ secret: of(bytes) })[0]!.length)).toEqual([24, 64]);
    for (const bad of [of(23), of(65), 'hunter2hunter2hunter2hunter2hunter2', 'whsec_', `whsec_${'!'.repeat(40)}`]) {
      expect(() => readSecrets({ secret: bad })).toThrow(
        /^secret: expected whsec_ and 24 to 64 bytes .* \(not shown\)$/,
      );
    }
    expect(() => readSecrets({ secret: Array(5).fill(secret).join(' ') })).toThrow(
      'found 5 secrets, expected at most 4',
    );
  });
});
