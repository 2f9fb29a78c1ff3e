import { describe, expect, it } from 'vitest';
import { type Config, loadConfig } from '../../config.js';
import { settings } from '../../settings.js';
import { portSettings, serviceNames } from '../../local/service.js';
import { localServices, services } from '../../local/services.js';

describe('the table of services', () => {
  it('has one row for each name, in the order of the names', () => {
    expect(services.map((service) => service.name)).toEqual(serviceNames);
  });

  it('gives every port of the configuration to exactly one service', () => {
    expect(services.flatMap(({ ports, securedPorts = [] }) => [...ports, ...securedPorts]).sort()).toEqual(
      Object.keys(loadConfig({}).ports).sort(),
    );
  });

  it('names for each port the setting that moves it', () => {
    for (const [port, setting] of Object.entries(portSettings) as [keyof Config['ports'], keyof typeof settings][]) {
      expect(loadConfig({ [setting]: '12345' }).ports).toEqual({ ...loadConfig({}).ports, [port]: 12345 });
    }
  });

  it('has default ports that differ from each other', () => {
    const ports = Object.values(loadConfig({}).ports);
    expect(new Set(ports).size).toBe(ports.length);
  });

  it('leaves out what an address puts elsewhere', () => {
    const config = loadConfig({
      ORDERFLOW_KAFKA: 'broker:9092',
      ORDERFLOW_FLINK_URL: 'http://flink:8081',
      ORDERFLOW_DRUID_URL: 'http://router:8888',
    });
    expect(localServices(config).map((service) => service.name)).toEqual([
      'postgres',
      'job-server',
      'worker-pool',
      'partner',
      'spark-master',
      'spark-worker',
      'spark-job-server',
      'supervisor',
    ]);
  });
});
