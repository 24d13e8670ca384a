// filters: what the first page of 50 takes in a large store, by each filter that people use, in each order. There is no reference: the goal
// is in milliseconds.
import { Agent } from 'node:http';
import { startBenchDaemon } from './daemon.ts';
import { storeOf } from './filled.ts';
import { figureAlone, type Figure, type Part } from './pairs.ts';
import { ask, times } from './requests.ts';

const orders = ['id', '-id', 'start', '-start'];
const dayMs = 86_400_000;

export const filters: Part = {
  name: 'filters',
  about:
    'the first page of 50 by company, extension, prefix and words in a large store, in each order; milliseconds alone',
  async run(options) {
    const { file, rows } = await storeOf(options);
    const daemon = await startBenchDaemon({ file });
    const figures: Figure[] = [];
    const list = `${daemon.url}/api/v1/cdrs`;
    try {
      const agent = new Agent();
      const answer = await ask(agent, `${list}?after=${rows / 2}&limit=500&direction=outbound`);
      const { cdrs } = JSON.parse(answer.toString()) as { cdrs: Record<string, string>[] };
      const one = cdrs[0]!;
      const range = (days: number) => {
        const from = Date.parse(one['start']!);
        return { from: new Date(from).toISOString(), to: new Date(from + days * dayMs).toISOString() };
      };
      const cases: Record<string, Record<string, string>> = {
        'a day': range(1),
        'company and a day': { company: one['company']!, ...range(1) },
        'company and 30 days': { company: one['company']!, ...range(30) },
        'extension and 30 days': { extension: one['extension']!, ...range(30) },
        'prefix of src or dst': { prefix: one['dst']!.slice(0, 6) },
        'words and 30 days': { text: one['dst']!, ...range(30) },
        company: { company: one['company']! },
        'no such number': { src: '000000000' },
        'one call': { linkedid: one['linkedid']! },
      };
      for (const [name, filter] of Object.entries(cases)) {
        for (const order of orders) {
          const url = `${list}?${new URLSearchParams({ ...filter, order, limit: '50' }).toString()}`;
          await ask(agent, url);
          const took = await times(options.isShort ? 1 : options.pairs, url);
          figures.push(
            figureAlone({ part: filters.name, case: `${name}, ${rows} records, by ${order}`, unit: 'ms' }, took),
          );
        }
      }
      return figures;
    } finally {
      await daemon.end();
    }
  },
};
