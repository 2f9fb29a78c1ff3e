/** Settings that say nothing without another one. */

const needed = [
  ['ORDERFLOW_CUBES_CERT_FILE', 'ORDERFLOW_CUBES_KEY_FILE'],
  ['ORDERFLOW_CUBES_KEY_FILE', 'ORDERFLOW_CUBES_CERT_FILE'],
  ['ORDERFLOW_CUBES_OIDC_ISSUER', 'ORDERFLOW_CUBES_OIDC_CLIENT_ID'],
  ['ORDERFLOW_CUBES_OIDC_CLIENT_ID', 'ORDERFLOW_CUBES_OIDC_ISSUER'],
  ['ORDERFLOW_CUBES_OIDC_CLIENT_SECRET_FILE', 'ORDERFLOW_CUBES_OIDC_ISSUER'],
  ['ORDERFLOW_CUBES_OIDC_CA_FILE', 'ORDERFLOW_CUBES_OIDC_ISSUER'],
  ['ORDERFLOW_DRUID_USER', 'ORDERFLOW_DRUID_PASSWORD_FILE'],
  ['ORDERFLOW_DRUID_PASSWORD_FILE', 'ORDERFLOW_DRUID_USER'],
] as const;

/** A sentence for each setting that lacks the one it needs. */
export const neededProblems = (env: Readonly<Record<(typeof needed)[number][0 | 1], string>>): string[] =>
  needed
    .filter(([name, other]) => env[name] !== '' && env[other] === '')
    .map(([name, other]) => `${name} needs ${other}: set both, or neither`);
