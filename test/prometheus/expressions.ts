// Every expression of the dashboard and of the alert rules, read from config/ as they are given to users.
import { readFileSync } from 'node:fs';
import { parse } from 'yaml';

export interface Rule {
  alert?: string;
  record?: string;
  expr: string;
  for?: string;
  labels?: Record<string, string>;
  annotations?: Record<string, string>;
}

interface Dashboard {
  panels: { title: string; targets?: { expr: string }[] }[];
}

export const rulesText = readFileSync('config/prometheus/cdrd.rules.yml', 'utf8');

export const rules = (parse(rulesText) as { groups: { rules: Rule[] }[] }).groups.flatMap((group) => group.rules);

export const panels = (JSON.parse(readFileSync('config/grafana/cdrd.json', 'utf8')) as Dashboard).panels.flatMap(
  ({ title, targets = [] }) => targets.map(({ expr }) => ({ title, expr })),
);

export interface Selector {
  metric: string;
  labels: string[];
}

/** The metrics of the daemon that an expression names, with the labels it asks them for. */
export function selectorsOf(expr: string): Selector[] {
  const found = expr.matchAll(/(?<![\w:])((?:cdrd|process|nodejs)_\w+)(?:\{([^}]*)\})?/g);
  return [...found].map(([, metric = '', matchers = '']) => ({
    metric,
    labels: [...matchers.matchAll(/(\w+)\s*(?:=~|!~|!=|=)/g)].map(([, label]) => label!),
  }));
}
