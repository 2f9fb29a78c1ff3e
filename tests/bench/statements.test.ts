/** Peers in other languages get the statements of metastore/, each as the one that its call sends. */
import { expect, test } from 'vitest';
import { statementTexts } from '../../bench/peers/statements.js';

test('each call sends one statement, and lines are recorded by three', async () => {
  const texts = await statementTexts();
  const statements = Object.values(texts);
  expect(new Set(statements).size).toBe(statements.length);
  for (const text of statements) expect(text.match(/ WITH ORDINALITY/g)).toHaveLength(1);
  const { record, accept, deliver } = texts;
  expect([record, accept, deliver].map((text) => text.includes('INSERT INTO order_claims'))).toEqual([
    false,
    true,
    false,
  ]);
  expect([record, accept, deliver].map((text) => text.includes('INSERT INTO delivery_claims'))).toEqual([
    false,
    false,
    true,
  ]);
});
