/** Questions and their answers: a batch is asked at once, and answered in its order. */

/** Each item with its answer. Throws an Error unless there is one answer to each: otherwise they would go to the wrong ones. */
export function paired<Item, Answer>(items: readonly Item[], answers: readonly Answer[]): [Item, Answer][] {
  if (items.length !== answers.length) throw new Error(`${answers.length} answers to ${items.length} questions`);
  return items.map((item, index) => [item, answers[index]!]);
}
