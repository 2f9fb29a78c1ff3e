#!/usr/bin/env node
/** The `orderflow` command, from a fresh clone too. */
import './prepare.mjs';

await import('./dist/cli/main.js');
