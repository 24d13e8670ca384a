// What never becomes a request: broken HTTP, headers without end, clients that take for ever. They too are told in a problem document.
import { randomUUID } from 'node:crypto';
import type { Server } from 'node:http';
import type { Duplex } from 'node:stream';
import { codeOf } from '../errors.ts';
import type { Log } from '../log.ts';
import { newProblem, type Problem } from './problem.ts';
import { requestIdHeader } from './requestid.ts';

/** Bytes of the request line and all headers together: a filter of 4,096 characters, escaped, and room. */
export const headersMax = 16 * 1024;
/** How long a client may take to send a request (Node checks twice a minute). */
export const requestMs = 60_000;

/** Hangs up after it has said why; nothing of the request is repeated. */
export function answerBroken(log: Log): (error: Error, socket: Duplex) => void {
  return (error, socket) => {
    const code = codeOf(error) ?? '';
    // The client is gone: nobody to tell.
    if (code === 'ECONNRESET' || !socket.writable) return void socket.destroy();
    const [status, detail] = faultOf(code);
    endWithProblem(socket, status, detail, log);
  };
}

function faultOf(code: string): [status: number, detail: string] {
  switch (code) {
    case 'HPE_HEADER_OVERFLOW':
      return [431, `the request line and the headers are larger than ${headersMax} bytes together`];
    case 'HPE_CHUNK_EXTENSIONS_OVERFLOW':
      return [413, 'the chunk extensions of the body are larger than 16384 bytes'];
    case 'ERR_HTTP_REQUEST_TIMEOUT':
      return [408, `the request was not whole within ${requestMs / 1000} s`];
    case 'HPE_INVALID_METHOD':
      return [400, 'this does not begin with a method of HTTP/1.1; TLS is not spoken here'];
    default:
      return [400, `this is not HTTP/1.1 (${code.startsWith('HPE_') ? code.slice(4) : 'broken'})`];
  }
}

/** An answer on a bare socket, then the end of it. */
export function endWithProblem(
  socket: Duplex,
  status: number,
  detail: string,
  log: Log,
  id: string = randomUUID(),
): void {
  const { problem, body } = broken(status, detail, log, id);
  // Both ways: a client that never hangs up must not keep the socket.
  socket.once('finish', () => socket.destroy());
  socket.end(
    `HTTP/1.1 ${status} ${problem.title}\r\nContent-Type: application/problem+json\r\nX-Request-Id: ${id}\r\n` +
      `Content-Length: ${Buffer.byteLength(body)}\r\nConnection: close\r\n\r\n${body}`,
  );
}

/** Node would answer it without a body. */
export function refuseExpectations(server: Server, log: Log): void {
  server.on('checkExpectation', (_request, response) => {
    const id = randomUUID();
    const { body } = broken(417, 'of Expect only 100-continue is known here', log, id);
    response.writeHead(417, {
      'content-type': 'application/problem+json',
      'content-length': Buffer.byteLength(body),
      [requestIdHeader]: id,
      connection: 'close',
    });
    response.end(body);
  });
}

/** The document of what never became a request, and its line in the log. */
function broken(status: number, detail: string, log: Log, id: string): { problem: Problem; body: string } {
  log.debug({ request: id, status, detail }, 'a request could not be read');
  const problem = { ...newProblem(status, detail), request_id: id };
  return { problem, body: JSON.stringify(problem) };
}
