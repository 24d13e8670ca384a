// Where the page begins.
import { render } from 'preact';
import { App } from './app.ts';
import { h } from './h.ts';

render(h(App, null), document.getElementById('root')!);
