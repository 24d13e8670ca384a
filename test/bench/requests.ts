// Requests one after the other over one connection: what a page takes, not what a crowd does.
import { once } from 'node:events';
import { Agent, request, type IncomingMessage } from 'node:http';
import { Broken } from '../../src/errors.ts';
import { adminToken } from '../support/daemon.ts';

const headers = { authorization: `Bearer ${adminToken}`, 'content-type': 'application/json' };

/** The body of an answer 200. @throws Broken for any other */
export async function ask(agent: Agent, url: string, body?: object): Promise<Buffer> {
  const asked = request(url, { agent, headers, method: body ? 'POST' : 'GET' });
  asked.end(body && JSON.stringify(body));
  const [response] = (await once(asked, 'response')) as [IncomingMessage];
  const parts: Buffer[] = [];
  for await (const part of response) parts.push(part as Buffer);
  const answer = Buffer.concat(parts);
  if (response.statusCode !== 200)
    throw new Broken(`${url} was answered with ${response.statusCode}: ${answer.toString()}`);
  return answer;
}

/** Milliseconds that each of `count` equal requests took. */
export async function times(count: number, url: string, body?: object): Promise<number[]> {
  const agent = new Agent({ keepAlive: true, maxSockets: 1 });
  const took: number[] = [];
  for (let at = 0; at < count; at++) {
    const began = performance.now();
    await ask(agent, url, body);
    took.push(performance.now() - began);
  }
  agent.destroy();
  return took;
}

export function quantile(numbers: readonly number[], share: number): number {
  const sorted = [...numbers].sort((a, b) => a - b);
  return sorted[Math.min(sorted.length - 1, Math.floor(sorted.length * share))]!;
}
