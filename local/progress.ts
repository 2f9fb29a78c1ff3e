/** The list of tasks that `up` and `down` show. */
import { Listr, ListrLogger, type ListrTask, ProcessOutput } from 'listr2';

/** `list` shows progress on stderr, so that stdout stays free for data; `silent` shows nothing. */
export type Progress = 'list' | 'silent';

/** Runs tasks side by side, or one after another; rejects with the first error when all have ended. */
export async function runTasks(
  tasks: readonly ListrTask[],
  { progress, concurrent }: { progress: Progress; concurrent: boolean },
): Promise<void> {
  const logger = new ListrLogger({ processOutput: new ProcessOutput(process.stderr, process.stderr) });
  const list = new Listr([...tasks], {
    concurrent,
    exitOnError: !concurrent,
    collectErrors: 'minimal',
    // At Ctrl-C listr2 shows the cursor again and ends the process, unless the command has an end of its own.
    registerSignalListeners: process.listenerCount('SIGINT') === 0,
    renderer: progress === 'silent' ? 'silent' : 'default',
    fallbackRenderer: 'simple',
    fallbackRendererCondition: () => progress === 'list' && !process.stderr.isTTY,
    rendererOptions: { logger },
    fallbackRendererOptions: { logger },
  });
  await list.run();
  const [first] = list.errors;
  // What the task threw, without listr2's wrapper.
  if (first) throw first.error;
}
