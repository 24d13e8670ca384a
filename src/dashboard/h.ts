// How views are written: `h(tag, props, ...children)`, since nothing here is compiled; and the types that go with it.
import type { JSX } from 'preact';

export { Component, Fragment, h } from 'preact';
export type { ComponentChildren, ComponentType } from 'preact';
/** What any component draws. */
export type VNode = JSX.Element;

/** Names of classes, without those that do not hold. */
export function cls(...names: (string | false | null | undefined)[]): string {
  return names.filter((name) => typeof name === 'string' && name !== '').join(' ');
}
