import { execFileSync, spawnSync } from 'node:child_process';
import { readFileSync } from 'node:fs';
import { join } from 'node:path';
import { describe, expect, it } from 'vitest';
import { parse } from 'yaml';
import { loadConfig, projectRoot } from '../config.js';
import {
  containersLog,
  containersPartners,
  copiedSecrets,
  mountedSecrets,
  superuserPassword,
} from '../local/container-secrets.js';
import { druidExtensions, druidRoles, druidService } from '../local/druid.js';
import { druidTlsSettings } from '../local/druid-tls.js';
import {
  jobServerArguments,
  securedClusterSettings,
  securedFlinkSettings,
  zooKeeperClient,
  zooKeeperServer,
} from '../local/flink-security.js';
import { kafkaSettings, securedKafkaSettings } from '../local/kafka.js';
import { securedPostgresAccess, securedPostgresSettings } from '../local/postgres.js';
import { services } from '../local/services.js';
import { zooKeeperSettings } from '../local/zookeeper.js';
import { type Principal, principals } from '../model/principals.js';
import { stageNames } from '../model/stages.js';
import { settings } from '../settings.js';

type SecretOf = string | { readonly source: string; readonly target: string };
interface ComposeService {
  readonly image: string;
  readonly build?: { readonly target: string };
  readonly command?: string[];
  readonly entrypoint?: string[];
  readonly environment?: Record<string, string | number>;
  readonly healthcheck?: object;
  readonly profiles?: string[];
  readonly restart?: string;
  readonly user?: string;
  readonly read_only?: boolean;
  readonly cap_drop?: string[];
  readonly cap_add?: string[];
  readonly security_opt?: string[];
  readonly privileged?: boolean;
  readonly pids_limit?: number;
  readonly ports?: string[];
  readonly tmpfs?: string[];
  readonly volumes?: string[];
  readonly secrets?: SecretOf[];
}
interface Compose {
  readonly services: Record<string, ComposeService>;
  readonly secrets: Record<string, { readonly file: string }>;
}

const names = ['docker-compose.yml', 'docker-compose.secured.yml'];
const texts = names.map((name) => readFileSync(join(projectRoot, name), 'utf8'));
const [open, override] = texts.map((text) => parse(text, { merge: true }) as Compose) as [Compose, Compose];

/** As docker-compose does it: maps are merged, lists of mounts and secrets grow, and what else is said last counts. */
const merged = (base: ComposeService | undefined, over: ComposeService | undefined): ComposeService =>
  ({
    ...base,
    ...over,
    environment: { ...base?.environment, ...over?.environment },
    ports: [...(base?.ports ?? []), ...(over?.ports ?? [])],
    tmpfs: [...(base?.tmpfs ?? []), ...(over?.tmpfs ?? [])],
    volumes: [...(base?.volumes ?? []), ...(over?.volumes ?? [])],
  }) as ComposeService;
const all = Object.fromEntries(
  [...new Set([...Object.keys(open.services), ...Object.keys(override.services)])].map((name) => [
    name,
    merged(open.services[name], override.services[name]),
  ]),
);
const service = (name: string) => all[name]!;
const environment = (name: string) => service(name).environment ?? {};
/** What is in /run/secrets, and where it is from. */
const secretsOf = (name: string) =>
  (service(name).secrets ?? []).map((secret) => {
    const { source, target } =
      typeof secret === 'string' ? { source: secret, target: `${mountedSecrets}/${secret}` } : secret;
    return { name: target.slice(mountedSecrets.length + 1), file: override.secrets[source]?.file };
  });
const holdersOf = (secret: string) =>
  Object.keys(all).filter((name) => secretsOf(name).some((each) => each.name === secret));

const local = loadConfig({ ORDERFLOW_PROFILE: 'secured' });
/** The local stack with the containers' folder of secrets. */
const inside = loadConfig({ ORDERFLOW_PROFILE: 'secured', ORDERFLOW_SECRETS: mountedSecrets });
const asText = (values: Readonly<Record<string, unknown>>) =>
  Object.fromEntries(Object.entries(values).map(([name, value]) => [name, String(value)]));
/** JVM options of ZooKeeper, written on several lines. */
const jvmOptions = (name: string, variable: string) => String(environment(name)[variable]).split(' ');

describe('docker-compose.secured.yml', () => {
  it('has what there is in the secured profile alone, and the command of the owner', () => {
    const more = Object.keys(override.services).filter((name) => !(name in open.services));
    const securedOnly = services.filter(({ isSecuredOnly }) => isSecuredOnly).map(({ name }) => name as string);
    expect(more).toEqual([...securedOnly, 'owner']);
    expect(service('owner').profiles).toEqual(['command']);
  });

  it('uses no setting but those of config.ts', () => {
    for (const [, name, value] of texts[1]!.matchAll(/\$\{(\w+):-([^}]*)\}/g)) {
      const setting = settings[name as keyof typeof settings];
      const isFolder = name === 'ORDERFLOW_SECRETS';
      expect([name, isFolder ? `./${value!.slice(2)}` : setting.default]).toEqual([name, value]);
      if (isFolder) expect(join(projectRoot, value!)).toBe(local.secrets);
    }
    for (const name of Object.keys(override.services)) {
      const set = Object.keys(environment(name)).filter((each) => each.startsWith('ORDERFLOW_'));
      expect(set.filter((each) => !(each in settings))).toEqual([]);
    }
  });

  describe('Kafka', () => {
    const variable = (name: string) => `KAFKA_${name.replaceAll('-', '___').replaceAll('.', '_').toUpperCase()}`;

    it('has the settings of the secured local broker', () => {
      const { 'listener.security.protocol.map': map, ...rest } = { ...kafkaSettings, ...securedKafkaSettings };
      for (const [name, value] of Object.entries(rest))
        expect([name, unescaped(environment('kafka')[variable(name)])]).toEqual([name, String(value)]);
      // One listener more: the local stack is on one host.
      expect(environment('kafka').KAFKA_LISTENER_SECURITY_PROTOCOL_MAP).toBe(`${map},CONTAINERS:SASL_SSL`);
      expect(environment('kafka').KAFKA_LISTENER_NAME_CONTAINERS_SCRAM___SHA___512_SASL_JAAS_CONFIG).toBe(
        securedKafkaSettings['listener.name.clients.scram-sha-512.sasl.jaas.config'],
      );
    });

    it('has no listener in plain text', () => {
      const { KAFKA_LISTENERS: listeners, KAFKA_LISTENER_SECURITY_PROTOCOL_MAP: map } = environment('kafka');
      const protocols = new Map(
        String(map)
          .split(',')
          .map((each) => each.split(':') as [string, string]),
      );
      const used = String(listeners)
        .split(',')
        .map((each) => each.split(':')[0]!);
      expect(used.map((name) => protocols.get(name))).toEqual(['SASL_SSL', 'SASL_SSL', 'SSL', 'SSL']);
      expect(JSON.stringify(environment('kafka'))).not.toContain('PLAINTEXT');
    });

    it('writes what it denies where the auditor reads', () => {
      const path = /-Dorderflow\.denials=(\S+)/.exec(String(environment('kafka').KAFKA_LOG4J_OPTS))![1]!;
      expect(atAuditors('kafka', path)).toBe(environment('auditor').ORDERFLOW_KAFKA_AUTHORIZER_LOG);
    });
  });

  describe('PostgreSQL', () => {
    const options = (service('postgres').command ?? []).filter((word) => word.includes('='));

    it('has the settings of the secured local server, and lets in by TLS and SCRAM alone', () => {
      for (const [name, value] of Object.entries(securedPostgresSettings))
        expect(options).toContain(`${name}=${value}`);
      // Its superuser makes the database by the socket, within the container.
      expect(environment('postgres').POSTGRES_ACCESS).toBe(
        `local all postgres scram-sha-256\n${securedPostgresAccess}`,
      );
      expect(environment('postgres')).toMatchObject({
        POSTGRES_PASSWORD: '',
        POSTGRES_PASSWORD_FILE: `${mountedSecrets}/${superuserPassword}`,
      });
    });

    it('writes what it denies where the auditor reads, readable for it', () => {
      const folder = options.find((each) => each.startsWith('log_directory='))!.split('=')[1]!;
      expect(atAuditors('postgres', folder)).toBe(environment('auditor').ORDERFLOW_POSTGRES_LOG);
      expect(options).toContain('log_file_mode=0644');
      // A new volume takes over the owner of the image's folder.
      expect(readFileSync(join(projectRoot, 'Dockerfile'), 'utf8')).toContain(`-o postgres -g postgres ${folder}\n`);
    });
  });

  it('gives ZooKeeper the settings of the secured local one', () => {
    const lines = String(environment('zookeeper').ZOO_CFG).trim().split('\n');
    const { secureClientPortAddress, serverCnxnFactory, ...rest } = zooKeeperServer(inside);
    expect(secureClientPortAddress).toBe(local.host);
    for (const [name, value] of Object.entries({ ...zooKeeperSettings, ...rest }))
      expect(lines).toContain(`${name}=${value}`);
    expect(lines).toContain(`serverCnxnFactory=${unshaded(String(serverCnxnFactory))}`);
    expect(lines.filter((line) => line.startsWith('clientPort'))).toEqual([]);
  });

  describe('Flink', () => {
    it.each(['jobmanager', 'taskmanager'])('has the settings of the secured local %s', (name) => {
      const yaml = asText(parse(String(environment(name).FLINK_SECURED)) as Record<string, unknown>);
      expect(yaml).toEqual({
        ...asText({ ...securedFlinkSettings, ...securedClusterSettings }),
        'security.ssl.rest.keystore': '/run/secrets/flink.p12',
        'security.ssl.rest.truststore': '/run/secrets/ca.p12',
        'security.ssl.internal.keystore': '/run/secrets/flink-internal.p12',
        'security.ssl.internal.truststore': '/run/secrets/flink-internal.p12',
      });
      expect(jvmOptions(name, 'FLINK_ZOOKEEPER')).toEqual(zooKeeperClient(inside, 'flink'));
      expect(service(name).command!.at(-1)).toBe(name);
    });

    it('gets its configuration with the passwords, and reads it as it was meant', () => {
      const script = unescaped(service('jobmanager').command![2]!);
      const { FLINK_SECURED, FLINK_ZOOKEEPER } = asText(environment('jobmanager'));
      const folder = execFileSync('mktemp', ['-d'], { encoding: 'utf8' }).trim();
      const run = (text: string) => text.replaceAll('/run/secrets', folder).replaceAll('/opt/flink', folder);
      const prepare = `mkdir -p ${folder}/conf ${folder}/bin; echo -n pass-word > ${folder}/p12.password; echo 'rest.port: 1' > ${folder}/conf/config.yaml
        printf '#!/bin/sh\\necho "$@"; cat ${folder}/conf/config.yaml' > ${folder}/bin/jobmanager.sh; chmod +x ${folder}/bin/jobmanager.sh`;
      execFileSync('bash', ['-c', prepare]);
      const output = execFileSync('bash', ['-c', run(script), 'jobmanager'], {
        encoding: 'utf8',
        env: { ...process.env, FLINK_SECURED, FLINK_ZOOKEEPER },
      });
      execFileSync('rm', ['-r', folder]);
      const [words, ...lines] = output.split('\n');
      expect(words).toBe('start-foreground');
      const passwords = ['rest', 'internal'].flatMap((of) =>
        ['keystore', 'key', 'truststore'].map((name) => [`security.ssl.${of}.${name}-password`, 'pass-word']),
      );
      expect(asText(parse(lines.join('\n')) as Record<string, unknown>)).toEqual({
        'rest.port': '1',
        ...asText(parse(FLINK_SECURED!) as Record<string, unknown>),
        'env.java.opts.jobmanager': FLINK_ZOOKEEPER,
        ...Object.fromEntries(passwords),
      });
    });

    it('is spoken to by a job server with a certificate, that wants one itself', () => {
      expect(asText(parse(String(environment('job-server').FLINK_SECURED)) as Record<string, unknown>)).toEqual({
        ...asText(securedFlinkSettings),
        'security.ssl.rest.keystore': '/run/secrets/job-server.p12',
        'security.ssl.rest.truststore': '/run/secrets/ca.p12',
      });
      const { command } = open.services['job-server']!;
      expect(service('job-server').command).toEqual([...command!, ...jobServerArguments(inside)]);
    });
  });

  it('gives Druid the settings of the secured local one, where it speaks TLS alone', () => {
    for (const role of druidRoles) {
      const name = druidService(role);
      const values = asText(environment(name));
      for (const [setting, value] of Object.entries(druidTlsSettings))
        expect([name, setting, values[setting.replaceAll('.', '_')]]).toEqual([name, setting, String(value)]);
      expect(values).toMatchObject({
        druid_host: name,
        druid_tlsPort: asText(open.services[name]!.environment ?? {}).druid_plaintextPort,
        druid_extensions_loadList: JSON.stringify([...druidExtensions, 'client-tls']),
      });
      expect(values.druid_metadata_storage_connector_connectURI).toMatch(/;ssl=peerAuthentication$/);
      expect(jvmOptions(name, 'ZOOKEEPER_OPTIONS')).toEqual(zooKeeperClient(inside, 'druid', 'org.apache.zookeeper'));
    }
  });

  it('gives our own processes the secured profile, and https and TLS to all that they reach', () => {
    for (const name of ['worker-pool', 'partner', 'auditor', 'orderflow', 'owner']) {
      const config = loadConfig(asText(environment(name)));
      expect([name, config.profile, config.secrets]).toEqual([name, 'secured', mountedSecrets]);
      const { flinkUrl, partnerUrl, druidUrl, postgresUrl, kafka, partnersFile } = config;
      expect({ flinkUrl, partnerUrl, druidUrl, postgresUrl, kafka, partnersFile }).toEqual({
        flinkUrl: 'https://jobmanager:8081',
        partnerUrl: 'https://partner:8090/orders',
        druidUrl: 'https://druid-router:8888',
        postgresUrl: 'postgres://postgres:5432/orderflow',
        kafka: 'kafka:29092',
        partnersFile: `${mountedSecrets}/${containersPartners}`,
      });
    }
    expect(loadConfig(asText(environment('owner'))).kafkaInternal).toBe('kafka:29093');
    // Beam's Fn API is plain text: for its own host alone.
    expect(loadConfig(asText(environment('worker-pool'))).workerPoolHost).toBe('127.0.0.1');
  });

  it("keeps the key of the customers' keys where they are sealed and opened, and nowhere else", () => {
    const mounts = (name: string) => (service(name).volumes ?? []).includes('customer-keys:/keys');
    expect(Object.keys(all).filter(mounts)).toEqual(['worker-pool', 'orderflow']);
    for (const name of ['worker-pool', 'orderflow']) {
      const config = loadConfig(asText(environment(name)));
      expect(config.kms).toMatchObject({ kind: 'file', keyFile: '/keys/kms.json' });
    }
    expect(readFileSync(join(projectRoot, 'Dockerfile'), 'utf8')).toContain(
      'chown node:node /data /data/backfills /data/archive /keys\n',
    );
  });

  it('has no plain address between services', () => {
    for (const name of Object.keys(all))
      expect(JSON.stringify(environment(name))).not.toMatch(/http:|redis:|PLAINTEXT/);
  });

  it('has no secret in it', () => {
    for (const name of Object.keys(all))
      for (const [variable, value] of Object.entries(asText(environment(name)))) {
        if (/password|secrets?$|token/i.test(variable))
          expect([variable, value]).toEqual([variable, expect.stringMatching(/^(\/run\/secrets.*)?$/)]);
        expect(value).not.toMatch(/\w:[^/\s]+@|-----BEGIN/);
      }
  });

  describe('secrets', () => {
    it('are the files that are copied for the containers, all of them used', () => {
      const folder = '${ORDERFLOW_SECRETS:-./.orderflow/secured/secrets}/docker/';
      const files = Object.values(override.secrets).map(({ file }) => file);
      const expected = [...copiedSecrets, superuserPassword, containersLog, containersPartners];
      expect(files.sort()).toEqual(expected.map((name) => folder + name).sort());
      expect(expected).not.toContain('ca.key');
      for (const name of expected) expect([name, holdersOf(name)]).not.toEqual([name, []]);
    });

    it('are found under the names that they have on the host', () => {
      for (const name of Object.keys(all))
        for (const secret of secretsOf(name)) expect(secret.file).toMatch(new RegExp(`/docker/${secret.name}$`));
    });

    it.each(principals)('of %s are where it connects, and with the owner', (principal: Principal) => {
      const isStage = (stageNames as readonly string[]).includes(principal);
      const kafka: Partial<Record<Principal, string[]>> = {
        generator: ['orderflow'],
        operator: ['orderflow'],
        druid: ['druid-coordinator', 'druid-indexer'],
        auditor: ['auditor'],
      };
      const postgres: Partial<Record<Principal, string[]>> = {
        generator: ['orderflow'],
        operator: ['orderflow'],
        page: ['orderflow'],
        auditor: ['auditor'],
      };
      const expected = (table: typeof kafka, stage: string[]) => [
        ...(isStage ? stage : (table[principal] ?? [])),
        'owner',
      ];
      expect(holdersOf(`kafka/${principal}.password`).sort()).toEqual(
        expected(kafka, ['jobmanager', 'taskmanager']).sort(),
      );
      expect(holdersOf(`postgres/${principal}.password`).sort()).toEqual(
        principal === 'druid' ? [] : expected(postgres, ['worker-pool']).sort(),
      );
      expect(holdersOf(`${principal}.key`)).toEqual(
        principal === 'operator' ? ['orderflow'] : principal === 'owner' ? ['owner'] : [],
      );
    });

    it.each(['kafka', 'postgres', 'zookeeper', 'job-server', 'worker-pool', 'partner'])(
      'of the service %s are its own',
      (name) => {
        const keys = ['key', 'pem', 'p12'].map((form) => `${name}.${form}`);
        expect([...new Set(keys.flatMap(holdersOf))]).toEqual([name]);
      },
    );

    it('by which Flink and Druid know their own are theirs', () => {
      for (const name of ['flink.p12', 'flink.pem', 'flink-internal.p12'])
        expect(holdersOf(name)).toEqual(['jobmanager', 'taskmanager']);
      for (const name of ['druid.p12', 'druid.pem']) expect(holdersOf(name)).toEqual(druidRoles.map(druidService));
      expect(holdersOf(superuserPassword)).toEqual(['postgres', 'owner']);
      expect(holdersOf('partner.token')).toEqual(['worker-pool', 'partner']);
    });
  });

  it('publishes nothing more than the open profile', () => {
    for (const name of Object.keys(all)) expect(service(name).ports).toEqual(open.services[name]?.ports ?? []);
  });

  it('hardens what it adds as the rest is, and mounts volumes of its own alone, the logs for reading', () => {
    const readsAlone: Readonly<Record<string, number>> = { auditor: 2, 'druid-indexer': 1 };
    for (const name of Object.keys(all)) {
      const { user, read_only, cap_drop, cap_add, security_opt, privileged, pids_limit } = service(name);
      expect(user).toMatch(/^(appuser|druid|flink|node|nobody|postgres|zookeeper)$/);
      expect({ read_only, cap_drop, cap_add, security_opt, privileged, pids_limit }).toEqual({
        read_only: true,
        cap_drop: ['ALL'],
        security_opt: ['no-new-privileges:true'],
        pids_limit: 4096,
      });
      const volumes = service(name).volumes ?? [];
      expect(volumes.filter((volume) => !/^([a-z-]+:)?\/[\w/]+(:ro)?$/.test(volume))).toEqual([]);
      expect(volumes.filter((volume) => volume.endsWith(':ro')).length).toBe(readsAlone[name] ?? 0);
    }
    expect(service('auditor')).toMatchObject({ restart: 'unless-stopped', healthcheck: {} });
  });

  const version = spawnSync('docker-compose', ['version']);
  const hasCompose = version.status === 0;
  const needed = hasCompose ? '' : ' (skipped: needs docker-compose, on Debian `apt-get install docker-compose`)';
  it.skipIf(!hasCompose)(`is merged by docker-compose as it is here${needed}`, () => {
    const files = names.flatMap((name) => ['-f', join(projectRoot, name)]);
    const profiles = ['--profile', 'druid', '--profile', 'command'];
    const output = execFileSync('docker-compose', [...files, ...profiles, 'config'], { encoding: 'utf8' });
    const { services: theirs } = parse(output) as Compose;
    expect(Object.keys(theirs).sort()).toEqual(Object.keys(all).sort());
    for (const name of Object.keys(all)) {
      expect([name, theirs[name]!.secrets?.length ?? 0]).toEqual([name, secretsOf(name).length]);
      expect([name, asText(theirs[name]!.environment ?? {})]).toEqual([name, withDefaults(asText(environment(name)))]);
      const { command } = service(name);
      if (Array.isArray(command))
        expect(theirs[name]!.command).toEqual(command.map((text) => withDefaults({ text }).text));
    }
  });
});

/** `$$` is compose's `$`. */
const unescaped = (value: unknown) => String(value).replaceAll('$$', '$');
const unshaded = (name: string) => name.replace('org.apache.flink.shaded.zookeeper3.', '');
const withDefaults = (values: Record<string, string>) =>
  Object.fromEntries(
    Object.entries(values).map(([name, value]) => [
      name,
      value.replace(/\$\{\w+:-([^}]*)\}/g, (_all, text: string) => text),
    ]),
  );

/** Where the auditor finds a file that a service writes below a volume of its own. */
function atAuditors(name: string, path: string): string {
  const volumes = (of: string) => (service(of).volumes ?? []).map((volume) => volume.split(':') as [string, string]);
  const [volume, target] = volumes(name).find(([, folder]) => path.startsWith(folder))!;
  return volumes('auditor').find(([each]) => each === volume)![1] + path.slice(target.length);
}
