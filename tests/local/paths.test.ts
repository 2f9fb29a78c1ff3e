import { describe, expect, it } from 'vitest';
import { loadConfig } from '../../config.js';
import { checkPaths, fileUrl, programEnvironment, propertiesText } from '../../local/paths.js';

describe('folders that cannot be given to programs of Java', () => {
  it.each([
    ['a:b', 'a ":", which parts the folders of a class path'],
    ['a,b', 'a ",", which parts the folders of Kafka and Flink'],
    ['a\\b', 'a "\\", which is a "/" to Flink'],
    ['a${b}', 'a "${", which begins a variable of Maven and Druid'],
    ['a\nb', 'a control character, which ends a line of a configuration'],
  ])('are refused: %j', (name, what) => {
    const refused = (settings: Record<string, string>) => () => checkPaths(loadConfig(settings));
    const sentence = `is ${JSON.stringify(`/x/${name}`)} and has ${what}: choose a folder without, all other characters will do`;
    expect(refused({ ORDERFLOW_HOME: `/x/${name}`, ORDERFLOW_JARS: '/jars' })).toThrow(`ORDERFLOW_HOME ${sentence}`);
    expect(refused({ ORDERFLOW_JARS: `/x/${name}` })).toThrow(`ORDERFLOW_JARS ${sentence}`);
  });

  it('are no others', () => {
    const others = String.raw`/a #1 %41'"ü$=&;!?*[]{}()<>|~^@+` + '`日本';
    expect(() => checkPaths({ home: others, jars: others })).not.toThrow();
  });
});

it('names a file in a URL with escapes, without a comma', () => {
  expect(fileUrl(`/a #1 %41'"ü,x`)).toBe("file:///a%20%231%20%2541'%22%C3%BC%2Cx");
});

it('writes properties as Java reads them: Latin-1, with backslashes as escapes', () => {
  const properties = { plain: 'a=b c', blank: ' a', number: 1, no: false, others: 'ü\\日\n' };
  expect(propertiesText(properties)).toBe(
    ['plain=a=b c', 'blank=\\ a', 'number=1', 'no=false', 'others=\\u00fc\\\\\\u65e5\\u000a', ''].join('\n'),
  );
});

it('gives programs English words and UTF-8 for file names, whatever the user speaks', () => {
  const { environment } = loadConfig({ LANG: 'tr_TR.UTF-8', LC_ALL: 'tr_TR.UTF-8', LANGUAGE: 'tr', HOME: '/home' });
  expect(programEnvironment({ environment })).toMatchObject({ LC_ALL: 'C.UTF-8', LANGUAGE: undefined, HOME: '/home' });
});
