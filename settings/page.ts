/** The analyst's page: where it is, and who may log in. */
import { z } from 'zod';
import { count, file, host, issuer, listOf, origin, port, setting } from './forms.js';

export const pageSettings = {
  ORDERFLOW_CUBES_PORT: setting(port, 8787, "port of the analyst's page, `orderflow cubes`"),
  ORDERFLOW_CUBES_URL: setting(
    origin.or(z.literal('')),
    '',
    "the page's own address, as browsers and the login's provider have it (default: where it listens)",
  ),
  ORDERFLOW_CUBES_HOSTS: setting(
    listOf(host),
    '',
    'further names that the page is asked for, with commas between; any other is refused',
  ),
  ORDERFLOW_CUBES_CERT_FILE: setting(
    file,
    '',
    "the page's certificate with its chain, PEM: it is served by HTTPS then",
  ),
  ORDERFLOW_CUBES_KEY_FILE: setting(file, '', "the certificate's key, PEM"),
  ORDERFLOW_CUBES_SESSION_MINUTES: setting(count.max(1_440), 480, 'how long a login lasts, 1440 at most'),
  ORDERFLOW_CUBES_OIDC_ISSUER: setting(
    issuer.or(z.literal('')),
    '',
    'OpenID Connect provider that people log in with (default: no login, on a loopback address alone)',
  ),
  ORDERFLOW_CUBES_OIDC_CLIENT_ID: setting(z.string(), '', "the page's client id there"),
  ORDERFLOW_CUBES_OIDC_CLIENT_SECRET_FILE: setting(
    file,
    '',
    'file with its client secret (default: a public client, by PKCE alone)',
  ),
  ORDERFLOW_CUBES_OIDC_SCOPE: setting(
    z.string().regex(/(^| )openid( |$)/, 'expected scopes with spaces between, openid among them'),
    'openid profile',
    'scopes that are asked for',
  ),
  ORDERFLOW_CUBES_OIDC_CA_FILE: setting(
    file,
    '',
    "the authority of the provider's certificate, PEM (default: those that Node knows)",
  ),
  ORDERFLOW_CUBES_ROLES_CLAIM: setting(
    z.string().min(1),
    'roles',
    'claim that holds roles or groups; within an object by dots, such as realm_access.roles',
  ),
  ORDERFLOW_CUBES_ANALYSTS: setting(listOf(z.string().min(1)), 'analyst', 'values of the claim that make an analyst'),
  ORDERFLOW_CUBES_OPERATORS: setting(
    listOf(z.string().min(1)),
    'operator',
    'values of the claim that make an operator',
  ),
  ORDERFLOW_CUBES_AUDITORS: setting(listOf(z.string().min(1)), 'auditor', 'values of the claim that make an auditor'),
} as const;
