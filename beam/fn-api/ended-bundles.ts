/** The bundles of a worker that have ended: the runner may still send to them. */

// Older ones are forgotten: nobody sends to them any more.
const maxBundles = 1_000;

/** Remembers the ids of the latest 1,000. */
export class EndedBundles {
  private readonly ids = new Set<string>();

  add(bundleId: string): void {
    this.ids.add(bundleId);
    const [oldest] = this.ids;
    if (oldest !== undefined && this.ids.size > maxBundles) this.ids.delete(oldest);
  }

  has(bundleId: string): boolean {
    return this.ids.has(bundleId);
  }
}
