// Bytes to the server, and what it says to them: for what no HTTP client would send.
import { connect } from 'node:net';
import type { House } from './support.ts';

export interface Said {
  status: number;
  /** Header lines as they came. */
  head: string;
  body: string;
}

/** Everything the server says until it hangs up; the bytes must ask it to, or be broken. */
export async function exchange({ url }: House, ...parts: string[]): Promise<Said> {
  const socket = connect(Number(new URL(url).port), '127.0.0.1');
  let answer = '';
  socket.on('data', (data) => (answer += data.toString()));
  socket.on('error', () => undefined);
  for (const part of parts) socket.write(part, 'latin1');
  await new Promise((resolve) => socket.once('close', resolve));
  const end = answer.indexOf('\r\n\r\n');
  return { status: Number(answer.slice(9, 12)), head: answer.slice(0, end), body: answer.slice(end + 4) };
}
