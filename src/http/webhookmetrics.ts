// How webhooks are doing, as numbers for Prometheus.
import { Counter, Gauge } from 'prom-client';
import type { Metrics } from './metrics.ts';
import type { WebhookDesk, WebhookState } from './webhookdesk.ts';

export function watchWebhooks({ registry }: Metrics, desk: Pick<WebhookDesk, 'list' | 'counts'>): void {
  new Counter({
    name: 'cdrd_webhook_tries_total',
    help: 'Requests of webhooks by how they ended: delivered, failed (tried again), dead (given up)',
    labelNames: ['webhook', 'outcome'],
    registers: [registry],
    collect() {
      this.reset();
      for (const { name: webhook, delivered, failed, dead } of desk.counts()) {
        this.inc({ webhook, outcome: 'delivered' }, delivered);
        this.inc({ webhook, outcome: 'failed' }, failed);
        this.inc({ webhook, outcome: 'dead' }, dead);
      }
    },
  });
  // All four ask once.
  let asked: Promise<WebhookState[]> | undefined;
  const states = () => {
    asked ??= desk.list().finally(() => setImmediate(() => (asked = undefined)));
    // A store that is away is told by others; the numbers of now are not known.
    return asked.catch(() => []);
  };
  const gauge = (name: string, help: string, of: (state: WebhookState) => number | null) =>
    new Gauge({
      name: `cdrd_webhook_${name}`,
      help,
      labelNames: ['webhook'],
      registers: [registry],
      async collect() {
        const known = await states();
        this.reset();
        for (const state of known) {
          const value = of(state);
          if (value !== null) this.set({ webhook: state.name }, value);
        }
      },
    });
  gauge('behind', 'Changes that the webhook has not come to', ({ behind }) => behind);
  gauge('pending', 'Deliveries that wait to be taken', ({ pending }) => pending);
  gauge('dead', 'Deliveries that were given up, to be replayed or discarded', ({ dead }) => dead);
  gauge('failing_since_timestamp_seconds', 'Since when nothing gets through; 0: it does', ({ failing }) =>
    failing === null ? 0 : failing / 1e6,
  );
}
