// What every view has at hand once somebody is signed in: the API, who it is, the calls of now, and the clock of the daemon.
import type { Session } from '../http/dialects/native/people.ts';
import type { Requests } from '../client/request.ts';
import type { Board } from './live/board.ts';
import type { Watch } from './live/watch.ts';

export interface Desk {
  requests: Requests;
  who: Session;
  /** Calls as they happen; it goes on while other views are open. */
  board: Board;
  /** How the lines to the daemon and to Asterisk are. */
  watch: Watch;
  /** The daemon's clock less the browser's, in milliseconds. */
  offsetMs: number;
}
