/** Dead letters and their releases: which of them still hold up their order. Pure. */
import { seenIn, type Publication } from './publication.js';

interface Lineage {
  /** The newest release that was sent, and the newest one that came back; 0 for the record that was set aside first. */
  sent: number;
  returned: number;
  /** A bit of seenIn. */
  bit: number;
}

const deadBits =
  seenIn.deadAtEnricher | seenIn.deadAtRouter | seenIn.deadAtDelivery | seenIn.deadAtAggregator | seenIn.refused;

/** Keeps `seen` of the publications right: a letter that was released since does not count, until it comes back. */
export function createLineages() {
  const lineages = new Map<string, Lineage>();
  const ofPublication = new Map<Publication, Set<string>>();
  const publicationOf = new Map<string, Publication>();

  function lineageOf(name: string): Lineage {
    const known = lineages.get(name);
    if (known) return known;
    const lineage = { sent: 0, returned: -1, bit: 0 };
    lineages.set(name, lineage);
    return lineage;
  }

  function update(name: string): void {
    const publication = publicationOf.get(name);
    if (!publication) return;
    publication.seen &= ~deadBits;
    for (const each of ofPublication.get(publication)!) {
      const { sent, returned, bit } = lineages.get(each)!;
      if (returned >= sent) publication.seen |= bit;
    }
  }

  return {
    /** A dead letter, as it was set aside first (0) or came back from a release. */
    addLetter(name: string, number: number, publication: Publication | undefined, bit: number): void {
      const lineage = lineageOf(name);
      if (number >= lineage.returned) {
        lineage.returned = number;
        lineage.bit = bit;
      }
      if (publication && !publicationOf.has(name)) {
        publicationOf.set(name, publication);
        const names = ofPublication.get(publication) ?? new Set();
        ofPublication.set(publication, names.add(name));
      }
      update(name);
    },
    /** A record of a release, which may be seen before its dead letter. */
    addRelease(name: string, number: number): void {
      const lineage = lineageOf(name);
      lineage.sent = Math.max(lineage.sent, number);
      update(name);
    },
  };
}
