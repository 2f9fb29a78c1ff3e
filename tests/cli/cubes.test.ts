/** `orderflow cubes` as a process. */
import { spawn } from 'node:child_process';
import { once } from 'node:events';
import { createServer, type AddressInfo } from 'node:net';
import { tmpdir } from 'node:os';
import { join } from 'node:path';
import { createInterface } from 'node:readline';
import { expect, it, onTestFinished } from 'vitest';
import { projectRoot } from '../../config.js';
import { freePorts } from '../free-ports.js';
import { nothingRuns, orderflow } from './orderflow.js';

it('serves the page where it says, with nothing else running, and ends at Ctrl-C', async () => {
  const [port] = await freePorts(1);
  const child = spawn(process.execPath, [join(projectRoot, 'dist', 'cli', 'main.js'), 'cubes'], {
    env: { ...process.env, ...nothingRuns, ORDERFLOW_CUBES_PORT: String(port) },
    stdio: ['ignore', 'pipe', 'inherit'],
  });
  onTestFinished(() => void child.kill('SIGKILL'));
  const [line] = (await once(createInterface(child.stdout), 'line')) as [string];
  expect(line).toBe(`data cubes: http://127.0.0.1:${port}/ · flow: http://127.0.0.1:${port}/flow`);
  const page = await fetch(`http://127.0.0.1:${port}/`);
  expect(await page.text()).toContain('<div id="page">');
  const cube = await fetch(`http://127.0.0.1:${port}/api/cube`);
  expect(await cube.json()).toMatchObject({ rows: [], problems: [expect.stringMatching(/^Druid does not answer/)] });
  child.kill('SIGINT');
  expect(await once(child, 'exit')).toEqual([0, null]);
});

it('says in one sentence that its port is taken', async () => {
  const server = createServer();
  await new Promise<void>((resolve) => server.listen(0, '127.0.0.1', resolve));
  onTestFinished(() => void server.close());
  const { port } = server.address() as AddressInfo;
  expect(await orderflow(['cubes'], { ...nothingRuns, ORDERFLOW_CUBES_PORT: String(port) })).toEqual({
    code: 1,
    stdout: '',
    stderr: `orderflow: cannot listen at 127.0.0.1:${port} (EADDRINUSE): set ORDERFLOW_CUBES_PORT to another port\n`,
  });
});

it('does not start for others than this machine without a login, and says what to set', async () => {
  expect(await orderflow(['cubes'], { ...nothingRuns, ORDERFLOW_HOST: '0.0.0.0' })).toEqual({
    code: 2,
    stdout: '',
    stderr:
      'orderflow: the page would be open to everybody who reaches 0.0.0.0: set ORDERFLOW_CUBES_OIDC_ISSUER and ORDERFLOW_CUBES_OIDC_CLIENT_ID, or a loopback address as ORDERFLOW_HOST\n',
  });
});

it('has the certificate of the secured profile there, once that was up', async () => {
  const home = join(tmpdir(), `orderflow-cubes-${process.pid}`);
  const { code, stderr } = await orderflow(['cubes', '--profile', 'secured'], { ...nothingRuns, ORDERFLOW_HOME: home });
  expect({ code, stderr }).toEqual({
    code: 1,
    stderr: `orderflow: the page's certificate cannot be read from ${home}/secured/secrets/page.crt (ENOENT)\n`,
  });
});
