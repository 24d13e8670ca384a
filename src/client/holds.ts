// Holds: whose records nobody removes or anonymises.
import type { NewHold } from '../http/holdbodies.ts';
import type { Hold, HoldList } from '../http/dialects/native/holds.ts';
import type { CallOptions, Requests } from './request.ts';

export class Holds {
  readonly #requests: Requests;
  constructor(requests: Requests) {
    this.#requests = requests;
  }

  async list(call: CallOptions = {}): Promise<Hold[]> {
    return (await this.#requests.ask<HoldList>('GET', '/api/v1/holds', call)).holds;
  }

  /** Of a company or of a number. @throws ApiError 409 when it is held already */
  add(body: NewHold, call: CallOptions = {}): Promise<Hold> {
    return this.#requests.ask('POST', '/api/v1/holds', { ...call, body });
  }

  remove(id: number, call: CallOptions = {}): Promise<void> {
    return this.#requests.ask('DELETE', `/api/v1/holds/${id}`, call);
  }
}
