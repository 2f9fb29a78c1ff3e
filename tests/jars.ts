/** Before all tests: downloads what the local stacks of the tests need, once, where all of them find it. */
import { loadConfig } from '../config.js';
import { resolveClassPath } from '../local/class-path.js';

export default async function downloadJars(): Promise<void> {
  const config = loadConfig({});
  for (const name of ['kafka', 'flink', 'druid', 'spark'] as const) {
    let jars = 0;
    const say = () => {
      if (jars++ % 20 === 0) console.error(`tests: downloading the jars of ${name} from Maven Central (${jars})`);
    };
    // The tests that need them fail with a sentence of their own; all others can go on.
    await resolveClassPath(config, name, say).catch((error: Error) => console.error(`tests: ${error.message}`));
  }
}
