import js from '@eslint/js';
import tseslint from 'typescript-eslint';

/** What plain JavaScript here uses of Node without an import. */
const nodeGlobals = ['Buffer', 'URL', 'console', 'process', 'setTimeout'];

export default tseslint.config(
  { ignores: ['dist/', 'node_modules/', '.orderflow/', 'proto/generated/', 'flink/target/'] },
  js.configs.recommended,
  ...tseslint.configs.recommended,
  {
    rules: {
      '@typescript-eslint/no-floating-promises': 'error',
      'no-restricted-syntax': [
        'error',
        {
          selector:
            "VariableDeclarator > BinaryExpression[operator='+'] > CallExpression[callee.object.name='Date'][callee.property.name='now']",
          message: 'A machine sets its clock, and a wait goes by performance.now().',
        },
        {
          selector:
            "CallExpression[callee.object.name='vi'][callee.property.name=/^wait(For|Until)$/][arguments.length<2]",
          message: 'Say how long it may take: vitest gives up after a second.',
        },
      ],
    },
    files: ['**/*.ts', '**/*.tsx'],
    languageOptions: { parserOptions: { projectService: true, tsconfigRootDir: import.meta.dirname } },
  },
  {
    files: ['**/*.mjs'],
    languageOptions: { globals: Object.fromEntries(nodeGlobals.map((name) => [name, 'readonly'])) },
  },
);
