/** A browser without a screen: it keeps cookies as browsers do (tough-cookie), follows redirects one by one, and fills in the provider's forms. */
import { CookieJar } from 'tough-cookie';

export interface Seen {
  readonly url: string;
  readonly status: number;
  readonly headers: Headers;
  readonly body: string;
}

export interface Visitor {
  readonly jar: CookieJar;
  /** Every address that was asked for, in its order. */
  readonly visited: string[];
  /** One request, whose redirect is not followed. */
  ask(url: string, init?: RequestInit): Promise<Seen>;
  /** Goes there, and on to where it is led. */
  go(url: string, init?: RequestInit): Promise<Seen>;
  /** Goes to a document of the page, logs in at the provider as this person, and comes to what it is led to. */
  logIn(url: string, person: string): Promise<Seen>;
}

const escapes: Readonly<Record<string, string>> = { '&amp;': '&' };

export function createVisitor(): Visitor {
  const jar = new CookieJar();
  const visited: string[] = [];

  async function ask(url: string, init: RequestInit = {}): Promise<Seen> {
    visited.push(url);
    const cookie = await jar.getCookieString(url);
    const headers = { ...(init.headers as Record<string, string>), ...(cookie !== '' && { cookie }) };
    const response = await fetch(url, { ...init, headers, redirect: 'manual' });
    for (const line of response.headers.getSetCookie()) await jar.setCookie(line, url);
    return { url, status: response.status, headers: response.headers, body: await response.text() };
  }

  async function go(url: string, init?: RequestInit): Promise<Seen> {
    let seen = await ask(url, init);
    while (seen.status >= 300 && seen.status < 400) {
      seen = await ask(new URL(seen.headers.get('location')!, seen.url).href);
    }
    return seen;
  }

  /** Sends the form that is seen, with what is filled in. */
  function submit({ url, body }: Seen, values: Record<string, string>): Promise<Seen> {
    const [, action] = /<form[^>]* action="([^"]*)"/.exec(body)!;
    const hidden = [...body.matchAll(/<input type="hidden" name="(\w+)" value="([^"]*)"/g)];
    const fields = { ...Object.fromEntries(hidden.map(([, name, value]) => [name!, value!])), ...values };
    const target = new URL(
      action!.replace(/&amp;/g, (text) => escapes[text]!),
      url,
    );
    return go(target.href, { method: 'POST', body: new URLSearchParams(fields) });
  }

  return {
    jar,
    visited,
    ask,
    go,
    logIn: async (url, person) => {
      const form = await go(url);
      const consent = await submit(form, { login: person, password: 'any' });
      return submit(consent, {});
    },
  };
}
