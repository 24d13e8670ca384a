// The vendor's current SDK (npm telnyx), unmodified but for its baseURL: every method it has for CDR reports.
import Telnyx from 'telnyx';
import { afterAll, beforeAll, describe, expect, it } from 'vitest';
import { openHouse, records, type House } from '../../support.ts';

describe("the vendor's SDK", () => {
  let house: House;
  let client: Telnyx;
  const voice = () => client.legacy.reporting.batchDetailRecords.voice;

  beforeAll(async () => {
    house = await openHouse({ dialects: { telnyx: { report_window_days: 36_500 } } });
    await house.put(records(3, { accountcode: 'acme' }));
    await house.put(records(2, { accountcode: 'beta' }));
    const apiKey = await house.token('read', ['acme']);
    client = new Telnyx({ apiKey, baseURL: `${house.url}/v2`, maxRetries: 0 });
  });
  afterAll(() => house.close());

  const order = { start_time: '2026-11-22T00:00:00Z', end_time: '2026-11-23T00:00:00Z' };

  it('orders a report, sees it made, fetches its text, and deletes it', async () => {
    const { data: made } = await voice().create({
      ...order,
      call_types: [2],
      record_types: [1],
      filters: [{ filter_type: 'and', cld: '44', cld_filter: 'starts_with' }],
      fields: ['account_id', 'terminating_number'],
      report_name: 'from the SDK',
    });
    expect(made).toMatchObject({
      status: 1,
      record_type: 'cdr_detailed_report',
      report_name: 'from the SDK',
      ...order,
    });
    await house.context.reports.idle();
    const { data: report } = await voice().retrieve(made!.id!);
    expect(report).toMatchObject({ id: made!.id, status: 2 });
    const text = await (await fetch(report!.report_url!)).text();
    expect(text).toBe(`account_id,terminating_number\r\n${'acme,442079460000\r\n'.repeat(3)}`);
    const { data: list, meta } = await voice().list();
    expect(list).toEqual([report]);
    expect(meta).toEqual({ page_number: 1, page_size: 100, total_pages: 1, total_results: 1 });
    expect((await voice().delete(made!.id!)).data).toEqual(report);
    expect((await voice().list()).data).toEqual([]);
    expect((await fetch(report!.report_url!)).status).toBe(404);
  });

  it('is told which fields there are, each of which may be asked for', async () => {
    const groups = await voice().retrieveFields();
    const fields = Object.values(groups as Record<string, string[]>).flat();
    const { data } = await voice().create({ ...order, call_types: [2], fields });
    await house.context.reports.idle();
    const { report_url: link } = (await voice().retrieve(data!.id!)).data!;
    expect((await (await fetch(link!)).text()).split('\r\n')[0]).toBe(fields.join(','));
  });

  it('tells its user what was wrong, in its own errors', async () => {
    await expect(voice().retrieve('182bd5e5-6e1a-4fe4-a799-aa6d9a6ab26e')).rejects.toThrow('404 Resource not found');
    await expect(voice().create({ ...order, call_types: [9] })).rejects.toThrow(
      '400 call_types.0: 9 is not one of 1, 2',
    );
    const stranger = new Telnyx({ apiKey: 'nobody', baseURL: `${house.url}/v2`, maxRetries: 0 });
    await expect(stranger.legacy.reporting.batchDetailRecords.voice.list()).rejects.toThrow(Telnyx.AuthenticationError);
  });
});
