/** Where the processes of a local stack listen, from Linux' /proc (proc_pid_net(5)). */
import { readFileSync, readdirSync, readlinkSync } from 'node:fs';
import type { Config } from '../config.js';
import { runningProcess } from '../local/pid-file.js';
import { familyOf, listProcesses } from '../local/processes.js';
import { serviceNames } from '../local/service.js';

/** 127.0.0.1, ::1 and ::ffff:127.0.0.1, as the kernel writes them: words of 32 bits, the low byte first. */
const loopback = ['0100007F', '00000000000000000000000001000000', '0000000000000000FFFF00000100007F'];
const listening = '0A';

export interface Listener {
  readonly service: string;
  readonly port: number;
  /** An address to reach it by: of IPv4, or of IPv6 where it listens there alone. */
  readonly host: string;
  readonly isLoopback: boolean;
}

/** The sockets of all processes of the machine that listen, by their inode. */
function listeningSockets(): Map<string, Omit<Listener, 'service'>> {
  const lines = ['tcp', 'tcp6'].flatMap((file) => readFileSync(`/proc/net/${file}`, 'utf8').split('\n').slice(1));
  const sockets = lines.map((line) => line.trim().split(/\s+/)).filter((fields) => fields[3] === listening);
  return new Map(
    sockets.map((fields) => {
      const [address, port] = fields[1]!.split(':');
      const host = address === loopback[1] ? '::1' : '127.0.0.1';
      return [fields[9]!, { port: Number.parseInt(port!, 16), host, isLoopback: loopback.includes(address!) }];
    }),
  );
}

/** The inodes of a process's sockets; none of one that has ended. */
function socketsOf(pid: number): string[] {
  try {
    return readdirSync(`/proc/${pid}/fd`).flatMap((fd) => {
      try {
        return /^socket:\[(\d+)\]$/.exec(readlinkSync(`/proc/${pid}/fd/${fd}`))?.[1] ?? [];
      } catch {
        return [];
      }
    });
  } catch {
    return [];
  }
}

/** Each port that a service of the stack listens on, with its workers and other children. */
export function listenersOf(config: Config): Listener[] {
  const sockets = listeningSockets();
  const processes = listProcesses();
  return serviceNames.flatMap((service) => {
    const leader = runningProcess(config, service);
    const pids = leader ? familyOf(leader.pid, processes).map(({ pid }) => pid) : [];
    const own = [...new Set(pids.flatMap(socketsOf))].flatMap((inode) => sockets.get(inode) ?? []);
    return own.map((socket) => ({ service, ...socket }));
  });
}
