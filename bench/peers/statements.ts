/** The statements by which the stages talk to PostgreSQL, for peers in other languages: there is one text of each, that of metastore/. */
import { claimDeliveries, claimForAggregation } from '../../metastore/claims.js';
import type { RunStatement } from '../../metastore/connection.js';
import { lookupForEnrichment, lookupRoutes } from '../../metastore/lookups.js';
import type { StatusChange } from '../../metastore/metastore.js';
import { recordStatuses } from '../../metastore/status-history.js';
import { lookupForValidation } from '../../metastore/validation.js';

/** What a call sends: it is answered with no rows. */
async function textOf(call: (run: RunStatement) => Promise<unknown>): Promise<string> {
  const texts: string[] = [];
  await call(async (text) => {
    texts.push(text);
    return [];
  });
  return texts.join();
}

const position = { topic: 'raw_order', partition: 0, offset: 0 };
const order = { ...position, orderId: 'o', messageId: 'm', createdAt: 0 };
const places = { fromLocationId: 'f', toLocationId: 't', ipAddress: '127.0.0.1' };
const line: StatusChange = { ...order, status: 'VALIDATED', detail: '', recordedBy: 'validator' };

/** The texts, by what they do; their parameters and rows are those of the functions of metastore/ that are called here. */
export async function statementTexts() {
  const lookup = { ...order, ...places, content: new Uint8Array(16), customerId: 'c' };
  return {
    validate: await textOf((run) => lookupForValidation(run, [lookup])),
    enrich: await textOf((run) => lookupForEnrichment(run, [places])),
    route: await textOf((run) => lookupRoutes(run, [{ orderType: 'STANDARD', destination: 'd' }])),
    'claim deliveries': await textOf((run) => claimDeliveries(run, [order])),
    'claim aggregations': await textOf((run) => claimForAggregation(run, [{ ...order, isTooLate: false }])),
    // Lines of a stage that neither accepts nor delivers, a batch with an acceptance, and the external-processor's.
    record: await textOf((run) => recordStatuses(run, [line])),
    accept: await textOf((run) => recordStatuses(run, [{ ...line, otherwise: { status: 'REJECTED', detail: '' } }])),
    deliver: await textOf((run) =>
      recordStatuses(run, [{ ...line, status: 'DELIVERED', recordedBy: 'external-processor' }]),
    ),
  };
}
