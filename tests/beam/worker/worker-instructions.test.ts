import { describe, expect, test } from 'vitest';
import '../../../beam/sdk.js';
import { countersOf, encodeChunk } from '../descriptors.js';
import { disarm, startStockWorker } from '../stock-worker.js';
import { copied, gate, text, threeRecords, underTest, until } from '../worker-under-test.js';

const ours = underTest();

/** An instruction of newer runners, `sampleData` (field 1007), with the id "i7". */
const sampleData = Uint8Array.of(0x0a, 2, 0x69, 0x37, 0xfa, 0x3e, 0);

describe('instructions', () => {
  const emptyMetrics = { monitoringInfos: [], monitoringData: {} };
  const unknown = 'a bundle that has ended';
  test.each([
    [{ oneofKind: 'finalizeBundle', finalizeBundle: { instructionId: unknown } }, { finalizeBundle: {} }],
    [
      { oneofKind: 'processBundleProgress', processBundleProgress: { instructionId: unknown } },
      { processBundleProgress: emptyMetrics },
    ],
    [
      { oneofKind: 'processBundleSplit', processBundleSplit: { instructionId: unknown, desiredSplits: {} } },
      { processBundleSplit: { primaryRoots: [], residualRoots: [], channelSplits: [] } },
    ],
    [
      { oneofKind: 'monitoringInfos', monitoringInfos: { monitoringInfoId: ['never heard of'] } },
      { monitoringInfos: { monitoringInfo: {} } },
    ],
    [
      { oneofKind: 'harnessMonitoringInfos', harnessMonitoringInfos: {} },
      { harnessMonitoringInfos: { monitoringData: {} } },
    ],
    [{ oneofKind: 'register', register: { processBundleDescriptor: [] } }, { register: {} }],
  ])('answers $oneofKind', async (request, response) => {
    await ours.start();
    expect(await ours.runner.instruct(request as never, 'i1')).toEqual({
      instructionId: 'i1',
      error: '',
      response: { oneofKind: request.oneofKind, ...response },
    });
  });

  test('splits a bundle under way, and goes on with its first part', async () => {
    await ours.start();
    ours.runner.addDescriptor('wait', 1);
    const bundle = ours.runner.openBundle('b1', 'wait');
    await ours.runner.sendData('b1', encodeChunk(['a', 'b', 'c', 'd', 'e', 'f', 'g', 'h'].map(text)), false);
    await until(() => gate.isWaiting);
    const { response } = await ours.runner.instruct({
      oneofKind: 'processBundleSplit',
      processBundleSplit: {
        instructionId: 'b1',
        desiredSplits: {
          source: { fractionOfRemainder: 0.5, allowedSplitPoints: [], estimatedInputElements: 8n },
        },
      },
    });
    const [split] = (response as unknown as { processBundleSplit: { channelSplits: { lastPrimaryElement: bigint }[] } })
      .processBundleSplit.channelSplits;
    await ours.runner.sendData('b1', new Uint8Array(), true);
    const opening = setInterval(() => gate.open(), 1);
    const { error, outputs } = await bundle;
    clearInterval(opening);
    expect({ error, outputs: outputs.length }).toEqual({ error: '', outputs: Number(split!.lastPrimaryElement) + 1 });
    expect(outputs.length).toBeLessThan(8);
  });

  test('takes descriptors that are registered', async () => {
    await ours.start();
    const descriptor = ours.runner.addDescriptor('copy');
    ours.runner.descriptors.clear();
    await ours.runner.instruct({ oneofKind: 'register', register: { processBundleDescriptor: [descriptor] } });
    expect(await ours.runner.runBundle('b1', 'copy', threeRecords)).toMatchObject(copied);
  });

  test('tells the names of the counters that it reported', async () => {
    await ours.start();
    ours.runner.addDescriptor('copy');
    const { response } = await ours.runner.runBundle('b1', 'copy', threeRecords);
    const monitoringInfoId = Object.keys(response!.monitoringData);
    const answer = await ours.runner.instruct({ oneofKind: 'monitoringInfos', monitoringInfos: { monitoringInfoId } });
    const { monitoringInfos } = answer.response as { monitoringInfos: { monitoringInfo: Record<string, object> } };
    expect(Object.values(monitoringInfos.monitoringInfo)).toMatchObject(
      response!.monitoringInfos.map(({ urn, labels }) => ({ urn, labels })),
    );
  });

  test('reports the progress of a bundle under way', async () => {
    await ours.start();
    ours.runner.addDescriptor('wait');
    const bundle = ours.runner.runBundle('b1', 'wait', threeRecords);
    await until(() => gate.isWaiting);
    const { response } = await ours.runner.instruct({
      oneofKind: 'processBundleProgress',
      processBundleProgress: { instructionId: 'b1' },
    });
    expect(response.oneofKind).toBe('processBundleProgress');
    expect(countersOf((response as never)['processBundleProgress'])).toEqual({ read: 3 });
    gate.open();
    expect(await bundle).toMatchObject(copied);
  });

  test('answers an instruction that it does not know with an error, and works on', async () => {
    await ours.start();
    ours.runner.addDescriptor('copy');
    const empty = await ours.runner.instruct({ oneofKind: undefined });
    expect(empty).toEqual({
      instructionId: empty.instructionId,
      error: expect.stringMatching(/^this worker does not know the instruction\n/),
      response: { oneofKind: undefined },
    });
    const sampled = ours.runner.answerTo('i7');
    await ours.runner.sendRaw('control', sampleData);
    expect((await sampled).error).toMatch(/^this worker does not know the instruction\n/);
    expect(await ours.runner.runBundle('b1', 'copy', threeRecords)).toMatchObject(copied);
  });
});

describe("the SDK's own worker (when these fail, ours can go)", () => {
  async function startStock(functionName: string) {
    ours.runner.addDescriptor(functionName);
    return startStockWorker(ours.runner);
  }

  test.each([
    [
      { oneofKind: 'finalizeBundle', finalizeBundle: { instructionId: 'b1' } },
      'Unknown instruction type: finalizeBundle',
    ],
    [
      { oneofKind: 'monitoringInfos', monitoringInfos: { monitoringInfoId: [] } },
      'Unknown instruction type: monitoringInfos',
    ],
    [
      { oneofKind: 'harnessMonitoringInfos', harnessMonitoringInfos: {} },
      'Unknown instruction type: harnessMonitoringInfos',
    ],
    [{ oneofKind: 'register', register: { processBundleDescriptor: [] } }, 'Unknown instruction type: register'],
    [{ oneofKind: 'processBundleProgress', processBundleProgress: { instructionId: 'b1' } }, 'TypeError'],
    [
      { oneofKind: 'processBundleSplit', processBundleSplit: { instructionId: 'b1', desiredSplits: {} } },
      'Unknown process bundle: b1',
    ],
  ])('answers $oneofKind with an error', async (request, error) => {
    disarm(await startStock('copy'));
    const answer = await ours.runner.instruct(request as never);
    expect(answer.error).toContain(error);
  });
});
