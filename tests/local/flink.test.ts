import fc from 'fast-check';
import { describe, expect, it } from 'vitest';
import { loadConfig } from '../../config.js';
import { jobServer, taskManager, taskManagerMemory, taskSlots } from '../../local/flink.js';

describe('the TaskManager', () => {
  it('gets parts of memory that add up to its process size', () => {
    fc.assert(
      fc.property(fc.integer({ min: 1_200, max: 64_000 }), (processMb) => {
        const parts = Object.values(taskManagerMemory(processMb, 32));
        expect(parts.reduce((sum, megabytes) => sum + megabytes, 0)).toBe(processMb);
      }),
    );
  });

  it('runs with the heap that Flink is told about', () => {
    const run = taskManager(loadConfig({ ORDERFLOW_TASKMANAGER_MEMORY_MB: '2048' }));
    const memory = taskManagerMemory(2048, 32);
    const options = 'jvm' in run ? [...run.jvm, ...run.args] : [];
    expect(options).toEqual(
      expect.arrayContaining([
        `-Xmx${memory.frameworkHeap + memory.taskHeap}m`,
        `-Dtaskmanager.memory.task.heap.size=${memory.taskHeap}m`,
        `-Dtaskmanager.memory.framework.heap.size=${memory.frameworkHeap}m`,
        '--add-opens=java.base/java.util=ALL-UNNAMED',
      ]),
    );
  });

  it('has slots for eight jobs, and never fewer than 32', () => {
    expect(taskSlots(loadConfig({ ORDERFLOW_PARALLELISM: '1' }))).toBe(32);
    expect(taskSlots(loadConfig({ ORDERFLOW_PARALLELISM: '8' }))).toBe(64);
  });
});

describe('the job server', () => {
  it.each([
    ['http://flink:8081', '--flink-master=flink:8081'],
    ['http://flink', '--flink-master=flink:80'],
    ['https://flink', '--flink-master=flink:443'],
  ])('finds Flink at %s', (url, option) => {
    const run = jobServer(loadConfig({ ORDERFLOW_FLINK_URL: url }));
    expect('args' in run ? run.args : []).toContain(option);
  });
});
