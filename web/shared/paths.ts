/** The paths that server and page both name. */

/** What a person looks at: without a login, the login comes first. */
export const documentPaths = ['/', '/flow'] as const;

/** The way of a login: its begin, where the provider leads back to, its end, and where one is after it. */
export const loginPath = '/auth/login';
export const callbackPath = '/auth/callback';
export const logoutPath = '/auth/logout';
export const loggedOutPath = '/auth/logged-out';

/** Everything after the `?` of a request's target. */
export const queryIn = ({ url }: { readonly url: string }): string => url.slice(url.indexOf('?') + 1 || url.length);
