/** The personal data of a batch's orders, opened where they are sealed. */
import type { PersonalField } from '../../personal-data/sealing.js';
import type { Opened, Vault } from '../../personal-data/vault.js';
import type { Order } from '../../proto/messages.js';
import { asideLine, type Proposal } from './record-lines.js';
import { ask } from './transient-error.js';

/** What nobody can open. */
export type Unreadable = Opened & { readonly kind: 'UNREADABLE' };

/** How the validator takes orders (ORDERFLOW_PERSONAL_DATA): see docs/personal-data.md. */
export type PersonalDataMode = 'plain' | 'sealed' | 'sealed-only';

/** One question at most, for those that are sealed. Rejects as `ask` does. */
export const openAll = (
  vault: Pick<Vault, 'open'>,
  items: readonly { readonly order: Order }[],
  fields: readonly PersonalField[],
) =>
  ask(
    vault.open(
      items.map(({ order }) => order),
      fields,
    ),
  );

/** The line that sets an order aside whose personal data nobody can read. */
export const unreadableLine = ({ why }: Unreadable): Proposal => asideLine({ reason: 'INVALID_ORDER', error: why });
