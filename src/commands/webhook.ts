// cdrd webhook list|deliveries|test|replay|discard|secret: where changes are posted to, how that goes, and what could not be delivered.
import { setTimeout as delay } from 'node:timers/promises';
import { Option, type Command } from 'commander';
import { ClientError, Unavailable } from '../errors.ts';
import { deadAtOnce, deliveryStates, type Delivery, type DeliveryState, type Item } from '../store/deliveries.ts';
import type { Desk } from './daemon.ts';
import type { Edge } from './edge.ts';
import type { HookDesk } from './hookdesk.ts';
import { out, printJson, printTable, timeText } from './print.ts';

const most = 1000;
const lookMs = 100;
/** So long "test" waits for the first try: the longest timeout of a webhook, and some more. */
const testMs = 65_000;

interface Given {
  webhook?: string;
  state?: DeliveryState;
  limit: string;
  json?: true;
}

export function addWebhookCommand(program: Command, edge: Edge): void {
  const hooks = program.command('webhook').description('look at webhooks and their deliveries, test and replay them');
  const atDesk = async <T>(work: (desk: Desk) => Promise<T>) => {
    const { config, log } = await edge.load(['webhooks']);
    return (await import('./daemon.ts')).atDesk(config, log, work, 'existing');
  };

  hooks
    .command('list', { isDefault: true })
    .description('list the webhooks of the configuration and how they are doing')
    .option('--json', 'print JSON')
    .action(async ({ json }: Given) => {
      const list = await atDesk((desk) => desk.hooks.list());
      if (json) return printJson(list.map((await shapes()).toNativeWebhook));
      if (list.length === 0) return out('no webhook is configured');
      printTable(
        ['NAME', 'TO', 'BEHIND', 'PENDING', 'DEAD', 'DELIVERED', 'FAILING SINCE', 'WHY'],
        list.map(({ name, to, behind, pending, dead, delivered, failing, fault }) => [
          ...[name, to, behind === null ? '-' : String(behind), String(pending), String(dead)],
          ...[timeText(delivered), timeText(failing), fault ?? '-'],
        ]),
      );
    });

  hooks
    .command('deliveries')
    .description('list what was sent, waits, or was given up, the newest first')
    .option('--webhook <name>', 'only of this webhook')
    .addOption(new Option('--state <state>', 'only these; dead: the dead letters').choices(deliveryStates))
    .option('--limit <n>', `at most this many, up to ${most}`, '50')
    .option('--json', 'print JSON')
    .action(async ({ webhook, state, limit: text, json }: Given) => {
      const limit = Number(text);
      if (!Number.isInteger(limit) || limit < 1 || limit > most)
        throw new ClientError(400, `--limit: "${text}" is not a whole number from 1 to ${most}`);
      const ask = { limit, ...(webhook === undefined ? {} : { webhook }), ...(state === undefined ? {} : { state }) };
      const list = await atDesk((desk) => desk.hooks.deliveries(ask));
      if (json) return printJson(list.map((await shapes()).toNativeDelivery));
      if (list.length === 0) return out('no deliveries');
      printTable(
        ['ID', 'WEBHOOK', 'STATE', 'WHAT', 'TRIES', 'LAST TRY', 'NEXT TRY', 'STATUS', 'WHY'],
        list.map(({ id, webhook: of, state: is, items, tries, last, due, status, detail }) => [
          ...[String(id), of, is, whatOf(items), String(tries), timeText(last), timeText(due)],
          ...[status === null ? '-' : String(status), detail ?? '-'],
        ]),
      );
    });

  hooks
    .command('test')
    .description('send a message that tells nothing (type ping), and say what was answered')
    .argument('<name>', 'of the webhook')
    .option('--json', 'print JSON')
    .action(async (name: string, { json }: Given) => {
      const tried = await atDesk((desk) => testOf(desk.hooks, name));
      if (json) printJson((await shapes()).toNativeDelivery(tried));
      if (tried.state !== 'delivered') throw new Unavailable(`the webhook ${name}: ${whyOf(tried)}`);
      if (!json) out(`delivered to ${name} in ${((tried.took ?? 0) / 1e6).toFixed(1)} s`);
    });

  for (const [word, verb, past] of [
    ['replay', 'send dead ones again', 'wait again'],
    ['discard', 'discard dead ones for good', 'discarded'],
  ] as const) {
    hooks
      .command(word)
      .description(verb)
      .argument('[id...]', 'their numbers in "cdrd webhook deliveries"')
      .option('--webhook <name>', 'all of this webhook')
      .option('--json', 'print JSON')
      .action(async (given: string[], { webhook, json }: Given) => {
        if ((given.length === 0) === (webhook === undefined))
          throw new ClientError(400, 'expected numbers of deliveries, or --webhook NAME for all of it');
        const ids = given.map(idOf);
        const deliveries = await atDesk(async ({ hooks: desk }) => {
          if (webhook !== undefined) return eachSlice(() => desk[word]({ webhook }));
          let sum = 0;
          for (const id of ids) sum += await desk[word]({ id });
          return sum;
        });
        if (json) return printJson({ deliveries });
        out(`${deliveries} ${past}`);
      });
  }

  hooks
    .command('secret')
    .description('print a new secret for a webhook; nothing is changed')
    .action(async () => out((await import('../webhooks/secret.ts')).newWebhookSecret()));
}

const shapes = () =>
  import('../http/dialects/native/webhooks.ts').then((module) => ({
    toNativeWebhook: (state: Parameters<typeof module.toNativeWebhook>[0]) => module.toNativeWebhook(state),
    toNativeDelivery: (delivery: Delivery) => module.toNativeDelivery(delivery),
  }));

/** Until a slice is not full. */
async function eachSlice(slice: () => Promise<number>): Promise<number> {
  for (let sum = 0; ;) {
    const count = await slice();
    sum += count;
    if (count < deadAtOnce) return sum;
  }
}

/** The delivery after its first try, which comes before all that waits. @throws Unavailable when nobody sends, or another daemon does */
async function testOf(desk: HookDesk, name: string): Promise<Delivery> {
  if (!desk.isSending)
    throw new Unavailable('no daemon runs, and it is the daemon who sends: start one with "cdrd run"');
  const id = await desk.test(name);
  const end = performance.now() + testMs;
  for (;;) {
    const delivery = await desk.delivery(id);
    if (delivery && delivery.tries > 0) return delivery;
    if (performance.now() > end)
      throw new Unavailable(`delivery ${id} was not tried within ${testMs / 1000} s: another daemon sends for ${name}`);
    await delay(lookMs);
  }
}

function whyOf({ state, detail, due }: Delivery): string {
  return `${detail ?? 'not delivered'}${state === 'pending' ? `; it is tried again at ${timeText(due)}` : ''}`;
}

function whatOf(items: readonly Item[]): string {
  const [first] = items;
  if (items.length !== 1 || !first) return `${items.length} changes`;
  return 'op' in first ? `${first.type} ${first.id} ${first.op}` : first.type;
}

function idOf(text: string): number {
  if (/^[1-9]\d{0,14}$/.test(text)) return Number(text);
  throw new ClientError(400, `"${text}" is not the number of a delivery, see "cdrd webhook deliveries"`);
}
