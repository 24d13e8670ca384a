// The part of asterisk-manager 0.2.0 that client.ts uses, as it really behaves. The package has no types of its own.
declare module 'asterisk-manager' {
  /** A parsed message: header names in lower case; a repeated header is an array. */
  type Message = Record<string, unknown>;

  class Manager {
    /** Without `port` it does not connect by itself; `events` goes into a header that Asterisk does not read. */
    constructor(port: undefined, host: undefined, username: string, secret: string, events: boolean);
    on(event: 'cdr', listener: (message: Message) => void): this;
    on(event: 'close', listener: () => void): this;
    on(event: 'error', listener: (error: unknown) => void): this;
    removeAllListeners(): this;
    /** `port` goes to net.createConnection as it is, so the path of a Unix socket will do. */
    connect(port: string, host: undefined, connected: () => void): void;
    /** The error is the refusing answer, not an Error. */
    login(answered: (refusal?: Message) => void): void;
    /** The callback never comes when the line breaks; before the login is accepted the action is held back. */
    action(action: Record<string, string>, answered: (refusal: Message | undefined, answer: Message) => void): string;
  }
  export = Manager;
}
