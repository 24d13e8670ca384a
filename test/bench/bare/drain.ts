// Readers of everything: asks for each address again and again and throws away what comes, until the bench is gone. What is heavy in it is the
// daemon's part: of its own it does nothing but take bytes. Usage: drain.ts TOKEN URL …; prints `reading`.
import { get, type IncomingMessage } from 'node:http';
import { setTimeout as delay } from 'node:timers/promises';

const [token, ...urls] = process.argv.slice(2);
const headers = { authorization: `Bearer ${token}` };

/** Rejects when the daemon answers with another fault than that it is asked too often. */
function drain(url: string): Promise<void> {
  return new Promise((resolve, reject) => {
    const hear = (answer: IncomingMessage): void => {
      const status = answer.statusCode!;
      if (status >= 300 && status !== 429) reject(new Error(`${url} was answered with ${status}`));
      answer.on('close', resolve).on('error', reject).resume();
    };
    get(url, { headers }, hear).on('error', reject);
  });
}

process.on('disconnect', () => process.exit());
process.stdout.write('reading\n');
await Promise.all(
  urls.map(async (url) => {
    for (;;) {
      await drain(url);
      await delay(10);
    }
  }),
);
