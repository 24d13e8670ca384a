// What the vendor's documents say of its answers, as JSON Schemas: every field is there, and its enumerations are whole, also where
// cdrd never says some of their words. Unknown values are "" (its published answers), so times and words may be that.
const text = { type: 'string' };
const time = { type: 'string', pattern: '^(\\d{4}-\\d\\d-\\d\\dT\\d\\d:\\d\\d:\\d\\d(\\.\\d{6})?Z)?$' };
const word = (words: string) => ({ enum: ['', ...words.split(' ')] });

const shared = {
  caller: text,
  caller_domain: text,
  caller_display_name: text,
  callee: text,
  callee_domain: text,
  callee_display_name: text,
  started_at: time,
  rang_at: time,
  answered_at: time,
  ended_at: time,
  call_id: text,
  direction: word('INBOUND_CALL OUTBOUND_CALL EXTENSION_CALL INBOUND_OUTBOUND_CALL'),
  end_reason: word(
    'CALLER_DISCONNECTED CALLEE_DISCONNECTED BLIND_TRANSFER_COMPLETED CONSULT_TRANSFER_COMPLETED REPLACED REFERRED REDIRECTED CANCELLED',
  ),
  reroute_reason: word(
    'TRANSFER OVERFLOW CAPACITY_BLOCKED QUEUE_EXIT QUEUE_ABANDONED REDIRECT FORWARDING_UNCONDITIONAL FORWARDING_BUSY ' +
      'FORWARDING_NO_ANSWER FORWARDING_NOT_REACHABLE FORWARDING_EXCEPTION FORWARDING_LUNCH FORWARDING_BUSINESS_TRIP ' +
      'FORWARDING_AWAY FORWARDING_NIGHT_MODE',
  ),
  status_code: { type: 'integer', minimum: 0, maximum: 699 },
  destination: text,
  outbound_caller_id: text,
  did_cid: text,
  trunk: text,
  duration: { type: 'integer', minimum: 0 },
  service_number: text,
  user_data: text,
};

const all = (properties: Record<string, object>) => ({
  ...{ type: 'object', properties, required: Object.keys(properties), additionalProperties: false },
});

export const listSchema = all({
  count: { type: 'integer', minimum: 0 },
  items: { type: 'array', maxItems: 100, items: all({ id: { type: 'string', pattern: '^\\d+$' }, ...shared }) },
});

export const detailSchema = all({
  items: {
    ...{ type: 'array', minItems: 1 },
    items: all({ ...shared, cost: { type: 'number', minimum: 0 }, billed_account: text }),
  },
});

export const errorSchema = all({
  errors: {
    ...{ type: 'array', minItems: 1 },
    items: {
      ...{ type: 'object', required: ['code', 'message'], additionalProperties: false },
      properties: { code: { type: 'string', pattern: '^[A-Z_]+$' }, message: text, detail: {} },
    },
  },
});
