/** Whether the page may be served as the settings say: what others than this machine reach needs a login, which nobody between may read. */
import type { Config } from '../config.js';
import { OperatorError } from '../errors.js';
import { isLoopback } from '../model/loopback.js';

/** Throws LOGIN_NEEDED, HTTPS_NEEDED and URL_NEEDED, one sentence each. */
export function checkExposure({ host, urlHost, cubes }: Config): void {
  const refuse = (code: string, problem: string) => new OperatorError(code, problem, { exitCode: 2 });
  if (cubes.issuer === '') {
    if (isLoopback(host)) return;
    throw refuse(
      'LOGIN_NEEDED',
      `the page would be open to everybody who reaches ${urlHost}: set ORDERFLOW_CUBES_OIDC_ISSUER and ORDERFLOW_CUBES_OIDC_CLIENT_ID, or a loopback address as ORDERFLOW_HOST`,
    );
  }
  const { hostname, protocol } = new URL(cubes.url);
  if (['0.0.0.0', '[::]'].includes(hostname)) {
    throw refuse('URL_NEEDED', `no browser finds ${cubes.url}: set ORDERFLOW_CUBES_URL to the page's own address`);
  }
  if (protocol === 'http:' && !isLoopback(hostname)) {
    throw refuse(
      'HTTPS_NEEDED',
      `a login at ${cubes.url} could be read on its way: set ORDERFLOW_CUBES_CERT_FILE and ORDERFLOW_CUBES_KEY_FILE, or ORDERFLOW_CUBES_URL to the https:// address of a proxy`,
    );
  }
}
