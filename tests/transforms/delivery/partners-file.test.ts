import { readFileSync } from 'node:fs';
import { describe, expect, it } from 'vitest';
import { checkPartnersFile, parsePartners, PartnersFileError } from '../../../transforms/delivery/partners-file.js';
import { limits } from '../../../model/limits.js';
import { aFolder } from './partner-access.js';

const url = 'https://orders.example.com/in';
const parse = (text: string) => parsePartners(text, '/etc/orderflow/partners.json');

function problemsOf(content: unknown): readonly string[] {
  try {
    parse(typeof content === 'string' ? content : JSON.stringify(content));
    return [];
  } catch (error) {
    if (error instanceof PartnersFileError) return error.problems;
    throw error;
  }
}

it('reads each kind of entry, with paths that begin at its folder', () => {
  const all = parse(
    JSON.stringify({
      A: { url },
      B: { url, auth: { kind: 'bearer', tokenFile: 'b.token' }, tls: { caFile: '../ca.crt' }, privateNetworks: true },
      C: { url, auth: { kind: 'basic', user: 'shop', passwordFile: '/run/c.password' } },
      '*': {
        url,
        auth: {
          kind: 'oauth',
          tokenUrl: url,
          clientId: 'c',
          clientSecretFile: 's',
          scope: 'orders',
          tls: { caFile: 'x' },
        },
        tls: { certFile: 'us.crt', keyFile: 'us.key' },
      },
    }),
  );
  expect(Object.fromEntries(all)).toEqual({
    A: { url, auth: { kind: 'none' }, privateNetworks: false },
    B: {
      url,
      auth: { kind: 'bearer', tokenFile: '/etc/orderflow/b.token' },
      tls: { caFile: '/etc/ca.crt' },
      privateNetworks: true,
    },
    C: { url, auth: { kind: 'basic', user: 'shop', passwordFile: '/run/c.password' }, privateNetworks: false },
    '*': {
      url,
      auth: {
        kind: 'oauth',
        tokenUrl: url,
        clientId: 'c',
        clientSecretFile: '/etc/orderflow/s',
        clientSecretIn: 'header',
        scope: 'orders',
        tls: { caFile: '/etc/orderflow/x' },
      },
      tls: { certFile: '/etc/orderflow/us.crt', keyFile: '/etc/orderflow/us.key' },
      privateNetworks: false,
    },
  });
});

const bearer = { kind: 'bearer', tokenFile: 't' };
const oauth = { kind: 'oauth', tokenUrl: url, clientId: 'c', clientSecretFile: 's' };

describe('says in a sentence', () => {
  it.each<[unknown, string | string[]]>([
    ['', 'it is no JSON'],
    ['{"A": {"url": hush-hush}}', 'it is no JSON'],
    ['{\n"A": {"url": "hush" hush}}', 'it is no JSON in line 2'],
    [[], 'it has to be an object with an entry for each partner'],
    ['null', 'it has to be an object with an entry for each partner'],
    [{ A: {} }, 'A.url: expected a URL that begins with http:// or https://'],
    [{ A: { url: 'ftp://x.example.com' } }, 'A.url: expected a URL that begins with http:// or https://'],
    [{ A: { url: 'https://u:hush@x.example.com' } }, 'A.url: expected a URL without user, password and #'],
    [{ A: { url, token: 'hush' } }, 'A: a secret is never written here: name its file, as tokenFile'],
    [{ A: { url, auth: { ...bearer, token: 'hush' } } }, 'A.auth: a secret is never written here: name its file, as tokenFile'], // prettier-ignore
    [{ A: { url, auth: { ...oauth, clientSecret: 'hush' } } }, 'A.auth: a secret is never written here: name its file, as clientSecretFile'], // prettier-ignore
    [{ A: { url, retries: 3 } }, 'A: there is no retries here'],
    [{ A: { url, auth: 'bearer' } }, 'A.auth: expected the kind none, bearer, basic or oauth'],
    [{ A: { url, auth: { kind: 'digest' } } }, 'A.auth.kind: expected the kind none, bearer, basic or oauth'],
    [{ A: { url, auth: { kind: 'bearer' } } }, 'A.auth.tokenFile: expected the path of a file'],
    [{ A: { url, auth: { kind: 'bearer', tokenFile: '' } } }, 'A.auth.tokenFile: expected the path of a file'],
    [{ A: { url, auth: { kind: 'basic', user: 'a:b', passwordFile: 'p' } } }, 'A.auth.user: expected a user without colon and line ends'], // prettier-ignore
    [{ A: { url, auth: { ...oauth, clientSecretIn: 'url' } } }, 'A.auth.clientSecretIn: expected header or body'],
    [{ A: { url, privateNetworks: 'yes' } }, 'A.privateNetworks: expected true or false'],
    [{ A: { url, tls: { certFile: 'c' } } }, 'A.tls: certFile and keyFile go together'],
    [{ A: { url: 'http://x.example.com', auth: bearer } }, 'A.url: credentials are sent over https:// alone'],
    [{ A: { url: 'http://x.example.com', tls: { caFile: 'c' } } }, 'A.url: tls is for https:// alone'],
    [{ A: { url, auth: { ...oauth, tokenUrl: 'http://x.example.com' } } }, 'A.auth.tokenUrl: credentials are sent over https:// alone'], // prettier-ignore
    ...['https://10.0.0.1', 'https://[::1]', 'https://localhost', 'https://0x7f.1', 'https://169.254.169.254'].map(
      (at): [unknown, string] => [
        { A: { url: at } },
        'A.url: the address is in a private or special network: set "privateNetworks": true if that is meant',
      ],
    ),
    [
      { A: {}, B: { url, privateNetworks: 1 } },
      ['A.url: expected a URL that begins with http:// or https://', 'B.privateNetworks: expected true or false'],
    ],
  ])('what is wrong with %j', (content, problems) => {
    expect(problemsOf(content)).toEqual([problems].flat());
    expect(problemsOf(content).join()).not.toContain('hush');
  });

  it.each([
    { A: { url: 'http://127.0.0.1:8090/orders', auth: bearer, privateNetworks: true } },
    { A: { url: 'http://[::1]/', auth: { ...oauth, tokenUrl: 'http://localhost/token' }, privateNetworks: true } },
    { A: { url: 'http://orders.example.com/' } },
    {},
  ])('nothing of %j', (content) => expect(problemsOf(content)).toEqual([]));
});

it('takes the example of docs/partners.md', () => {
  const [, example] = /```json\n(.*?)```/s.exec(readFileSync('docs/partners.md', 'utf8'))!;
  expect([...parse(example!).keys()]).toEqual(['PARTNER-1', 'PARTNER-2', '*']);
});

describe('before anything is submitted', () => {
  it('a good file is taken, though what it names is not there yet', async () => {
    const { put } = aFolder();
    await checkPartnersFile(put('partners.json', JSON.stringify({ A: { url, auth: bearer } })));
  });

  it('all mistakes are told, a line each', async () => {
    const file = aFolder().put('partners.json', JSON.stringify({ A: {}, B: { url, x: 1 } }));
    await expect(checkPartnersFile(file)).rejects.toMatchObject({
      code: 'BAD_PARTNERS_FILE',
      exitCode: 2,
      message: `ORDERFLOW_PARTNERS_FILE ${file}:\nA.url: expected a URL that begins with http:// or https://\nB: there is no x here`,
    });
  });

  it.each<[string, (folder: ReturnType<typeof aFolder>) => string, string]>([
    ['missing', ({ at }) => at('none.json'), 'is missing'],
    ['a folder', ({ folder }) => folder, 'is no file'],
    ['too large', ({ put }) => put('l', ' '.repeat(limits.partnerFileBytes + 1)), 'is larger than 1048576 bytes'],
  ])('a file that is %s is told', async (_what, make, problem) => {
    const file = make(aFolder());
    await expect(checkPartnersFile(file)).rejects.toMatchObject({
      code: 'BAD_PARTNERS_FILE',
      message: `ORDERFLOW_PARTNERS_FILE ${file} ${problem}`,
    });
  });
});
