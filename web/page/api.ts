/** How the page asks its server. */
import { useEffect, useState } from 'preact/hooks';
import type { ProblemAnswer } from '../shared/answers.js';

/** The answer's JSON. Throws an Error with one sentence: the server's, or that it does not answer. */
export async function getJson<T>(url: string, signal?: AbortSignal): Promise<T> {
  const response = await fetch(url, { signal: signal ?? null }).catch((error: unknown) => {
    if (signal?.aborted) throw error;
    throw new Error('the server of this page does not answer: start it with `orderflow cubes`');
  });
  const answer = (await response.json().catch(() => ({}))) as T & Partial<ProblemAnswer>;
  if (!response.ok) throw new Error(answer.problem ?? `the server answered with ${response.status}`);
  return answer;
}

export interface Asked<T> {
  /** The newest answer, which may be that of the question before. */
  readonly answer: T | null;
  /** Why there is no newer one; null where there is. */
  readonly problem: string | null;
  readonly isLoading: boolean;
}

/** How often the page asks again, in ms. */
export const refreshMs = 5_000;

/** Asks whenever the URL changes, and while it `isLive` again and again; not while the tab is hidden. Null asks nothing. */
export function useAnswer<T>(url: string | null, isLive: boolean): Asked<T> {
  const [asked, setAsked] = useState<Asked<T>>({ answer: null, problem: null, isLoading: false });
  useEffect(() => {
    if (url === null) {
      setAsked({ answer: null, problem: null, isLoading: false });
      return;
    }
    const ended = new AbortController();
    const { signal } = ended;
    let timer = 0;
    const load = async () => {
      try {
        const answer = await getJson<T>(url, signal);
        if (!signal.aborted) setAsked({ answer, problem: null, isLoading: false });
      } catch (error) {
        const problem = (error as Error).message;
        if (!signal.aborted) setAsked(({ answer }) => ({ answer, problem, isLoading: false }));
      }
      if (isLive && !signal.aborted) timer = window.setTimeout(again, refreshMs);
    };
    const again = () => {
      if (!document.hidden) void load();
      else document.addEventListener('visibilitychange', again, { once: true, signal });
    };
    setAsked(({ answer, problem }) => ({ answer, problem, isLoading: true }));
    void load();
    return () => {
      ended.abort();
      window.clearTimeout(timer);
    };
  }, [url, isLive]);
  return asked;
}
