/** A page that says one sentence: for those who are not logged in, or may see nothing. */
import type { FastifyReply } from 'fastify';
import { loginPath } from '../shared/paths.js';

export interface Notice {
  readonly title: string;
  readonly sentence: string;
  /** What one can do about it. */
  readonly offers: 'login' | 'logout';
}

const entities: Readonly<Record<string, string>> = {
  '&': '&amp;',
  '<': '&lt;',
  '>': '&gt;',
  '"': '&quot;',
  "'": '&#39;',
};
const escaped = (text: string) => text.replace(/[&<>"']/g, (character) => entities[character]!);

const actions: Readonly<Record<Notice['offers'], string>> = {
  login: `<a class="button" href="${loginPath}">Log in</a>`,
  logout: `<button type="button" id="log-out">Log out</button>`,
};

/** Sends it; the headers that a browser needs are there already. */
export const sendNotice = (reply: FastifyReply, status: number, { title, sentence, offers }: Notice): FastifyReply =>
  reply.code(status).type('text/html; charset=utf-8').send(`<!doctype html>
<html lang="en">
  <head>
    <meta charset="utf-8">
    <meta name="viewport" content="width=device-width, initial-scale=1">
    <meta name="color-scheme" content="light dark">
    <title>Orderflow: ${escaped(title)}</title>
    <link rel="icon" href="/assets/icon.svg" type="image/svg+xml">
    <link rel="stylesheet" href="/assets/style.css">
    ${offers === 'logout' ? '<script type="module" src="/page/notice.js"></script>' : ''}
  </head>
  <body>
    <header class="top"><strong class="brand">Orderflow</strong></header>
    <main class="notice">
      <h1>${escaped(title)}</h1>
      <p>${escaped(sentence)}</p>
      <p>${actions[offers]}</p>
    </main>
  </body>
</html>
`);
