// The filters of an order, as this vendor has them: a list of objects joined by `and`, then by `or`. Once an `or` stands there, no `and` may follow.
import { found } from '../../validate.ts';
import { matchings, type Asked, type Test } from './ask.ts';
import { listOf, textOf, wordOf, type Tell } from './given.ts';

const filtersMax = 100;
const tagsMax = 100;
const keys = ['filter_type', 'cli', 'cli_filter', 'cld', 'cld_filter', 'tags_list', 'billing_group'];

/** Each an object, or a text that is one in JSON: the vendor's schema says texts, its prose and its clients objects. */
export function readFilters(value: unknown, tell: Tell): Pick<Asked, 'filters' | 'every' | 'either'> {
  const filters = listOf(value, 'filters', filtersMax, tell);
  const every: Test[] = [];
  const either: Test[] = [];
  filters.forEach((one, at) => {
    const field = `filters.${at}`;
    const filter = objectOf(one);
    if (filter === null) return tell(field, `${found(one)} is not an object, nor the text of one`);
    const type = typeOf(filter, field, at > 0 ? null : 'the first filter must be joined by and', tell);
    if (type === 'and' && either.length > 0)
      tell(`${field}.filter_type`, 'and cannot follow an or: put all that are joined by and first');
    (type === 'and' ? every : either).push(testOf(filter, field, tell));
  });
  return { filters, every, either };
}

function objectOf(value: unknown): Record<string, unknown> | null {
  const read = typeof value === 'string' ? parsed(value) : value;
  return typeof read === 'object' && read !== null && !Array.isArray(read) ? (read as Record<string, unknown>) : null;
}

function parsed(text: string): unknown {
  try {
    return JSON.parse(text);
  } catch {
    return null;
  }
}

/** `first`: why it cannot be an `or`. */
function typeOf(filter: Record<string, unknown>, at: string, first: string | null, tell: Tell): 'and' | 'or' {
  const type = filter['filter_type'] ?? 'and';
  if (type !== 'and' && type !== 'or') tell(`${at}.filter_type`, `${found(type)} is not one of and, or`);
  else if (type === 'or' && first !== null) tell(`${at}.filter_type`, first);
  return type === 'or' ? 'or' : 'and';
}

/** What is null or empty counts as not there: typed clients send all they know. */
function testOf(filter: Record<string, unknown>, at: string, tell: Tell): Test {
  const unknown = Object.keys(filter).find((key) => !keys.includes(key));
  if (unknown !== undefined) tell(`${at}.${unknown.slice(0, 50)}`, `is not known, expected one of ${keys.join(', ')}`);
  const cli = partOf(filter, 'cli', at, tell);
  const cld = partOf(filter, 'cld', at, tell);
  const tags = tagsOf(filter['tags_list'], `${at}.tags_list`, tell);
  const group = textOf(filter['billing_group'], `${at}.billing_group`, tell);
  if (!cli && !cld && tags.length === 0 && group === '')
    tell(at, 'asks for nothing, expected cli, cld, tags_list or billing_group');
  return {
    ...(cli ? { cli } : {}),
    ...(cld ? { cld } : {}),
    ...(tags.length > 0 ? { tags } : {}),
    ...(group === '' ? {} : { billingGroup: group }),
  };
}

function partOf(filter: Record<string, unknown>, name: 'cli' | 'cld', at: string, tell: Tell): Test['cli'] {
  const is = wordOf(filter[`${name}_filter`], `${at}.${name}_filter`, matchings, tell);
  const text = textOf(filter[name], `${at}.${name}`, tell);
  return text === '' ? undefined : { text, is };
}

/** One tag, or a list of them. */
function tagsOf(value: unknown, field: string, tell: Tell): string[] {
  const list = typeof value === 'string' ? [value] : listOf(value, field, tagsMax, tell);
  return list.map((tag, at) => textOf(tag, `${field}.${at}`, tell)).filter((tag) => tag.trim() !== '');
}
