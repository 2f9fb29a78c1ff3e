/**
 * Denials in the log of Kafka's authorizer, as Kafka's own log4j.properties has it written: `[time] LEVEL message (logger)`.
 * Sources: StandardAuthorizerData.buildAuditMessage and Selector of Kafka 3.9.
 */
import type { Denial } from './denial.js';

const line = /^\[(\d{4}-\d\d-\d\d) (\d\d:\d\d:\d\d),(\d{3})\] [A-Z]+ (.*) \((kafka\.authorizer\.logger|org\.apache\.kafka\.common\.network\.Selector)\)$/s; // prettier-ignore
const denied =
  /^Principal = (.*?) is Denied operation = (\w+) from host = (\S*) on resource = (\w+):(\w+):(.*) for request = (\w+) with resourceRefCount = \d+ based on rule (.*)$/s;
const failedLogin = /^(?:\[.*?\] )?Failed authentication with \S*?\/(\S+) \(channelId=\S*\) \((.*)\)$/s;

/** Begins as the authorizer's lines do, and is none: a name with a line break in it has taken it apart, and may have forged the next. */
const takenApart = /^\[\d{4}-\d\d-\d\d \d\d:\d\d:\d\d,\d{3}\] [A-Z]+ Principal = (.*?) is Denied operation = (\w+)/;

/** The denial that a line of the log tells of; null for any other line. Times are those of this machine's zone. */
export function kafkaDenial(text: string): Denial | null {
  const [, date, time, millis, message, logger] = line.exec(text) ?? [];
  if (message === undefined) return tornLine(text);
  const at = Date.parse(`${date}T${time}.${millis}`);
  if (logger !== 'kafka.authorizer.logger') return loginOf(message, at);
  const [, principal, operation, host, type, pattern, name, request, rule] = denied.exec(message) ?? [];
  if (principal === undefined) return null;
  const resource = pattern === 'LITERAL' ? `${type} ${name}` : `${type} ${pattern} ${name}`;
  return {
    source: 'kafka',
    action: 'access',
    principal,
    host: host!,
    subject: resource[0]!.toLowerCase() + resource.slice(1),
    details: { operation: operation!, request: request!, rule: rule! },
    at,
  };
}

function loginOf(message: string, at: number): Denial | null {
  const [, host, reason] = failedLogin.exec(message) ?? [];
  if (host === undefined) return null;
  return { source: 'kafka', action: 'login', principal: '', host, subject: '', details: { reason: reason! }, at };
}

function tornLine(text: string): Denial | null {
  const [, principal, operation] = takenApart.exec(text) ?? [];
  if (principal === undefined) return null;
  const details = { operation: operation!, problem: 'the line is torn: a name has a line break in it, and the lines after this one may be forged' }; // prettier-ignore
  return { source: 'kafka', action: 'access', principal, host: '', subject: '', details, at: Date.parse(text.slice(1, 20).replace(' ', 'T')) }; // prettier-ignore
}
