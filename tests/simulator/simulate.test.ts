import { expect, test } from 'vitest';
import { simulate, storyOf } from '../../simulator/simulate.js';

test('tries', async () => {
  let steps = 0;
  const begin = performance.now();
  for (let seed = 0; seed < 700; seed += 1) {
    const result = await simulate({ seed: `${seed}`, steps: 1_500 });
    steps += result.steps;
    if (result.violations.length > 0) {
      console.log(seed, result.steps, result.violations.slice(0, 5), storyOf(result.story, [...result.violations[0]!.about]).join('\n'));
      break;
    }
  }
  console.log(steps, 'steps', performance.now() - begin);
}, 100_000);
