/** AWS KMS as moto speaks it, a server of AWS's protocols from PyPI. */
import { execFileSync, spawn, type ChildProcess } from 'node:child_process';
import { once } from 'node:events';
import { join } from 'node:path';
import { CreateKeyCommand, KMSClient } from '@aws-sdk/client-kms';
import { afterAll, beforeAll, describe, expect, it, vi } from 'vitest';
import { createAwsKms } from '../../kms/aws-kms.js';
import type { Kms } from '../../kms/kms.js';
import { virtualEnvironment } from '../foreign/python.js';
import { freePorts } from '../free-ports.js';

function hasPython(): boolean {
  try {
    execFileSync('python3', ['-c', 'import venv'], { stdio: 'ignore' });
    return true;
  } catch {
    return false;
  }
}

const dataKey = Buffer.alloc(32, 7);
const plain = (bytes: Uint8Array | null) => bytes && Buffer.from(bytes);

describe.skipIf(!hasPython())('the KMS of AWS', () => {
  let server: ChildProcess;
  let endpoint: string;
  let client: KMSClient;
  let kms: Kms;
  let keyId: string;
  const newKey = async () => (await client.send(new CreateKeyCommand({}))).KeyMetadata!.Arn!;

  beforeAll(async () => {
    process.env.AWS_ACCESS_KEY_ID = 'test';
    process.env.AWS_SECRET_ACCESS_KEY = 'test';
    const bin = await virtualEnvironment('moto', join(import.meta.dirname, 'requirements.txt'));
    const [port] = await freePorts(1);
    server = spawn(join(bin, 'moto_server'), ['-H', '127.0.0.1', '-p', String(port)], { stdio: 'ignore' });
    endpoint = `http://127.0.0.1:${port}`;
    client = new KMSClient({ endpoint, region: 'eu-west-1', maxAttempts: 1 });
    keyId = await vi.waitFor(newKey, { timeout: 60_000, interval: 300 });
    kms = createAwsKms({ keyId, endpoint });
  }, 300_000);
  afterAll(async () => {
    kms.close();
    client.destroy();
    server.kill();
    await once(server, 'exit');
  });

  it('unwraps what it has wrapped, under the same name alone, and says with which key', async () => {
    const wrapped = await kms.wrap(dataKey, 'one');
    expect(wrapped.kmsKey).toBe(keyId);
    expect(Buffer.from(wrapped.bytes).includes(dataKey)).toBe(false);
    expect(plain(await kms.unwrap(wrapped, 'one'))).toEqual(dataKey);
    expect(await kms.unwrap(wrapped, 'two')).toBeNull();
  });

  it('says null to bytes that it has not wrapped', async () => {
    const wrapped = await kms.wrap(dataKey, 'one');
    const changed = Uint8Array.from(wrapped.bytes);
    changed[changed.length - 3]! ^= 1;
    expect(await kms.unwrap({ ...wrapped, bytes: changed }, 'one')).toBeNull();
  });

  it('wraps a key anew with another one, and still unwraps what the first has wrapped', async () => {
    const before = await kms.wrap(dataKey, 'one');
    const other = await newKey();
    const next = createAwsKms({ keyId: other, endpoint });
    const after = await next.rewrap(before, 'one');
    expect(after?.kmsKey).toBe(other);
    expect(plain(await kms.unwrap(after!, 'one'))).toEqual(dataKey);
    expect(plain(await next.unwrap(before, 'one'))).toEqual(dataKey);
    next.close();
  });

  it('refuses with one sentence where there is no such key', async () => {
    const key = keyId.replace(/[^/]+$/, '00000000-0000-4000-8000-000000000000');
    const strange = createAwsKms({ keyId: key, endpoint });
    await expect(strange.wrap(dataKey, 'one')).rejects.toThrow(
      `the KMS at ${endpoint} did not answer or refused (NotFoundException): see that it runs, and that these credentials may use ${key}`,
    );
    strange.close();
  });

  it('fails with one sentence where nobody is there', async () => {
    const nowhere = `http://127.0.0.1:${(await freePorts(1))[0]}`;
    const gone = createAwsKms({ keyId, endpoint: nowhere });
    await expect(gone.wrap(dataKey, 'one')).rejects.toThrow(
      `the KMS at ${nowhere} did not answer or refused (ECONNREFUSED): see that it runs, and that these credentials may use ${keyId}`,
    );
    gone.close();
  });
});
