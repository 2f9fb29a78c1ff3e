/** The page's document, and what a browser may do with it. */
import { createHash } from 'node:crypto';

/** Modules that the page imports by name: where they are served, and which file of node_modules it is. Nothing else of node_modules is. */
export const vendorModules = {
  preact: { path: '/vendor/preact.js', file: 'preact/dist/preact.mjs' },
  'preact/hooks': { path: '/vendor/preact-hooks.js', file: 'preact/hooks/dist/hooks.mjs' },
  'preact/jsx-runtime': { path: '/vendor/preact-jsx-runtime.js', file: 'preact/jsx-runtime/dist/jsxRuntime.mjs' },
  echarts: { path: '/vendor/echarts.js', file: 'echarts/dist/echarts.esm.min.mjs' },
} as const;

const importMap = JSON.stringify({
  imports: Object.fromEntries(Object.entries(vendorModules).map(([name, { path }]) => [name, path])),
});

/** Import maps cannot be files of their own: this one is allowed by its hash. */
const importMapHash = createHash('sha256').update(importMap).digest('base64');

export const securityHeaders = {
  'content-security-policy': [
    "default-src 'none'",
    `script-src 'self' 'sha256-${importMapHash}'`,
    "style-src 'self'",
    "img-src 'self'",
    "connect-src 'self'",
    "base-uri 'none'",
    "form-action 'none'",
    "frame-ancestors 'none'",
  ].join('; '),
  'x-content-type-options': 'nosniff',
  'referrer-policy': 'no-referrer',
  'cross-origin-opener-policy': 'same-origin',
  'cross-origin-resource-policy': 'same-origin',
  'cache-control': 'no-store',
} as const;

export const document = `<!doctype html>
<html lang="en">
  <head>
    <meta charset="utf-8">
    <meta name="viewport" content="width=device-width, initial-scale=1">
    <meta name="color-scheme" content="light dark">
    <title>Orderflow data cubes</title>
    <link rel="icon" href="/assets/icon.svg" type="image/svg+xml">
    <link rel="stylesheet" href="/assets/style.css">
    <script type="importmap">${importMap}</script>
    <script type="module" src="/page/main.js"></script>
  </head>
  <body>
    <noscript>This page needs JavaScript.</noscript>
    <div id="page"></div>
  </body>
</html>
`;
