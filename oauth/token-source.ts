/** A token that runs out: kept while it is good, got anew shortly before, and asked for once however many want it. */

export interface Token {
  readonly text: string;
  /** Milliseconds for which it is good, from when it was asked for. */
  readonly lifetimeMs: number;
}

export interface TokenSource {
  /** The token. Rejects as `ask` does, where there is none that is good. */
  get(): Promise<string>;
  /** The token was not accepted: the next `get` asks for another one, unless it was got a moment ago, and another one would fare no better. */
  refuse(token: string): void;
}

export interface TokenSourceOptions {
  /** A token that was refused is not asked for anew before this time, in ms. */
  readonly minAgeMs?: number;
  /** In milliseconds; `performance.now` unless given. */
  readonly clock?: () => number;
}

/** A token is asked for anew when a fifth of its time is left, or this; until it is over, it goes on being used. */
const AHEAD_MS = 30_000;
/** When that fails, it is tried again after this time. */
const AGAIN_MS = 5_000;

/** `ask` gets one; it has to end by itself. */
export function createTokenSource(
  ask: () => Promise<Token>,
  { minAgeMs = AGAIN_MS, clock = () => performance.now() }: TokenSourceOptions = {},
): TokenSource {
  let held: { text: string; gotAt: number; renewAt: number; endsAt: number } | undefined;
  let asking: Promise<string> | undefined;

  async function renew(): Promise<string> {
    const gotAt = clock();
    const { text, lifetimeMs } = await ask();
    const endsAt = gotAt + lifetimeMs;
    held = { text, gotAt, renewAt: endsAt - Math.min(AHEAD_MS, lifetimeMs / 5), endsAt };
    return text;
  }
  const renewOnce = () => (asking ??= renew().finally(() => (asking = undefined)));

  return {
    async get() {
      const now = clock();
      if (!held || now >= held.endsAt) return renewOnce();
      if (now >= held.renewAt) {
        held.renewAt = now + AGAIN_MS;
        // The one that is held is good still: who needs it does not wait, and hears of a failure when it is over.
        renewOnce().catch(() => undefined);
      }
      return held.text;
    },
    refuse(token) {
      if (held?.text === token && clock() - held.gotAt >= minAgeMs) held = undefined;
    },
  };
}
