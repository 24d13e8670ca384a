// A password from a person or a pipe: never from the command line, where every process of the machine could read it.
import { ClientError } from '../errors.ts';

/** More than any password; a pipe that never ends must not fill the memory. */
const bytesMax = 64 * 1024;

/** Two looks at the keyboard without echo, or all of stdin without its last line end. @throws ClientError */
export async function askPassword(fromStdin: boolean): Promise<string> {
  if (fromStdin) return readAll();
  if (!process.stdin.isTTY || !process.stderr.isTTY) {
    throw new ClientError(400, 'there is no terminal to ask for the password: pipe it in and say --password-stdin');
  }
  const first = await askUnseen('Password: ');
  if ((await askUnseen('Again: ')) !== first) throw new ClientError(400, 'the two passwords differ');
  return first;
}

async function readAll(): Promise<string> {
  const parts: Buffer[] = [];
  let bytes = 0;
  for await (const part of process.stdin as AsyncIterable<Buffer>) {
    bytes += part.length;
    if (bytes > bytesMax) throw new ClientError(400, `stdin has more than ${bytesMax} bytes, that is no password`);
    parts.push(part);
  }
  return Buffer.concat(parts)
    .toString('utf8')
    .replace(/\r?\n$/, '');
}

/** Raw mode: the terminal echoes nothing, so backspace, Ctrl-C and Ctrl-D are ours to understand. */
function askUnseen(question: string): Promise<string> {
  const { stdin, stderr } = process;
  stderr.write(question);
  stdin.setRawMode(true);
  stdin.setEncoding('utf8');
  stdin.resume();
  return new Promise((resolve, reject) => {
    let typed = '';
    const done = () => {
      stdin.off('data', take);
      stdin.setRawMode(false);
      stdin.pause();
      stderr.write('\n');
    };
    const take = (text: string) => {
      for (const character of text) {
        if (character === '\r' || character === '\n' || character === '\u0004') {
          done();
          return resolve(typed);
        }
        if (character === '\u0003') {
          done();
          return reject(new ClientError(400, 'nothing was changed'));
        }
        typed = character === '\u007f' || character === '\b' ? [...typed].slice(0, -1).join('') : typed + character;
      }
    };
    stdin.on('data', take);
  });
}
