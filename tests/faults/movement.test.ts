import fc from 'fast-check';
import { describe, expect, it } from 'vitest';
import { faults } from '../../faults/faults.js';
import { answeredAgainAt, movingAgainAt, panesAgainAt } from '../../faults/movement.js';
import type { Publication } from '../../reconcile/publication.js';

/** An order of a partition that left each stage at these times; 0 for never. */
const publication = (partition: number, publishedAt: number, times: readonly number[]) =>
  ({
    partition,
    publishedAt,
    validatedAt: times[0],
    enrichedAt: times[1],
    routedAt: times[2],
    endedAt: times[3],
  }) as Publication;

describe('when orders move again', () => {
  it('is when the last stage has put out its first order since, from each partition', () => {
    const publications = [
      publication(0, 90, [91, 92, 93, 99]), // before the fault
      publication(0, 100, [110, 120, 130, 140]),
      publication(0, 105, [111, 119, 131, 139]),
      publication(1, 101, [150, 160, 170, 180]),
      publication(1, 102, [151, 161, 171, 0]),
    ];
    expect(movingAgainAt(publications, 100)).toEqual({ what: 'external-processor', at: 180 });
  });

  it('is not yet, as long as one stage has put out nothing from one partition', () => {
    const publications = [publication(0, 100, [110, 120, 130, 140]), publication(1, 101, [150, 160, 0, 0])];
    expect(movingAgainAt(publications, 100)).toBeUndefined();
    expect(movingAgainAt([], 100)).toBeUndefined();
  });

  it('does not take the time of a rejection for a delivery', () => {
    const rejected = publication(0, 100, [110, 0, 0, 111]);
    expect(movingAgainAt([rejected], 100)).toBeUndefined();
    expect(movingAgainAt([rejected, publication(0, 101, [112, 120, 130, 140])], 100)).toEqual({
      what: 'external-processor',
      at: 140,
    });
  });
});

describe('when what was hit answers again', () => {
  const restart = (service: 'postgres' | 'kafka', noticedAt: number, readyAt: number | null) => ({
    service,
    noticedAt,
    readyAt,
  });

  it('is told by the newest start of each service: one may end right away', () => {
    const restarts = [
      restart('postgres', 10, 20),
      restart('postgres', 110, null),
      restart('kafka', 112, 190),
      restart('postgres', 115, 130),
    ];
    expect(answeredAgainAt(restarts, ['postgres'], 100)).toEqual([{ what: 'postgres', at: 130 }]);
  });

  it('is never while the newest has not answered', () => {
    const restarts = [restart('kafka', 110, 120), restart('kafka', 130, null)];
    expect(answeredAgainAt(restarts, ['kafka'], 100)).toEqual([{ what: 'kafka', at: Infinity }]);
  });
});

describe('when panes come again', () => {
  it('is the end of the longest silence, where it was longer than usual', () => {
    expect(panesAgainAt([90, 101, 102, 150, 155], 100, 20)).toBe(150);
    expect(panesAgainAt([160, 101, 130, 102], 100, 20)).toBe(160);
    expect(panesAgainAt([101, 110, 120], 100, 20)).toBe(100);
  });

  it('is at a pane, or at the fault', () => {
    fc.assert(
      fc.property(fc.array(fc.nat(1_000)), fc.nat(1_000), fc.nat(100), (times, since, usual) => {
        expect([...times, since]).toContain(panesAgainAt(times, since, usual));
      }),
    );
  });
});

it('the table gives a worker 30 s, what is of the secured profile alone 90 s, and everything else 60 s', () => {
  expect(new Map(faults.map(({ name, limitSeconds }) => [name, limitSeconds])).get('worker')).toBe(30);
  for (const { name, limitSeconds, isSecuredOnly } of faults.slice(1))
    expect(limitSeconds, name).toBe(isSecuredOnly ? 90 : 60);
  expect(new Set(faults.map(({ name }) => name)).size).toBe(faults.length);
});
