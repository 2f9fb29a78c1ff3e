/** What becomes of who ordered, and what keeps the customers' keys. */
import { z } from 'zod';
import { oneOf, setting, url } from './forms.js';

export const personalDataSettings = {
  ORDERFLOW_PERSONAL_DATA: setting(
    oneOf(['plain', 'sealed', 'sealed-only']),
    '',
    'customer, address and payment method of an order: `plain` as they come, `sealed`, or `sealed-only`, which sets plain ones aside (default: plain, or sealed where secured)',
  ),
  ORDERFLOW_KMS: setting(
    z.enum(['file', 'aws-kms']),
    'file',
    "what wraps the customers' keys: a key `file`, or `aws-kms` and what speaks its protocol",
  ),
  ORDERFLOW_KMS_KEY_FILE: setting(
    z.string(),
    '',
    'the key file of `file` (default: secrets/kms.json in ORDERFLOW_HOME)',
  ),
  ORDERFLOW_KMS_KEY_ID: setting(z.string(), '', 'the key of `aws-kms` that wraps: its ARN, or an id or alias'),
  ORDERFLOW_KMS_ENDPOINT: setting(url, '', "where `aws-kms` is (default: AWS's own of the key's region)"),
} as const;
