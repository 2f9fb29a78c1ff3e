/** The numbers of an Order's fields, as in proto/orders.proto; a test compares them. */
export const fieldNumbers = {
  messageId: 1,
  orderId: 2,
  orderType: 3,
  customerId: 4,
  ipAddress: 5,
  fromLocationId: 6,
  toLocationId: 7,
  createdAt: 8,
  promisedBy: 9,
  currency: 10,
  lines: 11,
  paymentMethod: 12,
  customerKeyId: 13,
  sealedCustomerId: 14,
  sealedIpAddress: 15,
  sealedPaymentMethod: 16,
} as const;
