// Makes proto/generated/ from orders.proto: `npm run generate`. Takes another output folder as its argument, for the test
// that fails when the result differs from what is checked in.
import { execFileSync } from 'node:child_process';
import { mkdirSync, readFileSync, writeFileSync } from 'node:fs';
import { dirname, join } from 'node:path';
import { fileURLToPath } from 'node:url';
import prettier from 'prettier';
import protobuf from 'protobufjs';
import descriptor from 'protobufjs/ext/descriptor/index.js';

const here = dirname(fileURLToPath(import.meta.url));
const root = dirname(here);
const out = process.argv[2] ?? join(here, 'generated');
mkdirSync(out, { recursive: true });
const bin = (name) => join(root, 'node_modules', 'protobufjs-cli', 'bin', name);
const js = join(out, 'orders.js');
const dts = join(out, 'orders.d.ts');
const run = (...args) => execFileSync(process.execPath, args, { cwd: root, stdio: ['ignore', 'inherit', 'inherit'] });
run(
  bin('pbjs'),
  '-t',
  'static-module',
  '-w',
  'esm',
  '--no-verify',
  '--no-delimited',
  '--force-number',
  '--dependency',
  'protobufjs/minimal.js',
  '-o',
  js,
  'proto/orders.proto',
);
run(bin('pbts'), '-o', dts, js);

const header = '// Generated from proto/orders.proto by proto/generate.mjs (`npm run generate`). Do not edit.\n';
const style = await prettier.resolveConfig(join(root, 'proto', 'orders.js'));
for (const file of [js, dts]) {
  writeFileSync(file, await prettier.format(header + readFileSync(file, 'utf8'), { ...style, filepath: file }));
}

// The messages' FileDescriptorSet, by which Druid reads them, with the names and the import that protoc would give.
const messages = await new protobuf.Root().load(join(here, 'orders.proto'), { keepCase: true });
const set = messages.resolveAll().toDescriptor('proto3');
const timestamp = 'google/protobuf/timestamp.proto';
for (const file of set.file) {
  const isOurs = file.package === 'orderflow.v1';
  file.name = isOurs ? 'orders.proto' : timestamp;
  if (isOurs) file.dependency = [timestamp];
}
writeFileSync(join(out, 'orders.desc'), descriptor.FileDescriptorSet.encode(set).finish());
