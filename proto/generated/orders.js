// Generated from proto/orders.proto by proto/generate.mjs (`npm run generate`). Do not edit.
/*eslint-disable block-scoped-var, id-length, no-control-regex, no-magic-numbers, no-mixed-operators, no-prototype-builtins, no-redeclare, no-shadow, no-var, sort-vars, default-case, jsdoc/require-param*/
import $protobuf from 'protobufjs/minimal.js';

// Common aliases
const $Reader = $protobuf.Reader,
  $Writer = $protobuf.Writer,
  $util = $protobuf.util;
const $Object = $util.global.Object,
  $undefined = $util.global.undefined,
  $Error = $util.global.Error,
  $RangeError = $util.global.RangeError,
  $TypeError = $util.global.TypeError,
  $String = $util.global.String,
  $Number = $util.global.Number,
  $parseInt = $util.global.parseInt,
  $BigInt = $util.global.BigInt,
  $Array = $util.global.Array;

// Exported root namespace
const $root = $protobuf.roots['default'] || ($protobuf.roots['default'] = {});

export const orderflow = ($root.orderflow = (() => {
  /**
   * Namespace orderflow.
   * @exports orderflow
   * @namespace
   */
  const orderflow = {};

  orderflow.v1 = (function () {
    /**
     * Namespace v1.
     * @memberof orderflow
     * @namespace
     */
    const v1 = {};

    /**
     * OrderType enum.
     * @name orderflow.v1.OrderType
     * @enum {number}
     * @property {number} ORDER_TYPE_UNSPECIFIED=0 ORDER_TYPE_UNSPECIFIED value
     * @property {number} STANDARD=1 STANDARD value
     * @property {number} EXPRESS=2 EXPRESS value
     * @property {number} CLICK_AND_COLLECT=3 CLICK_AND_COLLECT value
     * @property {number} WHOLESALE=4 WHOLESALE value
     */
    v1.OrderType = (function () {
      const valuesById = $Object.create(null),
        values = $Object.create(valuesById);
      values[(valuesById[0] = 'ORDER_TYPE_UNSPECIFIED')] = 0;
      values[(valuesById[1] = 'STANDARD')] = 1;
      values[(valuesById[2] = 'EXPRESS')] = 2;
      values[(valuesById[3] = 'CLICK_AND_COLLECT')] = 3;
      values[(valuesById[4] = 'WHOLESALE')] = 4;
      return values;
    })();

    /**
     * PaymentMethod enum.
     * @name orderflow.v1.PaymentMethod
     * @enum {number}
     * @property {number} PAYMENT_METHOD_UNSPECIFIED=0 PAYMENT_METHOD_UNSPECIFIED value
     * @property {number} CARD=1 CARD value
     * @property {number} INVOICE=2 INVOICE value
     * @property {number} WALLET=3 WALLET value
     * @property {number} CASH_ON_DELIVERY=4 CASH_ON_DELIVERY value
     */
    v1.PaymentMethod = (function () {
      const valuesById = $Object.create(null),
        values = $Object.create(valuesById);
      values[(valuesById[0] = 'PAYMENT_METHOD_UNSPECIFIED')] = 0;
      values[(valuesById[1] = 'CARD')] = 1;
      values[(valuesById[2] = 'INVOICE')] = 2;
      values[(valuesById[3] = 'WALLET')] = 3;
      values[(valuesById[4] = 'CASH_ON_DELIVERY')] = 4;
      return values;
    })();

    v1.OrderLine = (function () {
      /**
       * Properties of an OrderLine.
       * @typedef {Object} orderflow.v1.OrderLine.$Properties
       * @property {string|null} [sku] OrderLine sku
       * @property {number|null} [quantity] OrderLine quantity
       * @property {number|null} [unitPrice] OrderLine unitPrice
       * @property {Array.<Uint8Array>} [$unknowns] Unknown fields preserved while decoding when enabled
       */

      /**
       * Properties of an OrderLine.
       * @memberof orderflow.v1
       * @interface IOrderLine
       * @augments orderflow.v1.OrderLine.$Properties
       * @deprecated Use orderflow.v1.OrderLine.$Properties instead.
       */

      /**
       * Shape of an OrderLine.
       * @typedef {orderflow.v1.OrderLine.$Properties} orderflow.v1.OrderLine.$Shape
       */

      /**
       * Constructs a new OrderLine.
       * @memberof orderflow.v1
       * @classdesc Represents an OrderLine.
       * @constructor
       * @param {orderflow.v1.OrderLine.$Properties=} [properties] Properties to set
       * @property {Array.<Uint8Array>} [$unknowns] Unknown fields preserved while decoding when enabled
       */
      const OrderLine = function (properties) {
        if (properties)
          for (let keys = $Object.keys(properties), i = 0; i < keys.length; ++i)
            if (properties[keys[i]] != null && keys[i] !== '__proto__') this[keys[i]] = properties[keys[i]];
      };

      /**
       * OrderLine sku.
       * @member {string} sku
       * @memberof orderflow.v1.OrderLine
       * @instance
       */
      OrderLine.prototype.sku = '';

      /**
       * OrderLine quantity.
       * @member {number} quantity
       * @memberof orderflow.v1.OrderLine
       * @instance
       */
      OrderLine.prototype.quantity = 0;

      /**
       * OrderLine unitPrice.
       * @member {number} unitPrice
       * @memberof orderflow.v1.OrderLine
       * @instance
       */
      OrderLine.prototype.unitPrice = $util.Long ? $util.Long.fromBits(0, 0, false) : 0;

      /**
       * Creates a new OrderLine instance using the specified properties.
       * @function create
       * @memberof orderflow.v1.OrderLine
       * @static
       * @param {orderflow.v1.OrderLine.$Properties=} [properties] Properties to set
       * @returns {orderflow.v1.OrderLine} OrderLine instance
       * @type {{
       *   (properties: orderflow.v1.OrderLine.$Shape): orderflow.v1.OrderLine & orderflow.v1.OrderLine.$Shape;
       *   (properties?: orderflow.v1.OrderLine.$Properties): orderflow.v1.OrderLine;
       * }}
       */
      OrderLine.create = function (properties) {
        return new OrderLine(properties);
      };

      /**
       * Encodes the specified OrderLine message. Does not implicitly {@link orderflow.v1.OrderLine.verify|verify} messages.
       * @function encode
       * @memberof orderflow.v1.OrderLine
       * @static
       * @param {orderflow.v1.OrderLine.$Properties} message OrderLine message or plain object to encode
       * @param {$protobuf.Writer} [writer] Writer to encode to
       * @returns {$protobuf.Writer} Writer
       */
      OrderLine.encode = function (message, writer, _depth) {
        if (!writer) writer = $Writer.create();
        if (_depth === $undefined) _depth = 0;
        if (_depth > $util.recursionLimit) throw $Error('max depth exceeded');
        if (message.sku != null && $Object.hasOwnProperty.call(message, 'sku') && message.sku !== '')
          writer.uint32(/* id 1, wireType 2 =*/ 10).string(message.sku);
        if (message.quantity != null && $Object.hasOwnProperty.call(message, 'quantity') && message.quantity !== 0)
          writer.uint32(/* id 2, wireType 0 =*/ 16).uint32(message.quantity);
        if (
          message.unitPrice != null &&
          $Object.hasOwnProperty.call(message, 'unitPrice') &&
          (typeof message.unitPrice === 'object'
            ? message.unitPrice.low || message.unitPrice.high
            : message.unitPrice !== 0)
        )
          writer.uint32(/* id 3, wireType 0 =*/ 24).int64(message.unitPrice);
        if (message.$unknowns != null && $Object.hasOwnProperty.call(message, '$unknowns'))
          for (let i = 0; i < message.$unknowns.length; ++i) writer.raw(message.$unknowns[i]);
        return writer;
      };

      /**
       * Decodes an OrderLine message from the specified reader or buffer.
       * @function decode
       * @memberof orderflow.v1.OrderLine
       * @static
       * @param {$protobuf.Reader|Uint8Array} reader Reader or buffer to decode from
       * @param {number} [length] Message length if known beforehand
       * @returns {orderflow.v1.OrderLine & orderflow.v1.OrderLine.$Shape} OrderLine
       * @throws {Error} If the payload is not a reader or valid buffer
       * @throws {$protobuf.util.ProtocolError} If required fields are missing
       */
      OrderLine.decode = function (reader, length, _end, _depth, _target) {
        if (!(reader instanceof $Reader)) reader = $Reader.create(reader);
        if (_depth === $undefined) _depth = 0;
        if (_depth > $Reader.recursionLimit) throw $Error('max depth exceeded');
        let end, message, value;
        if (length === $undefined) end = reader.len;
        else {
          end = reader.pos + length;
          if (end > reader.len) throw $RangeError('index out of range');
          length = reader.len;
          reader.len = end;
        }
        message = _target || new $root.orderflow.v1.OrderLine();
        while (reader.pos < end) {
          let start = reader.pos;
          let tag = reader.tag();
          if (tag === _end) {
            _end = $undefined;
            break;
          }
          let wireType = tag & 7;
          switch ((tag >>>= 3)) {
            case 1: {
              if (wireType !== 2) break;
              if ((value = reader.stringVerify()).length) message.sku = value;
              else delete message.sku;
              continue;
            }
            case 2: {
              if (wireType !== 0) break;
              if ((value = reader.uint32())) message.quantity = value;
              else delete message.quantity;
              continue;
            }
            case 3: {
              if (wireType !== 0) break;
              if (typeof (value = reader.int64()) === 'object' ? value.low || value.high : value !== 0)
                message.unitPrice = value;
              else delete message.unitPrice;
              continue;
            }
          }
          reader.skipType(wireType, _depth, tag);
          if (!reader.discardUnknown) {
            $util.makeProp(message, '$unknowns', false);
            (message.$unknowns || (message.$unknowns = [])).push(reader.raw(start, reader.pos));
          }
        }
        if (length !== $undefined) {
          if (reader.pos !== end) throw $RangeError('index out of range');
          reader.len = length;
        }
        if (_end !== $undefined) throw $Error('missing end group');
        return message;
      };

      /**
       * Creates an OrderLine message from a plain object. Also converts values to their respective internal types.
       * @function fromObject
       * @memberof orderflow.v1.OrderLine
       * @static
       * @param {Object.<string,*>} object Plain object
       * @returns {orderflow.v1.OrderLine} OrderLine
       */
      OrderLine.fromObject = function (object, _depth) {
        if (object instanceof $root.orderflow.v1.OrderLine) return object;
        if (!$util.isObject(object)) throw $TypeError('.orderflow.v1.OrderLine: object expected');
        if (_depth === $undefined) _depth = 0;
        if (_depth > $util.recursionLimit) throw $Error('max depth exceeded');
        let message = new $root.orderflow.v1.OrderLine();
        if (object.sku != null)
          if (typeof object.sku !== 'string' || object.sku.length) message.sku = $String(object.sku);
        if (object.quantity != null) if ($Number(object.quantity) !== 0) message.quantity = object.quantity >>> 0;
        if (object.unitPrice != null)
          if (
            typeof object.unitPrice === 'object'
              ? object.unitPrice.low || object.unitPrice.high
              : $Number(object.unitPrice) !== 0
          )
            if ($util.Long) message.unitPrice = $util.Long.fromValue(object.unitPrice, false);
            else if (typeof object.unitPrice === 'string') message.unitPrice = $parseInt(object.unitPrice, 10);
            else if (typeof object.unitPrice === 'number') message.unitPrice = object.unitPrice;
            else if (typeof object.unitPrice === 'object')
              message.unitPrice = new $util.LongBits(
                object.unitPrice.low >>> 0,
                object.unitPrice.high >>> 0,
              ).toNumber();
        return message;
      };

      /**
       * Creates a plain object from an OrderLine message. Also converts values to other types if specified.
       * @function toObject
       * @memberof orderflow.v1.OrderLine
       * @static
       * @param {orderflow.v1.OrderLine} message OrderLine
       * @param {$protobuf.IConversionOptions} [options] Conversion options
       * @returns {Object.<string,*>} Plain object
       */
      OrderLine.toObject = function (message, options, _depth) {
        if (!options) options = {};
        if (_depth === $undefined) _depth = 0;
        if (_depth > $util.recursionLimit) throw $Error('max depth exceeded');
        let object = {};
        if (options.defaults) {
          object.sku = '';
          object.quantity = 0;
          if ($util.Long) {
            let long = new $util.Long(0, 0, false);
            object.unitPrice =
              options.longs === $String
                ? long.toString()
                : options.longs === $Number
                  ? long.toNumber()
                  : typeof $BigInt !== 'undefined' && options.longs === $BigInt
                    ? long.toBigInt()
                    : long;
          } else
            object.unitPrice =
              options.longs === $String
                ? '0'
                : typeof $BigInt !== 'undefined' && options.longs === $BigInt
                  ? $BigInt('0')
                  : 0;
        }
        if (message.sku != null && $Object.hasOwnProperty.call(message, 'sku')) object.sku = message.sku;
        if (message.quantity != null && $Object.hasOwnProperty.call(message, 'quantity'))
          object.quantity = message.quantity;
        if (message.unitPrice != null && $Object.hasOwnProperty.call(message, 'unitPrice'))
          if (typeof $BigInt !== 'undefined' && options.longs === $BigInt)
            object.unitPrice =
              typeof message.unitPrice === 'number'
                ? $BigInt(message.unitPrice)
                : $util.Long.fromBits(message.unitPrice.low >>> 0, message.unitPrice.high >>> 0, false).toBigInt();
          else if (typeof message.unitPrice === 'number')
            object.unitPrice = options.longs === $String ? $String(message.unitPrice) : message.unitPrice;
          else
            object.unitPrice =
              options.longs === $String
                ? $util.Long.prototype.toString.call(message.unitPrice)
                : options.longs === $Number
                  ? new $util.LongBits(message.unitPrice.low >>> 0, message.unitPrice.high >>> 0).toNumber()
                  : message.unitPrice;
        return object;
      };

      /**
       * Converts this OrderLine to JSON.
       * @function toJSON
       * @memberof orderflow.v1.OrderLine
       * @instance
       * @returns {Object.<string,*>} JSON object
       */
      OrderLine.prototype.toJSON = function () {
        return OrderLine.toObject(this, $protobuf.util.toJSONOptions);
      };

      /**
       * Gets the type url for OrderLine
       * @function getTypeUrl
       * @memberof orderflow.v1.OrderLine
       * @static
       * @param {string} [prefix] Custom type url prefix, defaults to `"type.googleapis.com"`
       * @returns {string} The type url
       */
      OrderLine.getTypeUrl = function (prefix) {
        if (prefix === $undefined) prefix = 'type.googleapis.com';
        return prefix + '/orderflow.v1.OrderLine';
      };

      return OrderLine;
    })();

    v1.Order = (function () {
      /**
       * Properties of an Order.
       * @typedef {Object} orderflow.v1.Order.$Properties
       * @property {string|null} [messageId] Order messageId
       * @property {string|null} [orderId] Order orderId
       * @property {orderflow.v1.OrderType|null} [orderType] Order orderType
       * @property {string|null} [customerId] Order customerId
       * @property {string|null} [ipAddress] Order ipAddress
       * @property {string|null} [fromLocationId] Order fromLocationId
       * @property {string|null} [toLocationId] Order toLocationId
       * @property {google.protobuf.Timestamp.$Properties|null} [createdAt] Order createdAt
       * @property {google.protobuf.Timestamp.$Properties|null} [promisedBy] Order promisedBy
       * @property {string|null} [currency] Order currency
       * @property {Array.<orderflow.v1.OrderLine.$Properties>|null} [lines] Order lines
       * @property {orderflow.v1.PaymentMethod|null} [paymentMethod] Order paymentMethod
       * @property {string|null} [customerKeyId] Order customerKeyId
       * @property {Uint8Array|null} [sealedCustomerId] Order sealedCustomerId
       * @property {Uint8Array|null} [sealedIpAddress] Order sealedIpAddress
       * @property {Uint8Array|null} [sealedPaymentMethod] Order sealedPaymentMethod
       * @property {Array.<Uint8Array>} [$unknowns] Unknown fields preserved while decoding when enabled
       */

      /**
       * Properties of an Order.
       * @memberof orderflow.v1
       * @interface IOrder
       * @augments orderflow.v1.Order.$Properties
       * @deprecated Use orderflow.v1.Order.$Properties instead.
       */

      /**
       * Shape of an Order.
       * @typedef {orderflow.v1.Order.$Properties} orderflow.v1.Order.$Shape
       */

      /**
       * Constructs a new Order.
       * @memberof orderflow.v1
       * @classdesc Represents an Order.
       * @constructor
       * @param {orderflow.v1.Order.$Properties=} [properties] Properties to set
       * @property {Array.<Uint8Array>} [$unknowns] Unknown fields preserved while decoding when enabled
       */
      const Order = function (properties) {
        this.lines = [];
        if (properties)
          for (let keys = $Object.keys(properties), i = 0; i < keys.length; ++i)
            if (properties[keys[i]] != null && keys[i] !== '__proto__') this[keys[i]] = properties[keys[i]];
      };

      /**
       * Order messageId.
       * @member {string} messageId
       * @memberof orderflow.v1.Order
       * @instance
       */
      Order.prototype.messageId = '';

      /**
       * Order orderId.
       * @member {string} orderId
       * @memberof orderflow.v1.Order
       * @instance
       */
      Order.prototype.orderId = '';

      /**
       * Order orderType.
       * @member {orderflow.v1.OrderType} orderType
       * @memberof orderflow.v1.Order
       * @instance
       */
      Order.prototype.orderType = 0;

      /**
       * Order customerId.
       * @member {string} customerId
       * @memberof orderflow.v1.Order
       * @instance
       */
      Order.prototype.customerId = '';

      /**
       * Order ipAddress.
       * @member {string} ipAddress
       * @memberof orderflow.v1.Order
       * @instance
       */
      Order.prototype.ipAddress = '';

      /**
       * Order fromLocationId.
       * @member {string} fromLocationId
       * @memberof orderflow.v1.Order
       * @instance
       */
      Order.prototype.fromLocationId = '';

      /**
       * Order toLocationId.
       * @member {string} toLocationId
       * @memberof orderflow.v1.Order
       * @instance
       */
      Order.prototype.toLocationId = '';

      /**
       * Order createdAt.
       * @member {google.protobuf.Timestamp.$Properties|null|undefined} createdAt
       * @memberof orderflow.v1.Order
       * @instance
       */
      Order.prototype.createdAt = null;

      /**
       * Order promisedBy.
       * @member {google.protobuf.Timestamp.$Properties|null|undefined} promisedBy
       * @memberof orderflow.v1.Order
       * @instance
       */
      Order.prototype.promisedBy = null;

      /**
       * Order currency.
       * @member {string} currency
       * @memberof orderflow.v1.Order
       * @instance
       */
      Order.prototype.currency = '';

      /**
       * Order lines.
       * @member {Array.<orderflow.v1.OrderLine.$Properties>} lines
       * @memberof orderflow.v1.Order
       * @instance
       */
      Order.prototype.lines = $util.emptyArray;

      /**
       * Order paymentMethod.
       * @member {orderflow.v1.PaymentMethod} paymentMethod
       * @memberof orderflow.v1.Order
       * @instance
       */
      Order.prototype.paymentMethod = 0;

      /**
       * Order customerKeyId.
       * @member {string} customerKeyId
       * @memberof orderflow.v1.Order
       * @instance
       */
      Order.prototype.customerKeyId = '';

      /**
       * Order sealedCustomerId.
       * @member {Uint8Array} sealedCustomerId
       * @memberof orderflow.v1.Order
       * @instance
       */
      Order.prototype.sealedCustomerId = $util.newBuffer([]);

      /**
       * Order sealedIpAddress.
       * @member {Uint8Array} sealedIpAddress
       * @memberof orderflow.v1.Order
       * @instance
       */
      Order.prototype.sealedIpAddress = $util.newBuffer([]);

      /**
       * Order sealedPaymentMethod.
       * @member {Uint8Array} sealedPaymentMethod
       * @memberof orderflow.v1.Order
       * @instance
       */
      Order.prototype.sealedPaymentMethod = $util.newBuffer([]);

      /**
       * Creates a new Order instance using the specified properties.
       * @function create
       * @memberof orderflow.v1.Order
       * @static
       * @param {orderflow.v1.Order.$Properties=} [properties] Properties to set
       * @returns {orderflow.v1.Order} Order instance
       * @type {{
       *   (properties: orderflow.v1.Order.$Shape): orderflow.v1.Order & orderflow.v1.Order.$Shape;
       *   (properties?: orderflow.v1.Order.$Properties): orderflow.v1.Order;
       * }}
       */
      Order.create = function (properties) {
        return new Order(properties);
      };

      /**
       * Encodes the specified Order message. Does not implicitly {@link orderflow.v1.Order.verify|verify} messages.
       * @function encode
       * @memberof orderflow.v1.Order
       * @static
       * @param {orderflow.v1.Order.$Properties} message Order message or plain object to encode
       * @param {$protobuf.Writer} [writer] Writer to encode to
       * @returns {$protobuf.Writer} Writer
       */
      Order.encode = function (message, writer, _depth) {
        if (!writer) writer = $Writer.create();
        if (_depth === $undefined) _depth = 0;
        if (_depth > $util.recursionLimit) throw $Error('max depth exceeded');
        if (message.messageId != null && $Object.hasOwnProperty.call(message, 'messageId') && message.messageId !== '')
          writer.uint32(/* id 1, wireType 2 =*/ 10).string(message.messageId);
        if (message.orderId != null && $Object.hasOwnProperty.call(message, 'orderId') && message.orderId !== '')
          writer.uint32(/* id 2, wireType 2 =*/ 18).string(message.orderId);
        if (message.orderType != null && $Object.hasOwnProperty.call(message, 'orderType') && message.orderType !== 0)
          writer.uint32(/* id 3, wireType 0 =*/ 24).int32(message.orderType);
        if (
          message.customerId != null &&
          $Object.hasOwnProperty.call(message, 'customerId') &&
          message.customerId !== ''
        )
          writer.uint32(/* id 4, wireType 2 =*/ 34).string(message.customerId);
        if (message.ipAddress != null && $Object.hasOwnProperty.call(message, 'ipAddress') && message.ipAddress !== '')
          writer.uint32(/* id 5, wireType 2 =*/ 42).string(message.ipAddress);
        if (
          message.fromLocationId != null &&
          $Object.hasOwnProperty.call(message, 'fromLocationId') &&
          message.fromLocationId !== ''
        )
          writer.uint32(/* id 6, wireType 2 =*/ 50).string(message.fromLocationId);
        if (
          message.toLocationId != null &&
          $Object.hasOwnProperty.call(message, 'toLocationId') &&
          message.toLocationId !== ''
        )
          writer.uint32(/* id 7, wireType 2 =*/ 58).string(message.toLocationId);
        if (message.createdAt != null && $Object.hasOwnProperty.call(message, 'createdAt'))
          $root.google.protobuf.Timestamp.encode(
            message.createdAt,
            writer.uint32(/* id 8, wireType 2 =*/ 66).fork(),
            _depth + 1,
          ).ldelim();
        if (message.promisedBy != null && $Object.hasOwnProperty.call(message, 'promisedBy'))
          $root.google.protobuf.Timestamp.encode(
            message.promisedBy,
            writer.uint32(/* id 9, wireType 2 =*/ 74).fork(),
            _depth + 1,
          ).ldelim();
        if (message.currency != null && $Object.hasOwnProperty.call(message, 'currency') && message.currency !== '')
          writer.uint32(/* id 10, wireType 2 =*/ 82).string(message.currency);
        if (message.lines != null && message.lines.length)
          for (let i = 0; i < message.lines.length; ++i)
            $root.orderflow.v1.OrderLine.encode(
              message.lines[i],
              writer.uint32(/* id 11, wireType 2 =*/ 90).fork(),
              _depth + 1,
            ).ldelim();
        if (
          message.paymentMethod != null &&
          $Object.hasOwnProperty.call(message, 'paymentMethod') &&
          message.paymentMethod !== 0
        )
          writer.uint32(/* id 12, wireType 0 =*/ 96).int32(message.paymentMethod);
        if (
          message.customerKeyId != null &&
          $Object.hasOwnProperty.call(message, 'customerKeyId') &&
          message.customerKeyId !== ''
        )
          writer.uint32(/* id 13, wireType 2 =*/ 106).string(message.customerKeyId);
        if (
          message.sealedCustomerId != null &&
          $Object.hasOwnProperty.call(message, 'sealedCustomerId') &&
          message.sealedCustomerId.length
        )
          writer.uint32(/* id 14, wireType 2 =*/ 114).bytes(message.sealedCustomerId);
        if (
          message.sealedIpAddress != null &&
          $Object.hasOwnProperty.call(message, 'sealedIpAddress') &&
          message.sealedIpAddress.length
        )
          writer.uint32(/* id 15, wireType 2 =*/ 122).bytes(message.sealedIpAddress);
        if (
          message.sealedPaymentMethod != null &&
          $Object.hasOwnProperty.call(message, 'sealedPaymentMethod') &&
          message.sealedPaymentMethod.length
        )
          writer.uint32(/* id 16, wireType 2 =*/ 130).bytes(message.sealedPaymentMethod);
        if (message.$unknowns != null && $Object.hasOwnProperty.call(message, '$unknowns'))
          for (let i = 0; i < message.$unknowns.length; ++i) writer.raw(message.$unknowns[i]);
        return writer;
      };

      /**
       * Decodes an Order message from the specified reader or buffer.
       * @function decode
       * @memberof orderflow.v1.Order
       * @static
       * @param {$protobuf.Reader|Uint8Array} reader Reader or buffer to decode from
       * @param {number} [length] Message length if known beforehand
       * @returns {orderflow.v1.Order & orderflow.v1.Order.$Shape} Order
       * @throws {Error} If the payload is not a reader or valid buffer
       * @throws {$protobuf.util.ProtocolError} If required fields are missing
       */
      Order.decode = function (reader, length, _end, _depth, _target) {
        if (!(reader instanceof $Reader)) reader = $Reader.create(reader);
        if (_depth === $undefined) _depth = 0;
        if (_depth > $Reader.recursionLimit) throw $Error('max depth exceeded');
        let end, message, value;
        if (length === $undefined) end = reader.len;
        else {
          end = reader.pos + length;
          if (end > reader.len) throw $RangeError('index out of range');
          length = reader.len;
          reader.len = end;
        }
        message = _target || new $root.orderflow.v1.Order();
        while (reader.pos < end) {
          let start = reader.pos;
          let tag = reader.tag();
          if (tag === _end) {
            _end = $undefined;
            break;
          }
          let wireType = tag & 7;
          switch ((tag >>>= 3)) {
            case 1: {
              if (wireType !== 2) break;
              if ((value = reader.stringVerify()).length) message.messageId = value;
              else delete message.messageId;
              continue;
            }
            case 2: {
              if (wireType !== 2) break;
              if ((value = reader.stringVerify()).length) message.orderId = value;
              else delete message.orderId;
              continue;
            }
            case 3: {
              if (wireType !== 0) break;
              if ((value = reader.int32())) message.orderType = value;
              else delete message.orderType;
              continue;
            }
            case 4: {
              if (wireType !== 2) break;
              if ((value = reader.stringVerify()).length) message.customerId = value;
              else delete message.customerId;
              continue;
            }
            case 5: {
              if (wireType !== 2) break;
              if ((value = reader.stringVerify()).length) message.ipAddress = value;
              else delete message.ipAddress;
              continue;
            }
            case 6: {
              if (wireType !== 2) break;
              if ((value = reader.stringVerify()).length) message.fromLocationId = value;
              else delete message.fromLocationId;
              continue;
            }
            case 7: {
              if (wireType !== 2) break;
              if ((value = reader.stringVerify()).length) message.toLocationId = value;
              else delete message.toLocationId;
              continue;
            }
            case 8: {
              if (wireType !== 2) break;
              message.createdAt = $root.google.protobuf.Timestamp.decode(
                reader,
                reader.size(),
                $undefined,
                _depth + 1,
                message.createdAt,
              );
              continue;
            }
            case 9: {
              if (wireType !== 2) break;
              message.promisedBy = $root.google.protobuf.Timestamp.decode(
                reader,
                reader.size(),
                $undefined,
                _depth + 1,
                message.promisedBy,
              );
              continue;
            }
            case 10: {
              if (wireType !== 2) break;
              if ((value = reader.stringVerify()).length) message.currency = value;
              else delete message.currency;
              continue;
            }
            case 11: {
              if (wireType !== 2) break;
              if (!(message.lines && message.lines.length)) message.lines = [];
              message.lines.push($root.orderflow.v1.OrderLine.decode(reader, reader.size(), $undefined, _depth + 1));
              continue;
            }
            case 12: {
              if (wireType !== 0) break;
              if ((value = reader.int32())) message.paymentMethod = value;
              else delete message.paymentMethod;
              continue;
            }
            case 13: {
              if (wireType !== 2) break;
              if ((value = reader.stringVerify()).length) message.customerKeyId = value;
              else delete message.customerKeyId;
              continue;
            }
            case 14: {
              if (wireType !== 2) break;
              if ((value = reader.bytes()).length) message.sealedCustomerId = value;
              else delete message.sealedCustomerId;
              continue;
            }
            case 15: {
              if (wireType !== 2) break;
              if ((value = reader.bytes()).length) message.sealedIpAddress = value;
              else delete message.sealedIpAddress;
              continue;
            }
            case 16: {
              if (wireType !== 2) break;
              if ((value = reader.bytes()).length) message.sealedPaymentMethod = value;
              else delete message.sealedPaymentMethod;
              continue;
            }
          }
          reader.skipType(wireType, _depth, tag);
          if (!reader.discardUnknown) {
            $util.makeProp(message, '$unknowns', false);
            (message.$unknowns || (message.$unknowns = [])).push(reader.raw(start, reader.pos));
          }
        }
        if (length !== $undefined) {
          if (reader.pos !== end) throw $RangeError('index out of range');
          reader.len = length;
        }
        if (_end !== $undefined) throw $Error('missing end group');
        return message;
      };

      /**
       * Creates an Order message from a plain object. Also converts values to their respective internal types.
       * @function fromObject
       * @memberof orderflow.v1.Order
       * @static
       * @param {Object.<string,*>} object Plain object
       * @returns {orderflow.v1.Order} Order
       */
      Order.fromObject = function (object, _depth) {
        if (object instanceof $root.orderflow.v1.Order) return object;
        if (!$util.isObject(object)) throw $TypeError('.orderflow.v1.Order: object expected');
        if (_depth === $undefined) _depth = 0;
        if (_depth > $util.recursionLimit) throw $Error('max depth exceeded');
        let message = new $root.orderflow.v1.Order();
        if (object.messageId != null)
          if (typeof object.messageId !== 'string' || object.messageId.length)
            message.messageId = $String(object.messageId);
        if (object.orderId != null)
          if (typeof object.orderId !== 'string' || object.orderId.length) message.orderId = $String(object.orderId);
        if (
          object.orderType !== 0 &&
          (typeof object.orderType !== 'string' || $root.orderflow.v1.OrderType[object.orderType] !== 0)
        )
          switch (object.orderType) {
            case 'ORDER_TYPE_UNSPECIFIED':
            case 0:
              message.orderType = 0;
              break;
            case 'STANDARD':
            case 1:
              message.orderType = 1;
              break;
            case 'EXPRESS':
            case 2:
              message.orderType = 2;
              break;
            case 'CLICK_AND_COLLECT':
            case 3:
              message.orderType = 3;
              break;
            case 'WHOLESALE':
            case 4:
              message.orderType = 4;
              break;
            default:
              if (typeof object.orderType === 'number' && (object.orderType | 0) === object.orderType)
                message.orderType = object.orderType;
          }
        if (object.customerId != null)
          if (typeof object.customerId !== 'string' || object.customerId.length)
            message.customerId = $String(object.customerId);
        if (object.ipAddress != null)
          if (typeof object.ipAddress !== 'string' || object.ipAddress.length)
            message.ipAddress = $String(object.ipAddress);
        if (object.fromLocationId != null)
          if (typeof object.fromLocationId !== 'string' || object.fromLocationId.length)
            message.fromLocationId = $String(object.fromLocationId);
        if (object.toLocationId != null)
          if (typeof object.toLocationId !== 'string' || object.toLocationId.length)
            message.toLocationId = $String(object.toLocationId);
        if (object.createdAt != null) {
          if (!$util.isObject(object.createdAt)) throw $TypeError('.orderflow.v1.Order.createdAt: object expected');
          message.createdAt = $root.google.protobuf.Timestamp.fromObject(object.createdAt, _depth + 1);
        }
        if (object.promisedBy != null) {
          if (!$util.isObject(object.promisedBy)) throw $TypeError('.orderflow.v1.Order.promisedBy: object expected');
          message.promisedBy = $root.google.protobuf.Timestamp.fromObject(object.promisedBy, _depth + 1);
        }
        if (object.currency != null)
          if (typeof object.currency !== 'string' || object.currency.length)
            message.currency = $String(object.currency);
        if (object.lines) {
          if (!$Array.isArray(object.lines)) throw $TypeError('.orderflow.v1.Order.lines: array expected');
          message.lines = $Array(object.lines.length);
          for (let i = 0; i < object.lines.length; ++i) {
            if (!$util.isObject(object.lines[i])) throw $TypeError('.orderflow.v1.Order.lines: object expected');
            message.lines[i] = $root.orderflow.v1.OrderLine.fromObject(object.lines[i], _depth + 1);
          }
        }
        if (
          object.paymentMethod !== 0 &&
          (typeof object.paymentMethod !== 'string' || $root.orderflow.v1.PaymentMethod[object.paymentMethod] !== 0)
        )
          switch (object.paymentMethod) {
            case 'PAYMENT_METHOD_UNSPECIFIED':
            case 0:
              message.paymentMethod = 0;
              break;
            case 'CARD':
            case 1:
              message.paymentMethod = 1;
              break;
            case 'INVOICE':
            case 2:
              message.paymentMethod = 2;
              break;
            case 'WALLET':
            case 3:
              message.paymentMethod = 3;
              break;
            case 'CASH_ON_DELIVERY':
            case 4:
              message.paymentMethod = 4;
              break;
            default:
              if (typeof object.paymentMethod === 'number' && (object.paymentMethod | 0) === object.paymentMethod)
                message.paymentMethod = object.paymentMethod;
          }
        if (object.customerKeyId != null)
          if (typeof object.customerKeyId !== 'string' || object.customerKeyId.length)
            message.customerKeyId = $String(object.customerKeyId);
        if (object.sealedCustomerId != null)
          if (object.sealedCustomerId.length)
            if (typeof object.sealedCustomerId === 'string')
              $util.base64.decode(
                object.sealedCustomerId,
                (message.sealedCustomerId = $util.newBuffer($util.base64.length(object.sealedCustomerId))),
                0,
              );
            else if (object.sealedCustomerId.length >= 0) message.sealedCustomerId = object.sealedCustomerId;
        if (object.sealedIpAddress != null)
          if (object.sealedIpAddress.length)
            if (typeof object.sealedIpAddress === 'string')
              $util.base64.decode(
                object.sealedIpAddress,
                (message.sealedIpAddress = $util.newBuffer($util.base64.length(object.sealedIpAddress))),
                0,
              );
            else if (object.sealedIpAddress.length >= 0) message.sealedIpAddress = object.sealedIpAddress;
        if (object.sealedPaymentMethod != null)
          if (object.sealedPaymentMethod.length)
            if (typeof object.sealedPaymentMethod === 'string')
              $util.base64.decode(
                object.sealedPaymentMethod,
                (message.sealedPaymentMethod = $util.newBuffer($util.base64.length(object.sealedPaymentMethod))),
                0,
              );
            else if (object.sealedPaymentMethod.length >= 0) message.sealedPaymentMethod = object.sealedPaymentMethod;
        return message;
      };

      /**
       * Creates a plain object from an Order message. Also converts values to other types if specified.
       * @function toObject
       * @memberof orderflow.v1.Order
       * @static
       * @param {orderflow.v1.Order} message Order
       * @param {$protobuf.IConversionOptions} [options] Conversion options
       * @returns {Object.<string,*>} Plain object
       */
      Order.toObject = function (message, options, _depth) {
        if (!options) options = {};
        if (_depth === $undefined) _depth = 0;
        if (_depth > $util.recursionLimit) throw $Error('max depth exceeded');
        let object = {};
        if (options.arrays || options.defaults) object.lines = [];
        if (options.defaults) {
          object.messageId = '';
          object.orderId = '';
          object.orderType = options.enums === $String ? 'ORDER_TYPE_UNSPECIFIED' : 0;
          object.customerId = '';
          object.ipAddress = '';
          object.fromLocationId = '';
          object.toLocationId = '';
          object.createdAt = null;
          object.promisedBy = null;
          object.currency = '';
          object.paymentMethod = options.enums === $String ? 'PAYMENT_METHOD_UNSPECIFIED' : 0;
          object.customerKeyId = '';
          if (options.bytes === $String) object.sealedCustomerId = '';
          else {
            object.sealedCustomerId = [];
            if (options.bytes !== $Array) object.sealedCustomerId = $util.newBuffer(object.sealedCustomerId);
          }
          if (options.bytes === $String) object.sealedIpAddress = '';
          else {
            object.sealedIpAddress = [];
            if (options.bytes !== $Array) object.sealedIpAddress = $util.newBuffer(object.sealedIpAddress);
          }
          if (options.bytes === $String) object.sealedPaymentMethod = '';
          else {
            object.sealedPaymentMethod = [];
            if (options.bytes !== $Array) object.sealedPaymentMethod = $util.newBuffer(object.sealedPaymentMethod);
          }
        }
        if (message.messageId != null && $Object.hasOwnProperty.call(message, 'messageId'))
          object.messageId = message.messageId;
        if (message.orderId != null && $Object.hasOwnProperty.call(message, 'orderId'))
          object.orderId = message.orderId;
        if (message.orderType != null && $Object.hasOwnProperty.call(message, 'orderType'))
          object.orderType =
            options.enums === $String
              ? $root.orderflow.v1.OrderType[message.orderType] === $undefined
                ? message.orderType
                : $root.orderflow.v1.OrderType[message.orderType]
              : message.orderType;
        if (message.customerId != null && $Object.hasOwnProperty.call(message, 'customerId'))
          object.customerId = message.customerId;
        if (message.ipAddress != null && $Object.hasOwnProperty.call(message, 'ipAddress'))
          object.ipAddress = message.ipAddress;
        if (message.fromLocationId != null && $Object.hasOwnProperty.call(message, 'fromLocationId'))
          object.fromLocationId = message.fromLocationId;
        if (message.toLocationId != null && $Object.hasOwnProperty.call(message, 'toLocationId'))
          object.toLocationId = message.toLocationId;
        if (message.createdAt != null && $Object.hasOwnProperty.call(message, 'createdAt'))
          object.createdAt = $root.google.protobuf.Timestamp.toObject(message.createdAt, options, _depth + 1);
        if (message.promisedBy != null && $Object.hasOwnProperty.call(message, 'promisedBy'))
          object.promisedBy = $root.google.protobuf.Timestamp.toObject(message.promisedBy, options, _depth + 1);
        if (message.currency != null && $Object.hasOwnProperty.call(message, 'currency'))
          object.currency = message.currency;
        if (message.lines && message.lines.length) {
          object.lines = $Array(message.lines.length);
          for (let j = 0; j < message.lines.length; ++j)
            object.lines[j] = $root.orderflow.v1.OrderLine.toObject(message.lines[j], options, _depth + 1);
        }
        if (message.paymentMethod != null && $Object.hasOwnProperty.call(message, 'paymentMethod'))
          object.paymentMethod =
            options.enums === $String
              ? $root.orderflow.v1.PaymentMethod[message.paymentMethod] === $undefined
                ? message.paymentMethod
                : $root.orderflow.v1.PaymentMethod[message.paymentMethod]
              : message.paymentMethod;
        if (message.customerKeyId != null && $Object.hasOwnProperty.call(message, 'customerKeyId'))
          object.customerKeyId = message.customerKeyId;
        if (message.sealedCustomerId != null && $Object.hasOwnProperty.call(message, 'sealedCustomerId'))
          object.sealedCustomerId =
            options.bytes === $String
              ? $util.base64.encode(message.sealedCustomerId, 0, message.sealedCustomerId.length)
              : options.bytes === $Array
                ? $Array.prototype.slice.call(message.sealedCustomerId)
                : message.sealedCustomerId;
        if (message.sealedIpAddress != null && $Object.hasOwnProperty.call(message, 'sealedIpAddress'))
          object.sealedIpAddress =
            options.bytes === $String
              ? $util.base64.encode(message.sealedIpAddress, 0, message.sealedIpAddress.length)
              : options.bytes === $Array
                ? $Array.prototype.slice.call(message.sealedIpAddress)
                : message.sealedIpAddress;
        if (message.sealedPaymentMethod != null && $Object.hasOwnProperty.call(message, 'sealedPaymentMethod'))
          object.sealedPaymentMethod =
            options.bytes === $String
              ? $util.base64.encode(message.sealedPaymentMethod, 0, message.sealedPaymentMethod.length)
              : options.bytes === $Array
                ? $Array.prototype.slice.call(message.sealedPaymentMethod)
                : message.sealedPaymentMethod;
        return object;
      };

      /**
       * Converts this Order to JSON.
       * @function toJSON
       * @memberof orderflow.v1.Order
       * @instance
       * @returns {Object.<string,*>} JSON object
       */
      Order.prototype.toJSON = function () {
        return Order.toObject(this, $protobuf.util.toJSONOptions);
      };

      /**
       * Gets the type url for Order
       * @function getTypeUrl
       * @memberof orderflow.v1.Order
       * @static
       * @param {string} [prefix] Custom type url prefix, defaults to `"type.googleapis.com"`
       * @returns {string} The type url
       */
      Order.getTypeUrl = function (prefix) {
        if (prefix === $undefined) prefix = 'type.googleapis.com';
        return prefix + '/orderflow.v1.Order';
      };

      return Order;
    })();

    /**
     * RejectReason enum.
     * @name orderflow.v1.RejectReason
     * @enum {number}
     * @property {number} REJECT_REASON_UNSPECIFIED=0 REJECT_REASON_UNSPECIFIED value
     * @property {number} FRAUD_IP=1 FRAUD_IP value
     * @property {number} DUPLICATE_ORDER=2 DUPLICATE_ORDER value
     * @property {number} PAYMENT_DEFAULTER=3 PAYMENT_DEFAULTER value
     * @property {number} CANCELLED_ORDER=4 CANCELLED_ORDER value
     * @property {number} FULFILMENT_DELAY=5 FULFILMENT_DELAY value
     * @property {number} CUSTOMER_ERASED=6 CUSTOMER_ERASED value
     */
    v1.RejectReason = (function () {
      const valuesById = $Object.create(null),
        values = $Object.create(valuesById);
      values[(valuesById[0] = 'REJECT_REASON_UNSPECIFIED')] = 0;
      values[(valuesById[1] = 'FRAUD_IP')] = 1;
      values[(valuesById[2] = 'DUPLICATE_ORDER')] = 2;
      values[(valuesById[3] = 'PAYMENT_DEFAULTER')] = 3;
      values[(valuesById[4] = 'CANCELLED_ORDER')] = 4;
      values[(valuesById[5] = 'FULFILMENT_DELAY')] = 5;
      values[(valuesById[6] = 'CUSTOMER_ERASED')] = 6;
      return values;
    })();

    v1.Rejection = (function () {
      /**
       * Properties of a Rejection.
       * @typedef {Object} orderflow.v1.Rejection.$Properties
       * @property {orderflow.v1.RejectReason|null} [reason] Rejection reason
       * @property {string|null} [detail] Rejection detail
       * @property {Array.<Uint8Array>} [$unknowns] Unknown fields preserved while decoding when enabled
       */

      /**
       * Properties of a Rejection.
       * @memberof orderflow.v1
       * @interface IRejection
       * @augments orderflow.v1.Rejection.$Properties
       * @deprecated Use orderflow.v1.Rejection.$Properties instead.
       */

      /**
       * Shape of a Rejection.
       * @typedef {orderflow.v1.Rejection.$Properties} orderflow.v1.Rejection.$Shape
       */

      /**
       * Constructs a new Rejection.
       * @memberof orderflow.v1
       * @classdesc Represents a Rejection.
       * @constructor
       * @param {orderflow.v1.Rejection.$Properties=} [properties] Properties to set
       * @property {Array.<Uint8Array>} [$unknowns] Unknown fields preserved while decoding when enabled
       */
      const Rejection = function (properties) {
        if (properties)
          for (let keys = $Object.keys(properties), i = 0; i < keys.length; ++i)
            if (properties[keys[i]] != null && keys[i] !== '__proto__') this[keys[i]] = properties[keys[i]];
      };

      /**
       * Rejection reason.
       * @member {orderflow.v1.RejectReason} reason
       * @memberof orderflow.v1.Rejection
       * @instance
       */
      Rejection.prototype.reason = 0;

      /**
       * Rejection detail.
       * @member {string} detail
       * @memberof orderflow.v1.Rejection
       * @instance
       */
      Rejection.prototype.detail = '';

      /**
       * Creates a new Rejection instance using the specified properties.
       * @function create
       * @memberof orderflow.v1.Rejection
       * @static
       * @param {orderflow.v1.Rejection.$Properties=} [properties] Properties to set
       * @returns {orderflow.v1.Rejection} Rejection instance
       * @type {{
       *   (properties: orderflow.v1.Rejection.$Shape): orderflow.v1.Rejection & orderflow.v1.Rejection.$Shape;
       *   (properties?: orderflow.v1.Rejection.$Properties): orderflow.v1.Rejection;
       * }}
       */
      Rejection.create = function (properties) {
        return new Rejection(properties);
      };

      /**
       * Encodes the specified Rejection message. Does not implicitly {@link orderflow.v1.Rejection.verify|verify} messages.
       * @function encode
       * @memberof orderflow.v1.Rejection
       * @static
       * @param {orderflow.v1.Rejection.$Properties} message Rejection message or plain object to encode
       * @param {$protobuf.Writer} [writer] Writer to encode to
       * @returns {$protobuf.Writer} Writer
       */
      Rejection.encode = function (message, writer, _depth) {
        if (!writer) writer = $Writer.create();
        if (_depth === $undefined) _depth = 0;
        if (_depth > $util.recursionLimit) throw $Error('max depth exceeded');
        if (message.reason != null && $Object.hasOwnProperty.call(message, 'reason') && message.reason !== 0)
          writer.uint32(/* id 1, wireType 0 =*/ 8).int32(message.reason);
        if (message.detail != null && $Object.hasOwnProperty.call(message, 'detail') && message.detail !== '')
          writer.uint32(/* id 2, wireType 2 =*/ 18).string(message.detail);
        if (message.$unknowns != null && $Object.hasOwnProperty.call(message, '$unknowns'))
          for (let i = 0; i < message.$unknowns.length; ++i) writer.raw(message.$unknowns[i]);
        return writer;
      };

      /**
       * Decodes a Rejection message from the specified reader or buffer.
       * @function decode
       * @memberof orderflow.v1.Rejection
       * @static
       * @param {$protobuf.Reader|Uint8Array} reader Reader or buffer to decode from
       * @param {number} [length] Message length if known beforehand
       * @returns {orderflow.v1.Rejection & orderflow.v1.Rejection.$Shape} Rejection
       * @throws {Error} If the payload is not a reader or valid buffer
       * @throws {$protobuf.util.ProtocolError} If required fields are missing
       */
      Rejection.decode = function (reader, length, _end, _depth, _target) {
        if (!(reader instanceof $Reader)) reader = $Reader.create(reader);
        if (_depth === $undefined) _depth = 0;
        if (_depth > $Reader.recursionLimit) throw $Error('max depth exceeded');
        let end, message, value;
        if (length === $undefined) end = reader.len;
        else {
          end = reader.pos + length;
          if (end > reader.len) throw $RangeError('index out of range');
          length = reader.len;
          reader.len = end;
        }
        message = _target || new $root.orderflow.v1.Rejection();
        while (reader.pos < end) {
          let start = reader.pos;
          let tag = reader.tag();
          if (tag === _end) {
            _end = $undefined;
            break;
          }
          let wireType = tag & 7;
          switch ((tag >>>= 3)) {
            case 1: {
              if (wireType !== 0) break;
              if ((value = reader.int32())) message.reason = value;
              else delete message.reason;
              continue;
            }
            case 2: {
              if (wireType !== 2) break;
              if ((value = reader.stringVerify()).length) message.detail = value;
              else delete message.detail;
              continue;
            }
          }
          reader.skipType(wireType, _depth, tag);
          if (!reader.discardUnknown) {
            $util.makeProp(message, '$unknowns', false);
            (message.$unknowns || (message.$unknowns = [])).push(reader.raw(start, reader.pos));
          }
        }
        if (length !== $undefined) {
          if (reader.pos !== end) throw $RangeError('index out of range');
          reader.len = length;
        }
        if (_end !== $undefined) throw $Error('missing end group');
        return message;
      };

      /**
       * Creates a Rejection message from a plain object. Also converts values to their respective internal types.
       * @function fromObject
       * @memberof orderflow.v1.Rejection
       * @static
       * @param {Object.<string,*>} object Plain object
       * @returns {orderflow.v1.Rejection} Rejection
       */
      Rejection.fromObject = function (object, _depth) {
        if (object instanceof $root.orderflow.v1.Rejection) return object;
        if (!$util.isObject(object)) throw $TypeError('.orderflow.v1.Rejection: object expected');
        if (_depth === $undefined) _depth = 0;
        if (_depth > $util.recursionLimit) throw $Error('max depth exceeded');
        let message = new $root.orderflow.v1.Rejection();
        if (
          object.reason !== 0 &&
          (typeof object.reason !== 'string' || $root.orderflow.v1.RejectReason[object.reason] !== 0)
        )
          switch (object.reason) {
            case 'REJECT_REASON_UNSPECIFIED':
            case 0:
              message.reason = 0;
              break;
            case 'FRAUD_IP':
            case 1:
              message.reason = 1;
              break;
            case 'DUPLICATE_ORDER':
            case 2:
              message.reason = 2;
              break;
            case 'PAYMENT_DEFAULTER':
            case 3:
              message.reason = 3;
              break;
            case 'CANCELLED_ORDER':
            case 4:
              message.reason = 4;
              break;
            case 'FULFILMENT_DELAY':
            case 5:
              message.reason = 5;
              break;
            case 'CUSTOMER_ERASED':
            case 6:
              message.reason = 6;
              break;
            default:
              if (typeof object.reason === 'number' && (object.reason | 0) === object.reason)
                message.reason = object.reason;
          }
        if (object.detail != null)
          if (typeof object.detail !== 'string' || object.detail.length) message.detail = $String(object.detail);
        return message;
      };

      /**
       * Creates a plain object from a Rejection message. Also converts values to other types if specified.
       * @function toObject
       * @memberof orderflow.v1.Rejection
       * @static
       * @param {orderflow.v1.Rejection} message Rejection
       * @param {$protobuf.IConversionOptions} [options] Conversion options
       * @returns {Object.<string,*>} Plain object
       */
      Rejection.toObject = function (message, options, _depth) {
        if (!options) options = {};
        if (_depth === $undefined) _depth = 0;
        if (_depth > $util.recursionLimit) throw $Error('max depth exceeded');
        let object = {};
        if (options.defaults) {
          object.reason = options.enums === $String ? 'REJECT_REASON_UNSPECIFIED' : 0;
          object.detail = '';
        }
        if (message.reason != null && $Object.hasOwnProperty.call(message, 'reason'))
          object.reason =
            options.enums === $String
              ? $root.orderflow.v1.RejectReason[message.reason] === $undefined
                ? message.reason
                : $root.orderflow.v1.RejectReason[message.reason]
              : message.reason;
        if (message.detail != null && $Object.hasOwnProperty.call(message, 'detail')) object.detail = message.detail;
        return object;
      };

      /**
       * Converts this Rejection to JSON.
       * @function toJSON
       * @memberof orderflow.v1.Rejection
       * @instance
       * @returns {Object.<string,*>} JSON object
       */
      Rejection.prototype.toJSON = function () {
        return Rejection.toObject(this, $protobuf.util.toJSONOptions);
      };

      /**
       * Gets the type url for Rejection
       * @function getTypeUrl
       * @memberof orderflow.v1.Rejection
       * @static
       * @param {string} [prefix] Custom type url prefix, defaults to `"type.googleapis.com"`
       * @returns {string} The type url
       */
      Rejection.getTypeUrl = function (prefix) {
        if (prefix === $undefined) prefix = 'type.googleapis.com';
        return prefix + '/orderflow.v1.Rejection';
      };

      return Rejection;
    })();

    v1.RejectedOrder = (function () {
      /**
       * Properties of a RejectedOrder.
       * @typedef {Object} orderflow.v1.RejectedOrder.$Properties
       * @property {orderflow.v1.Order.$Properties|null} [order] RejectedOrder order
       * @property {Array.<orderflow.v1.Rejection.$Properties>|null} [rejections] RejectedOrder rejections
       * @property {Array.<Uint8Array>} [$unknowns] Unknown fields preserved while decoding when enabled
       */

      /**
       * Properties of a RejectedOrder.
       * @memberof orderflow.v1
       * @interface IRejectedOrder
       * @augments orderflow.v1.RejectedOrder.$Properties
       * @deprecated Use orderflow.v1.RejectedOrder.$Properties instead.
       */

      /**
       * Shape of a RejectedOrder.
       * @typedef {orderflow.v1.RejectedOrder.$Properties} orderflow.v1.RejectedOrder.$Shape
       */

      /**
       * Constructs a new RejectedOrder.
       * @memberof orderflow.v1
       * @classdesc Represents a RejectedOrder.
       * @constructor
       * @param {orderflow.v1.RejectedOrder.$Properties=} [properties] Properties to set
       * @property {Array.<Uint8Array>} [$unknowns] Unknown fields preserved while decoding when enabled
       */
      const RejectedOrder = function (properties) {
        this.rejections = [];
        if (properties)
          for (let keys = $Object.keys(properties), i = 0; i < keys.length; ++i)
            if (properties[keys[i]] != null && keys[i] !== '__proto__') this[keys[i]] = properties[keys[i]];
      };

      /**
       * RejectedOrder order.
       * @member {orderflow.v1.Order.$Properties|null|undefined} order
       * @memberof orderflow.v1.RejectedOrder
       * @instance
       */
      RejectedOrder.prototype.order = null;

      /**
       * RejectedOrder rejections.
       * @member {Array.<orderflow.v1.Rejection.$Properties>} rejections
       * @memberof orderflow.v1.RejectedOrder
       * @instance
       */
      RejectedOrder.prototype.rejections = $util.emptyArray;

      /**
       * Creates a new RejectedOrder instance using the specified properties.
       * @function create
       * @memberof orderflow.v1.RejectedOrder
       * @static
       * @param {orderflow.v1.RejectedOrder.$Properties=} [properties] Properties to set
       * @returns {orderflow.v1.RejectedOrder} RejectedOrder instance
       * @type {{
       *   (properties: orderflow.v1.RejectedOrder.$Shape): orderflow.v1.RejectedOrder & orderflow.v1.RejectedOrder.$Shape;
       *   (properties?: orderflow.v1.RejectedOrder.$Properties): orderflow.v1.RejectedOrder;
       * }}
       */
      RejectedOrder.create = function (properties) {
        return new RejectedOrder(properties);
      };

      /**
       * Encodes the specified RejectedOrder message. Does not implicitly {@link orderflow.v1.RejectedOrder.verify|verify} messages.
       * @function encode
       * @memberof orderflow.v1.RejectedOrder
       * @static
       * @param {orderflow.v1.RejectedOrder.$Properties} message RejectedOrder message or plain object to encode
       * @param {$protobuf.Writer} [writer] Writer to encode to
       * @returns {$protobuf.Writer} Writer
       */
      RejectedOrder.encode = function (message, writer, _depth) {
        if (!writer) writer = $Writer.create();
        if (_depth === $undefined) _depth = 0;
        if (_depth > $util.recursionLimit) throw $Error('max depth exceeded');
        if (message.order != null && $Object.hasOwnProperty.call(message, 'order'))
          $root.orderflow.v1.Order.encode(
            message.order,
            writer.uint32(/* id 1, wireType 2 =*/ 10).fork(),
            _depth + 1,
          ).ldelim();
        if (message.rejections != null && message.rejections.length)
          for (let i = 0; i < message.rejections.length; ++i)
            $root.orderflow.v1.Rejection.encode(
              message.rejections[i],
              writer.uint32(/* id 2, wireType 2 =*/ 18).fork(),
              _depth + 1,
            ).ldelim();
        if (message.$unknowns != null && $Object.hasOwnProperty.call(message, '$unknowns'))
          for (let i = 0; i < message.$unknowns.length; ++i) writer.raw(message.$unknowns[i]);
        return writer;
      };

      /**
       * Decodes a RejectedOrder message from the specified reader or buffer.
       * @function decode
       * @memberof orderflow.v1.RejectedOrder
       * @static
       * @param {$protobuf.Reader|Uint8Array} reader Reader or buffer to decode from
       * @param {number} [length] Message length if known beforehand
       * @returns {orderflow.v1.RejectedOrder & orderflow.v1.RejectedOrder.$Shape} RejectedOrder
       * @throws {Error} If the payload is not a reader or valid buffer
       * @throws {$protobuf.util.ProtocolError} If required fields are missing
       */
      RejectedOrder.decode = function (reader, length, _end, _depth, _target) {
        if (!(reader instanceof $Reader)) reader = $Reader.create(reader);
        if (_depth === $undefined) _depth = 0;
        if (_depth > $Reader.recursionLimit) throw $Error('max depth exceeded');
        let end, message, value;
        if (length === $undefined) end = reader.len;
        else {
          end = reader.pos + length;
          if (end > reader.len) throw $RangeError('index out of range');
          length = reader.len;
          reader.len = end;
        }
        message = _target || new $root.orderflow.v1.RejectedOrder();
        while (reader.pos < end) {
          let start = reader.pos;
          let tag = reader.tag();
          if (tag === _end) {
            _end = $undefined;
            break;
          }
          let wireType = tag & 7;
          switch ((tag >>>= 3)) {
            case 1: {
              if (wireType !== 2) break;
              message.order = $root.orderflow.v1.Order.decode(
                reader,
                reader.size(),
                $undefined,
                _depth + 1,
                message.order,
              );
              continue;
            }
            case 2: {
              if (wireType !== 2) break;
              if (!(message.rejections && message.rejections.length)) message.rejections = [];
              message.rejections.push(
                $root.orderflow.v1.Rejection.decode(reader, reader.size(), $undefined, _depth + 1),
              );
              continue;
            }
          }
          reader.skipType(wireType, _depth, tag);
          if (!reader.discardUnknown) {
            $util.makeProp(message, '$unknowns', false);
            (message.$unknowns || (message.$unknowns = [])).push(reader.raw(start, reader.pos));
          }
        }
        if (length !== $undefined) {
          if (reader.pos !== end) throw $RangeError('index out of range');
          reader.len = length;
        }
        if (_end !== $undefined) throw $Error('missing end group');
        return message;
      };

      /**
       * Creates a RejectedOrder message from a plain object. Also converts values to their respective internal types.
       * @function fromObject
       * @memberof orderflow.v1.RejectedOrder
       * @static
       * @param {Object.<string,*>} object Plain object
       * @returns {orderflow.v1.RejectedOrder} RejectedOrder
       */
      RejectedOrder.fromObject = function (object, _depth) {
        if (object instanceof $root.orderflow.v1.RejectedOrder) return object;
        if (!$util.isObject(object)) throw $TypeError('.orderflow.v1.RejectedOrder: object expected');
        if (_depth === $undefined) _depth = 0;
        if (_depth > $util.recursionLimit) throw $Error('max depth exceeded');
        let message = new $root.orderflow.v1.RejectedOrder();
        if (object.order != null) {
          if (!$util.isObject(object.order)) throw $TypeError('.orderflow.v1.RejectedOrder.order: object expected');
          message.order = $root.orderflow.v1.Order.fromObject(object.order, _depth + 1);
        }
        if (object.rejections) {
          if (!$Array.isArray(object.rejections))
            throw $TypeError('.orderflow.v1.RejectedOrder.rejections: array expected');
          message.rejections = $Array(object.rejections.length);
          for (let i = 0; i < object.rejections.length; ++i) {
            if (!$util.isObject(object.rejections[i]))
              throw $TypeError('.orderflow.v1.RejectedOrder.rejections: object expected');
            message.rejections[i] = $root.orderflow.v1.Rejection.fromObject(object.rejections[i], _depth + 1);
          }
        }
        return message;
      };

      /**
       * Creates a plain object from a RejectedOrder message. Also converts values to other types if specified.
       * @function toObject
       * @memberof orderflow.v1.RejectedOrder
       * @static
       * @param {orderflow.v1.RejectedOrder} message RejectedOrder
       * @param {$protobuf.IConversionOptions} [options] Conversion options
       * @returns {Object.<string,*>} Plain object
       */
      RejectedOrder.toObject = function (message, options, _depth) {
        if (!options) options = {};
        if (_depth === $undefined) _depth = 0;
        if (_depth > $util.recursionLimit) throw $Error('max depth exceeded');
        let object = {};
        if (options.arrays || options.defaults) object.rejections = [];
        if (options.defaults) object.order = null;
        if (message.order != null && $Object.hasOwnProperty.call(message, 'order'))
          object.order = $root.orderflow.v1.Order.toObject(message.order, options, _depth + 1);
        if (message.rejections && message.rejections.length) {
          object.rejections = $Array(message.rejections.length);
          for (let j = 0; j < message.rejections.length; ++j)
            object.rejections[j] = $root.orderflow.v1.Rejection.toObject(message.rejections[j], options, _depth + 1);
        }
        return object;
      };

      /**
       * Converts this RejectedOrder to JSON.
       * @function toJSON
       * @memberof orderflow.v1.RejectedOrder
       * @instance
       * @returns {Object.<string,*>} JSON object
       */
      RejectedOrder.prototype.toJSON = function () {
        return RejectedOrder.toObject(this, $protobuf.util.toJSONOptions);
      };

      /**
       * Gets the type url for RejectedOrder
       * @function getTypeUrl
       * @memberof orderflow.v1.RejectedOrder
       * @static
       * @param {string} [prefix] Custom type url prefix, defaults to `"type.googleapis.com"`
       * @returns {string} The type url
       */
      RejectedOrder.getTypeUrl = function (prefix) {
        if (prefix === $undefined) prefix = 'type.googleapis.com';
        return prefix + '/orderflow.v1.RejectedOrder';
      };

      return RejectedOrder;
    })();

    v1.Location = (function () {
      /**
       * Properties of a Location.
       * @typedef {Object} orderflow.v1.Location.$Properties
       * @property {string|null} [locationId] Location locationId
       * @property {string|null} [name] Location name
       * @property {string|null} [region] Location region
       * @property {Array.<Uint8Array>} [$unknowns] Unknown fields preserved while decoding when enabled
       */

      /**
       * Properties of a Location.
       * @memberof orderflow.v1
       * @interface ILocation
       * @augments orderflow.v1.Location.$Properties
       * @deprecated Use orderflow.v1.Location.$Properties instead.
       */

      /**
       * Shape of a Location.
       * @typedef {orderflow.v1.Location.$Properties} orderflow.v1.Location.$Shape
       */

      /**
       * Constructs a new Location.
       * @memberof orderflow.v1
       * @classdesc Represents a Location.
       * @constructor
       * @param {orderflow.v1.Location.$Properties=} [properties] Properties to set
       * @property {Array.<Uint8Array>} [$unknowns] Unknown fields preserved while decoding when enabled
       */
      const Location = function (properties) {
        if (properties)
          for (let keys = $Object.keys(properties), i = 0; i < keys.length; ++i)
            if (properties[keys[i]] != null && keys[i] !== '__proto__') this[keys[i]] = properties[keys[i]];
      };

      /**
       * Location locationId.
       * @member {string} locationId
       * @memberof orderflow.v1.Location
       * @instance
       */
      Location.prototype.locationId = '';

      /**
       * Location name.
       * @member {string} name
       * @memberof orderflow.v1.Location
       * @instance
       */
      Location.prototype.name = '';

      /**
       * Location region.
       * @member {string} region
       * @memberof orderflow.v1.Location
       * @instance
       */
      Location.prototype.region = '';

      /**
       * Creates a new Location instance using the specified properties.
       * @function create
       * @memberof orderflow.v1.Location
       * @static
       * @param {orderflow.v1.Location.$Properties=} [properties] Properties to set
       * @returns {orderflow.v1.Location} Location instance
       * @type {{
       *   (properties: orderflow.v1.Location.$Shape): orderflow.v1.Location & orderflow.v1.Location.$Shape;
       *   (properties?: orderflow.v1.Location.$Properties): orderflow.v1.Location;
       * }}
       */
      Location.create = function (properties) {
        return new Location(properties);
      };

      /**
       * Encodes the specified Location message. Does not implicitly {@link orderflow.v1.Location.verify|verify} messages.
       * @function encode
       * @memberof orderflow.v1.Location
       * @static
       * @param {orderflow.v1.Location.$Properties} message Location message or plain object to encode
       * @param {$protobuf.Writer} [writer] Writer to encode to
       * @returns {$protobuf.Writer} Writer
       */
      Location.encode = function (message, writer, _depth) {
        if (!writer) writer = $Writer.create();
        if (_depth === $undefined) _depth = 0;
        if (_depth > $util.recursionLimit) throw $Error('max depth exceeded');
        if (
          message.locationId != null &&
          $Object.hasOwnProperty.call(message, 'locationId') &&
          message.locationId !== ''
        )
          writer.uint32(/* id 1, wireType 2 =*/ 10).string(message.locationId);
        if (message.name != null && $Object.hasOwnProperty.call(message, 'name') && message.name !== '')
          writer.uint32(/* id 2, wireType 2 =*/ 18).string(message.name);
        if (message.region != null && $Object.hasOwnProperty.call(message, 'region') && message.region !== '')
          writer.uint32(/* id 3, wireType 2 =*/ 26).string(message.region);
        if (message.$unknowns != null && $Object.hasOwnProperty.call(message, '$unknowns'))
          for (let i = 0; i < message.$unknowns.length; ++i) writer.raw(message.$unknowns[i]);
        return writer;
      };

      /**
       * Decodes a Location message from the specified reader or buffer.
       * @function decode
       * @memberof orderflow.v1.Location
       * @static
       * @param {$protobuf.Reader|Uint8Array} reader Reader or buffer to decode from
       * @param {number} [length] Message length if known beforehand
       * @returns {orderflow.v1.Location & orderflow.v1.Location.$Shape} Location
       * @throws {Error} If the payload is not a reader or valid buffer
       * @throws {$protobuf.util.ProtocolError} If required fields are missing
       */
      Location.decode = function (reader, length, _end, _depth, _target) {
        if (!(reader instanceof $Reader)) reader = $Reader.create(reader);
        if (_depth === $undefined) _depth = 0;
        if (_depth > $Reader.recursionLimit) throw $Error('max depth exceeded');
        let end, message, value;
        if (length === $undefined) end = reader.len;
        else {
          end = reader.pos + length;
          if (end > reader.len) throw $RangeError('index out of range');
          length = reader.len;
          reader.len = end;
        }
        message = _target || new $root.orderflow.v1.Location();
        while (reader.pos < end) {
          let start = reader.pos;
          let tag = reader.tag();
          if (tag === _end) {
            _end = $undefined;
            break;
          }
          let wireType = tag & 7;
          switch ((tag >>>= 3)) {
            case 1: {
              if (wireType !== 2) break;
              if ((value = reader.stringVerify()).length) message.locationId = value;
              else delete message.locationId;
              continue;
            }
            case 2: {
              if (wireType !== 2) break;
              if ((value = reader.stringVerify()).length) message.name = value;
              else delete message.name;
              continue;
            }
            case 3: {
              if (wireType !== 2) break;
              if ((value = reader.stringVerify()).length) message.region = value;
              else delete message.region;
              continue;
            }
          }
          reader.skipType(wireType, _depth, tag);
          if (!reader.discardUnknown) {
            $util.makeProp(message, '$unknowns', false);
            (message.$unknowns || (message.$unknowns = [])).push(reader.raw(start, reader.pos));
          }
        }
        if (length !== $undefined) {
          if (reader.pos !== end) throw $RangeError('index out of range');
          reader.len = length;
        }
        if (_end !== $undefined) throw $Error('missing end group');
        return message;
      };

      /**
       * Creates a Location message from a plain object. Also converts values to their respective internal types.
       * @function fromObject
       * @memberof orderflow.v1.Location
       * @static
       * @param {Object.<string,*>} object Plain object
       * @returns {orderflow.v1.Location} Location
       */
      Location.fromObject = function (object, _depth) {
        if (object instanceof $root.orderflow.v1.Location) return object;
        if (!$util.isObject(object)) throw $TypeError('.orderflow.v1.Location: object expected');
        if (_depth === $undefined) _depth = 0;
        if (_depth > $util.recursionLimit) throw $Error('max depth exceeded');
        let message = new $root.orderflow.v1.Location();
        if (object.locationId != null)
          if (typeof object.locationId !== 'string' || object.locationId.length)
            message.locationId = $String(object.locationId);
        if (object.name != null)
          if (typeof object.name !== 'string' || object.name.length) message.name = $String(object.name);
        if (object.region != null)
          if (typeof object.region !== 'string' || object.region.length) message.region = $String(object.region);
        return message;
      };

      /**
       * Creates a plain object from a Location message. Also converts values to other types if specified.
       * @function toObject
       * @memberof orderflow.v1.Location
       * @static
       * @param {orderflow.v1.Location} message Location
       * @param {$protobuf.IConversionOptions} [options] Conversion options
       * @returns {Object.<string,*>} Plain object
       */
      Location.toObject = function (message, options, _depth) {
        if (!options) options = {};
        if (_depth === $undefined) _depth = 0;
        if (_depth > $util.recursionLimit) throw $Error('max depth exceeded');
        let object = {};
        if (options.defaults) {
          object.locationId = '';
          object.name = '';
          object.region = '';
        }
        if (message.locationId != null && $Object.hasOwnProperty.call(message, 'locationId'))
          object.locationId = message.locationId;
        if (message.name != null && $Object.hasOwnProperty.call(message, 'name')) object.name = message.name;
        if (message.region != null && $Object.hasOwnProperty.call(message, 'region')) object.region = message.region;
        return object;
      };

      /**
       * Converts this Location to JSON.
       * @function toJSON
       * @memberof orderflow.v1.Location
       * @instance
       * @returns {Object.<string,*>} JSON object
       */
      Location.prototype.toJSON = function () {
        return Location.toObject(this, $protobuf.util.toJSONOptions);
      };

      /**
       * Gets the type url for Location
       * @function getTypeUrl
       * @memberof orderflow.v1.Location
       * @static
       * @param {string} [prefix] Custom type url prefix, defaults to `"type.googleapis.com"`
       * @returns {string} The type url
       */
      Location.getTypeUrl = function (prefix) {
        if (prefix === $undefined) prefix = 'type.googleapis.com';
        return prefix + '/orderflow.v1.Location';
      };

      return Location;
    })();

    v1.EnrichedOrder = (function () {
      /**
       * Properties of an EnrichedOrder.
       * @typedef {Object} orderflow.v1.EnrichedOrder.$Properties
       * @property {orderflow.v1.Order.$Properties|null} [order] EnrichedOrder order
       * @property {orderflow.v1.Location.$Properties|null} [fromLocation] EnrichedOrder fromLocation
       * @property {orderflow.v1.Location.$Properties|null} [toLocation] EnrichedOrder toLocation
       * @property {string|null} [ipRegion] EnrichedOrder ipRegion
       * @property {Array.<Uint8Array>} [$unknowns] Unknown fields preserved while decoding when enabled
       */

      /**
       * Properties of an EnrichedOrder.
       * @memberof orderflow.v1
       * @interface IEnrichedOrder
       * @augments orderflow.v1.EnrichedOrder.$Properties
       * @deprecated Use orderflow.v1.EnrichedOrder.$Properties instead.
       */

      /**
       * Shape of an EnrichedOrder.
       * @typedef {orderflow.v1.EnrichedOrder.$Properties} orderflow.v1.EnrichedOrder.$Shape
       */

      /**
       * Constructs a new EnrichedOrder.
       * @memberof orderflow.v1
       * @classdesc Represents an EnrichedOrder.
       * @constructor
       * @param {orderflow.v1.EnrichedOrder.$Properties=} [properties] Properties to set
       * @property {Array.<Uint8Array>} [$unknowns] Unknown fields preserved while decoding when enabled
       */
      const EnrichedOrder = function (properties) {
        if (properties)
          for (let keys = $Object.keys(properties), i = 0; i < keys.length; ++i)
            if (properties[keys[i]] != null && keys[i] !== '__proto__') this[keys[i]] = properties[keys[i]];
      };

      /**
       * EnrichedOrder order.
       * @member {orderflow.v1.Order.$Properties|null|undefined} order
       * @memberof orderflow.v1.EnrichedOrder
       * @instance
       */
      EnrichedOrder.prototype.order = null;

      /**
       * EnrichedOrder fromLocation.
       * @member {orderflow.v1.Location.$Properties|null|undefined} fromLocation
       * @memberof orderflow.v1.EnrichedOrder
       * @instance
       */
      EnrichedOrder.prototype.fromLocation = null;

      /**
       * EnrichedOrder toLocation.
       * @member {orderflow.v1.Location.$Properties|null|undefined} toLocation
       * @memberof orderflow.v1.EnrichedOrder
       * @instance
       */
      EnrichedOrder.prototype.toLocation = null;

      /**
       * EnrichedOrder ipRegion.
       * @member {string} ipRegion
       * @memberof orderflow.v1.EnrichedOrder
       * @instance
       */
      EnrichedOrder.prototype.ipRegion = '';

      /**
       * Creates a new EnrichedOrder instance using the specified properties.
       * @function create
       * @memberof orderflow.v1.EnrichedOrder
       * @static
       * @param {orderflow.v1.EnrichedOrder.$Properties=} [properties] Properties to set
       * @returns {orderflow.v1.EnrichedOrder} EnrichedOrder instance
       * @type {{
       *   (properties: orderflow.v1.EnrichedOrder.$Shape): orderflow.v1.EnrichedOrder & orderflow.v1.EnrichedOrder.$Shape;
       *   (properties?: orderflow.v1.EnrichedOrder.$Properties): orderflow.v1.EnrichedOrder;
       * }}
       */
      EnrichedOrder.create = function (properties) {
        return new EnrichedOrder(properties);
      };

      /**
       * Encodes the specified EnrichedOrder message. Does not implicitly {@link orderflow.v1.EnrichedOrder.verify|verify} messages.
       * @function encode
       * @memberof orderflow.v1.EnrichedOrder
       * @static
       * @param {orderflow.v1.EnrichedOrder.$Properties} message EnrichedOrder message or plain object to encode
       * @param {$protobuf.Writer} [writer] Writer to encode to
       * @returns {$protobuf.Writer} Writer
       */
      EnrichedOrder.encode = function (message, writer, _depth) {
        if (!writer) writer = $Writer.create();
        if (_depth === $undefined) _depth = 0;
        if (_depth > $util.recursionLimit) throw $Error('max depth exceeded');
        if (message.order != null && $Object.hasOwnProperty.call(message, 'order'))
          $root.orderflow.v1.Order.encode(
            message.order,
            writer.uint32(/* id 1, wireType 2 =*/ 10).fork(),
            _depth + 1,
          ).ldelim();
        if (message.fromLocation != null && $Object.hasOwnProperty.call(message, 'fromLocation'))
          $root.orderflow.v1.Location.encode(
            message.fromLocation,
            writer.uint32(/* id 2, wireType 2 =*/ 18).fork(),
            _depth + 1,
          ).ldelim();
        if (message.toLocation != null && $Object.hasOwnProperty.call(message, 'toLocation'))
          $root.orderflow.v1.Location.encode(
            message.toLocation,
            writer.uint32(/* id 3, wireType 2 =*/ 26).fork(),
            _depth + 1,
          ).ldelim();
        if (message.ipRegion != null && $Object.hasOwnProperty.call(message, 'ipRegion') && message.ipRegion !== '')
          writer.uint32(/* id 4, wireType 2 =*/ 34).string(message.ipRegion);
        if (message.$unknowns != null && $Object.hasOwnProperty.call(message, '$unknowns'))
          for (let i = 0; i < message.$unknowns.length; ++i) writer.raw(message.$unknowns[i]);
        return writer;
      };

      /**
       * Decodes an EnrichedOrder message from the specified reader or buffer.
       * @function decode
       * @memberof orderflow.v1.EnrichedOrder
       * @static
       * @param {$protobuf.Reader|Uint8Array} reader Reader or buffer to decode from
       * @param {number} [length] Message length if known beforehand
       * @returns {orderflow.v1.EnrichedOrder & orderflow.v1.EnrichedOrder.$Shape} EnrichedOrder
       * @throws {Error} If the payload is not a reader or valid buffer
       * @throws {$protobuf.util.ProtocolError} If required fields are missing
       */
      EnrichedOrder.decode = function (reader, length, _end, _depth, _target) {
        if (!(reader instanceof $Reader)) reader = $Reader.create(reader);
        if (_depth === $undefined) _depth = 0;
        if (_depth > $Reader.recursionLimit) throw $Error('max depth exceeded');
        let end, message, value;
        if (length === $undefined) end = reader.len;
        else {
          end = reader.pos + length;
          if (end > reader.len) throw $RangeError('index out of range');
          length = reader.len;
          reader.len = end;
        }
        message = _target || new $root.orderflow.v1.EnrichedOrder();
        while (reader.pos < end) {
          let start = reader.pos;
          let tag = reader.tag();
          if (tag === _end) {
            _end = $undefined;
            break;
          }
          let wireType = tag & 7;
          switch ((tag >>>= 3)) {
            case 1: {
              if (wireType !== 2) break;
              message.order = $root.orderflow.v1.Order.decode(
                reader,
                reader.size(),
                $undefined,
                _depth + 1,
                message.order,
              );
              continue;
            }
            case 2: {
              if (wireType !== 2) break;
              message.fromLocation = $root.orderflow.v1.Location.decode(
                reader,
                reader.size(),
                $undefined,
                _depth + 1,
                message.fromLocation,
              );
              continue;
            }
            case 3: {
              if (wireType !== 2) break;
              message.toLocation = $root.orderflow.v1.Location.decode(
                reader,
                reader.size(),
                $undefined,
                _depth + 1,
                message.toLocation,
              );
              continue;
            }
            case 4: {
              if (wireType !== 2) break;
              if ((value = reader.stringVerify()).length) message.ipRegion = value;
              else delete message.ipRegion;
              continue;
            }
          }
          reader.skipType(wireType, _depth, tag);
          if (!reader.discardUnknown) {
            $util.makeProp(message, '$unknowns', false);
            (message.$unknowns || (message.$unknowns = [])).push(reader.raw(start, reader.pos));
          }
        }
        if (length !== $undefined) {
          if (reader.pos !== end) throw $RangeError('index out of range');
          reader.len = length;
        }
        if (_end !== $undefined) throw $Error('missing end group');
        return message;
      };

      /**
       * Creates an EnrichedOrder message from a plain object. Also converts values to their respective internal types.
       * @function fromObject
       * @memberof orderflow.v1.EnrichedOrder
       * @static
       * @param {Object.<string,*>} object Plain object
       * @returns {orderflow.v1.EnrichedOrder} EnrichedOrder
       */
      EnrichedOrder.fromObject = function (object, _depth) {
        if (object instanceof $root.orderflow.v1.EnrichedOrder) return object;
        if (!$util.isObject(object)) throw $TypeError('.orderflow.v1.EnrichedOrder: object expected');
        if (_depth === $undefined) _depth = 0;
        if (_depth > $util.recursionLimit) throw $Error('max depth exceeded');
        let message = new $root.orderflow.v1.EnrichedOrder();
        if (object.order != null) {
          if (!$util.isObject(object.order)) throw $TypeError('.orderflow.v1.EnrichedOrder.order: object expected');
          message.order = $root.orderflow.v1.Order.fromObject(object.order, _depth + 1);
        }
        if (object.fromLocation != null) {
          if (!$util.isObject(object.fromLocation))
            throw $TypeError('.orderflow.v1.EnrichedOrder.fromLocation: object expected');
          message.fromLocation = $root.orderflow.v1.Location.fromObject(object.fromLocation, _depth + 1);
        }
        if (object.toLocation != null) {
          if (!$util.isObject(object.toLocation))
            throw $TypeError('.orderflow.v1.EnrichedOrder.toLocation: object expected');
          message.toLocation = $root.orderflow.v1.Location.fromObject(object.toLocation, _depth + 1);
        }
        if (object.ipRegion != null)
          if (typeof object.ipRegion !== 'string' || object.ipRegion.length)
            message.ipRegion = $String(object.ipRegion);
        return message;
      };

      /**
       * Creates a plain object from an EnrichedOrder message. Also converts values to other types if specified.
       * @function toObject
       * @memberof orderflow.v1.EnrichedOrder
       * @static
       * @param {orderflow.v1.EnrichedOrder} message EnrichedOrder
       * @param {$protobuf.IConversionOptions} [options] Conversion options
       * @returns {Object.<string,*>} Plain object
       */
      EnrichedOrder.toObject = function (message, options, _depth) {
        if (!options) options = {};
        if (_depth === $undefined) _depth = 0;
        if (_depth > $util.recursionLimit) throw $Error('max depth exceeded');
        let object = {};
        if (options.defaults) {
          object.order = null;
          object.fromLocation = null;
          object.toLocation = null;
          object.ipRegion = '';
        }
        if (message.order != null && $Object.hasOwnProperty.call(message, 'order'))
          object.order = $root.orderflow.v1.Order.toObject(message.order, options, _depth + 1);
        if (message.fromLocation != null && $Object.hasOwnProperty.call(message, 'fromLocation'))
          object.fromLocation = $root.orderflow.v1.Location.toObject(message.fromLocation, options, _depth + 1);
        if (message.toLocation != null && $Object.hasOwnProperty.call(message, 'toLocation'))
          object.toLocation = $root.orderflow.v1.Location.toObject(message.toLocation, options, _depth + 1);
        if (message.ipRegion != null && $Object.hasOwnProperty.call(message, 'ipRegion'))
          object.ipRegion = message.ipRegion;
        return object;
      };

      /**
       * Converts this EnrichedOrder to JSON.
       * @function toJSON
       * @memberof orderflow.v1.EnrichedOrder
       * @instance
       * @returns {Object.<string,*>} JSON object
       */
      EnrichedOrder.prototype.toJSON = function () {
        return EnrichedOrder.toObject(this, $protobuf.util.toJSONOptions);
      };

      /**
       * Gets the type url for EnrichedOrder
       * @function getTypeUrl
       * @memberof orderflow.v1.EnrichedOrder
       * @static
       * @param {string} [prefix] Custom type url prefix, defaults to `"type.googleapis.com"`
       * @returns {string} The type url
       */
      EnrichedOrder.getTypeUrl = function (prefix) {
        if (prefix === $undefined) prefix = 'type.googleapis.com';
        return prefix + '/orderflow.v1.EnrichedOrder';
      };

      return EnrichedOrder;
    })();

    /**
     * Route enum.
     * @name orderflow.v1.Route
     * @enum {number}
     * @property {number} ROUTE_UNSPECIFIED=0 ROUTE_UNSPECIFIED value
     * @property {number} INTERNAL=1 INTERNAL value
     * @property {number} EXTERNAL=2 EXTERNAL value
     */
    v1.Route = (function () {
      const valuesById = $Object.create(null),
        values = $Object.create(valuesById);
      values[(valuesById[0] = 'ROUTE_UNSPECIFIED')] = 0;
      values[(valuesById[1] = 'INTERNAL')] = 1;
      values[(valuesById[2] = 'EXTERNAL')] = 2;
      return values;
    })();

    v1.RoutedOrder = (function () {
      /**
       * Properties of a RoutedOrder.
       * @typedef {Object} orderflow.v1.RoutedOrder.$Properties
       * @property {orderflow.v1.EnrichedOrder.$Properties|null} [enrichedOrder] RoutedOrder enrichedOrder
       * @property {orderflow.v1.Route|null} [route] RoutedOrder route
       * @property {string|null} [partnerId] RoutedOrder partnerId
       * @property {Array.<Uint8Array>} [$unknowns] Unknown fields preserved while decoding when enabled
       */

      /**
       * Properties of a RoutedOrder.
       * @memberof orderflow.v1
       * @interface IRoutedOrder
       * @augments orderflow.v1.RoutedOrder.$Properties
       * @deprecated Use orderflow.v1.RoutedOrder.$Properties instead.
       */

      /**
       * Shape of a RoutedOrder.
       * @typedef {orderflow.v1.RoutedOrder.$Properties} orderflow.v1.RoutedOrder.$Shape
       */

      /**
       * Constructs a new RoutedOrder.
       * @memberof orderflow.v1
       * @classdesc Represents a RoutedOrder.
       * @constructor
       * @param {orderflow.v1.RoutedOrder.$Properties=} [properties] Properties to set
       * @property {Array.<Uint8Array>} [$unknowns] Unknown fields preserved while decoding when enabled
       */
      const RoutedOrder = function (properties) {
        if (properties)
          for (let keys = $Object.keys(properties), i = 0; i < keys.length; ++i)
            if (properties[keys[i]] != null && keys[i] !== '__proto__') this[keys[i]] = properties[keys[i]];
      };

      /**
       * RoutedOrder enrichedOrder.
       * @member {orderflow.v1.EnrichedOrder.$Properties|null|undefined} enrichedOrder
       * @memberof orderflow.v1.RoutedOrder
       * @instance
       */
      RoutedOrder.prototype.enrichedOrder = null;

      /**
       * RoutedOrder route.
       * @member {orderflow.v1.Route} route
       * @memberof orderflow.v1.RoutedOrder
       * @instance
       */
      RoutedOrder.prototype.route = 0;

      /**
       * RoutedOrder partnerId.
       * @member {string} partnerId
       * @memberof orderflow.v1.RoutedOrder
       * @instance
       */
      RoutedOrder.prototype.partnerId = '';

      /**
       * Creates a new RoutedOrder instance using the specified properties.
       * @function create
       * @memberof orderflow.v1.RoutedOrder
       * @static
       * @param {orderflow.v1.RoutedOrder.$Properties=} [properties] Properties to set
       * @returns {orderflow.v1.RoutedOrder} RoutedOrder instance
       * @type {{
       *   (properties: orderflow.v1.RoutedOrder.$Shape): orderflow.v1.RoutedOrder & orderflow.v1.RoutedOrder.$Shape;
       *   (properties?: orderflow.v1.RoutedOrder.$Properties): orderflow.v1.RoutedOrder;
       * }}
       */
      RoutedOrder.create = function (properties) {
        return new RoutedOrder(properties);
      };

      /**
       * Encodes the specified RoutedOrder message. Does not implicitly {@link orderflow.v1.RoutedOrder.verify|verify} messages.
       * @function encode
       * @memberof orderflow.v1.RoutedOrder
       * @static
       * @param {orderflow.v1.RoutedOrder.$Properties} message RoutedOrder message or plain object to encode
       * @param {$protobuf.Writer} [writer] Writer to encode to
       * @returns {$protobuf.Writer} Writer
       */
      RoutedOrder.encode = function (message, writer, _depth) {
        if (!writer) writer = $Writer.create();
        if (_depth === $undefined) _depth = 0;
        if (_depth > $util.recursionLimit) throw $Error('max depth exceeded');
        if (message.enrichedOrder != null && $Object.hasOwnProperty.call(message, 'enrichedOrder'))
          $root.orderflow.v1.EnrichedOrder.encode(
            message.enrichedOrder,
            writer.uint32(/* id 1, wireType 2 =*/ 10).fork(),
            _depth + 1,
          ).ldelim();
        if (message.route != null && $Object.hasOwnProperty.call(message, 'route') && message.route !== 0)
          writer.uint32(/* id 2, wireType 0 =*/ 16).int32(message.route);
        if (message.partnerId != null && $Object.hasOwnProperty.call(message, 'partnerId') && message.partnerId !== '')
          writer.uint32(/* id 3, wireType 2 =*/ 26).string(message.partnerId);
        if (message.$unknowns != null && $Object.hasOwnProperty.call(message, '$unknowns'))
          for (let i = 0; i < message.$unknowns.length; ++i) writer.raw(message.$unknowns[i]);
        return writer;
      };

      /**
       * Decodes a RoutedOrder message from the specified reader or buffer.
       * @function decode
       * @memberof orderflow.v1.RoutedOrder
       * @static
       * @param {$protobuf.Reader|Uint8Array} reader Reader or buffer to decode from
       * @param {number} [length] Message length if known beforehand
       * @returns {orderflow.v1.RoutedOrder & orderflow.v1.RoutedOrder.$Shape} RoutedOrder
       * @throws {Error} If the payload is not a reader or valid buffer
       * @throws {$protobuf.util.ProtocolError} If required fields are missing
       */
      RoutedOrder.decode = function (reader, length, _end, _depth, _target) {
        if (!(reader instanceof $Reader)) reader = $Reader.create(reader);
        if (_depth === $undefined) _depth = 0;
        if (_depth > $Reader.recursionLimit) throw $Error('max depth exceeded');
        let end, message, value;
        if (length === $undefined) end = reader.len;
        else {
          end = reader.pos + length;
          if (end > reader.len) throw $RangeError('index out of range');
          length = reader.len;
          reader.len = end;
        }
        message = _target || new $root.orderflow.v1.RoutedOrder();
        while (reader.pos < end) {
          let start = reader.pos;
          let tag = reader.tag();
          if (tag === _end) {
            _end = $undefined;
            break;
          }
          let wireType = tag & 7;
          switch ((tag >>>= 3)) {
            case 1: {
              if (wireType !== 2) break;
              message.enrichedOrder = $root.orderflow.v1.EnrichedOrder.decode(
                reader,
                reader.size(),
                $undefined,
                _depth + 1,
                message.enrichedOrder,
              );
              continue;
            }
            case 2: {
              if (wireType !== 0) break;
              if ((value = reader.int32())) message.route = value;
              else delete message.route;
              continue;
            }
            case 3: {
              if (wireType !== 2) break;
              if ((value = reader.stringVerify()).length) message.partnerId = value;
              else delete message.partnerId;
              continue;
            }
          }
          reader.skipType(wireType, _depth, tag);
          if (!reader.discardUnknown) {
            $util.makeProp(message, '$unknowns', false);
            (message.$unknowns || (message.$unknowns = [])).push(reader.raw(start, reader.pos));
          }
        }
        if (length !== $undefined) {
          if (reader.pos !== end) throw $RangeError('index out of range');
          reader.len = length;
        }
        if (_end !== $undefined) throw $Error('missing end group');
        return message;
      };

      /**
       * Creates a RoutedOrder message from a plain object. Also converts values to their respective internal types.
       * @function fromObject
       * @memberof orderflow.v1.RoutedOrder
       * @static
       * @param {Object.<string,*>} object Plain object
       * @returns {orderflow.v1.RoutedOrder} RoutedOrder
       */
      RoutedOrder.fromObject = function (object, _depth) {
        if (object instanceof $root.orderflow.v1.RoutedOrder) return object;
        if (!$util.isObject(object)) throw $TypeError('.orderflow.v1.RoutedOrder: object expected');
        if (_depth === $undefined) _depth = 0;
        if (_depth > $util.recursionLimit) throw $Error('max depth exceeded');
        let message = new $root.orderflow.v1.RoutedOrder();
        if (object.enrichedOrder != null) {
          if (!$util.isObject(object.enrichedOrder))
            throw $TypeError('.orderflow.v1.RoutedOrder.enrichedOrder: object expected');
          message.enrichedOrder = $root.orderflow.v1.EnrichedOrder.fromObject(object.enrichedOrder, _depth + 1);
        }
        if (object.route !== 0 && (typeof object.route !== 'string' || $root.orderflow.v1.Route[object.route] !== 0))
          switch (object.route) {
            case 'ROUTE_UNSPECIFIED':
            case 0:
              message.route = 0;
              break;
            case 'INTERNAL':
            case 1:
              message.route = 1;
              break;
            case 'EXTERNAL':
            case 2:
              message.route = 2;
              break;
            default:
              if (typeof object.route === 'number' && (object.route | 0) === object.route) message.route = object.route;
          }
        if (object.partnerId != null)
          if (typeof object.partnerId !== 'string' || object.partnerId.length)
            message.partnerId = $String(object.partnerId);
        return message;
      };

      /**
       * Creates a plain object from a RoutedOrder message. Also converts values to other types if specified.
       * @function toObject
       * @memberof orderflow.v1.RoutedOrder
       * @static
       * @param {orderflow.v1.RoutedOrder} message RoutedOrder
       * @param {$protobuf.IConversionOptions} [options] Conversion options
       * @returns {Object.<string,*>} Plain object
       */
      RoutedOrder.toObject = function (message, options, _depth) {
        if (!options) options = {};
        if (_depth === $undefined) _depth = 0;
        if (_depth > $util.recursionLimit) throw $Error('max depth exceeded');
        let object = {};
        if (options.defaults) {
          object.enrichedOrder = null;
          object.route = options.enums === $String ? 'ROUTE_UNSPECIFIED' : 0;
          object.partnerId = '';
        }
        if (message.enrichedOrder != null && $Object.hasOwnProperty.call(message, 'enrichedOrder'))
          object.enrichedOrder = $root.orderflow.v1.EnrichedOrder.toObject(message.enrichedOrder, options, _depth + 1);
        if (message.route != null && $Object.hasOwnProperty.call(message, 'route'))
          object.route =
            options.enums === $String
              ? $root.orderflow.v1.Route[message.route] === $undefined
                ? message.route
                : $root.orderflow.v1.Route[message.route]
              : message.route;
        if (message.partnerId != null && $Object.hasOwnProperty.call(message, 'partnerId'))
          object.partnerId = message.partnerId;
        return object;
      };

      /**
       * Converts this RoutedOrder to JSON.
       * @function toJSON
       * @memberof orderflow.v1.RoutedOrder
       * @instance
       * @returns {Object.<string,*>} JSON object
       */
      RoutedOrder.prototype.toJSON = function () {
        return RoutedOrder.toObject(this, $protobuf.util.toJSONOptions);
      };

      /**
       * Gets the type url for RoutedOrder
       * @function getTypeUrl
       * @memberof orderflow.v1.RoutedOrder
       * @static
       * @param {string} [prefix] Custom type url prefix, defaults to `"type.googleapis.com"`
       * @returns {string} The type url
       */
      RoutedOrder.getTypeUrl = function (prefix) {
        if (prefix === $undefined) prefix = 'type.googleapis.com';
        return prefix + '/orderflow.v1.RoutedOrder';
      };

      return RoutedOrder;
    })();

    v1.Amount = (function () {
      /**
       * Properties of an Amount.
       * @typedef {Object} orderflow.v1.Amount.$Properties
       * @property {string|null} [currency] Amount currency
       * @property {number|null} [minorUnits] Amount minorUnits
       * @property {Array.<Uint8Array>} [$unknowns] Unknown fields preserved while decoding when enabled
       */

      /**
       * Properties of an Amount.
       * @memberof orderflow.v1
       * @interface IAmount
       * @augments orderflow.v1.Amount.$Properties
       * @deprecated Use orderflow.v1.Amount.$Properties instead.
       */

      /**
       * Shape of an Amount.
       * @typedef {orderflow.v1.Amount.$Properties} orderflow.v1.Amount.$Shape
       */

      /**
       * Constructs a new Amount.
       * @memberof orderflow.v1
       * @classdesc Represents an Amount.
       * @constructor
       * @param {orderflow.v1.Amount.$Properties=} [properties] Properties to set
       * @property {Array.<Uint8Array>} [$unknowns] Unknown fields preserved while decoding when enabled
       */
      const Amount = function (properties) {
        if (properties)
          for (let keys = $Object.keys(properties), i = 0; i < keys.length; ++i)
            if (properties[keys[i]] != null && keys[i] !== '__proto__') this[keys[i]] = properties[keys[i]];
      };

      /**
       * Amount currency.
       * @member {string} currency
       * @memberof orderflow.v1.Amount
       * @instance
       */
      Amount.prototype.currency = '';

      /**
       * Amount minorUnits.
       * @member {number} minorUnits
       * @memberof orderflow.v1.Amount
       * @instance
       */
      Amount.prototype.minorUnits = $util.Long ? $util.Long.fromBits(0, 0, false) : 0;

      /**
       * Creates a new Amount instance using the specified properties.
       * @function create
       * @memberof orderflow.v1.Amount
       * @static
       * @param {orderflow.v1.Amount.$Properties=} [properties] Properties to set
       * @returns {orderflow.v1.Amount} Amount instance
       * @type {{
       *   (properties: orderflow.v1.Amount.$Shape): orderflow.v1.Amount & orderflow.v1.Amount.$Shape;
       *   (properties?: orderflow.v1.Amount.$Properties): orderflow.v1.Amount;
       * }}
       */
      Amount.create = function (properties) {
        return new Amount(properties);
      };

      /**
       * Encodes the specified Amount message. Does not implicitly {@link orderflow.v1.Amount.verify|verify} messages.
       * @function encode
       * @memberof orderflow.v1.Amount
       * @static
       * @param {orderflow.v1.Amount.$Properties} message Amount message or plain object to encode
       * @param {$protobuf.Writer} [writer] Writer to encode to
       * @returns {$protobuf.Writer} Writer
       */
      Amount.encode = function (message, writer, _depth) {
        if (!writer) writer = $Writer.create();
        if (_depth === $undefined) _depth = 0;
        if (_depth > $util.recursionLimit) throw $Error('max depth exceeded');
        if (message.currency != null && $Object.hasOwnProperty.call(message, 'currency') && message.currency !== '')
          writer.uint32(/* id 1, wireType 2 =*/ 10).string(message.currency);
        if (
          message.minorUnits != null &&
          $Object.hasOwnProperty.call(message, 'minorUnits') &&
          (typeof message.minorUnits === 'object'
            ? message.minorUnits.low || message.minorUnits.high
            : message.minorUnits !== 0)
        )
          writer.uint32(/* id 2, wireType 0 =*/ 16).int64(message.minorUnits);
        if (message.$unknowns != null && $Object.hasOwnProperty.call(message, '$unknowns'))
          for (let i = 0; i < message.$unknowns.length; ++i) writer.raw(message.$unknowns[i]);
        return writer;
      };

      /**
       * Decodes an Amount message from the specified reader or buffer.
       * @function decode
       * @memberof orderflow.v1.Amount
       * @static
       * @param {$protobuf.Reader|Uint8Array} reader Reader or buffer to decode from
       * @param {number} [length] Message length if known beforehand
       * @returns {orderflow.v1.Amount & orderflow.v1.Amount.$Shape} Amount
       * @throws {Error} If the payload is not a reader or valid buffer
       * @throws {$protobuf.util.ProtocolError} If required fields are missing
       */
      Amount.decode = function (reader, length, _end, _depth, _target) {
        if (!(reader instanceof $Reader)) reader = $Reader.create(reader);
        if (_depth === $undefined) _depth = 0;
        if (_depth > $Reader.recursionLimit) throw $Error('max depth exceeded');
        let end, message, value;
        if (length === $undefined) end = reader.len;
        else {
          end = reader.pos + length;
          if (end > reader.len) throw $RangeError('index out of range');
          length = reader.len;
          reader.len = end;
        }
        message = _target || new $root.orderflow.v1.Amount();
        while (reader.pos < end) {
          let start = reader.pos;
          let tag = reader.tag();
          if (tag === _end) {
            _end = $undefined;
            break;
          }
          let wireType = tag & 7;
          switch ((tag >>>= 3)) {
            case 1: {
              if (wireType !== 2) break;
              if ((value = reader.stringVerify()).length) message.currency = value;
              else delete message.currency;
              continue;
            }
            case 2: {
              if (wireType !== 0) break;
              if (typeof (value = reader.int64()) === 'object' ? value.low || value.high : value !== 0)
                message.minorUnits = value;
              else delete message.minorUnits;
              continue;
            }
          }
          reader.skipType(wireType, _depth, tag);
          if (!reader.discardUnknown) {
            $util.makeProp(message, '$unknowns', false);
            (message.$unknowns || (message.$unknowns = [])).push(reader.raw(start, reader.pos));
          }
        }
        if (length !== $undefined) {
          if (reader.pos !== end) throw $RangeError('index out of range');
          reader.len = length;
        }
        if (_end !== $undefined) throw $Error('missing end group');
        return message;
      };

      /**
       * Creates an Amount message from a plain object. Also converts values to their respective internal types.
       * @function fromObject
       * @memberof orderflow.v1.Amount
       * @static
       * @param {Object.<string,*>} object Plain object
       * @returns {orderflow.v1.Amount} Amount
       */
      Amount.fromObject = function (object, _depth) {
        if (object instanceof $root.orderflow.v1.Amount) return object;
        if (!$util.isObject(object)) throw $TypeError('.orderflow.v1.Amount: object expected');
        if (_depth === $undefined) _depth = 0;
        if (_depth > $util.recursionLimit) throw $Error('max depth exceeded');
        let message = new $root.orderflow.v1.Amount();
        if (object.currency != null)
          if (typeof object.currency !== 'string' || object.currency.length)
            message.currency = $String(object.currency);
        if (object.minorUnits != null)
          if (
            typeof object.minorUnits === 'object'
              ? object.minorUnits.low || object.minorUnits.high
              : $Number(object.minorUnits) !== 0
          )
            if ($util.Long) message.minorUnits = $util.Long.fromValue(object.minorUnits, false);
            else if (typeof object.minorUnits === 'string') message.minorUnits = $parseInt(object.minorUnits, 10);
            else if (typeof object.minorUnits === 'number') message.minorUnits = object.minorUnits;
            else if (typeof object.minorUnits === 'object')
              message.minorUnits = new $util.LongBits(
                object.minorUnits.low >>> 0,
                object.minorUnits.high >>> 0,
              ).toNumber();
        return message;
      };

      /**
       * Creates a plain object from an Amount message. Also converts values to other types if specified.
       * @function toObject
       * @memberof orderflow.v1.Amount
       * @static
       * @param {orderflow.v1.Amount} message Amount
       * @param {$protobuf.IConversionOptions} [options] Conversion options
       * @returns {Object.<string,*>} Plain object
       */
      Amount.toObject = function (message, options, _depth) {
        if (!options) options = {};
        if (_depth === $undefined) _depth = 0;
        if (_depth > $util.recursionLimit) throw $Error('max depth exceeded');
        let object = {};
        if (options.defaults) {
          object.currency = '';
          if ($util.Long) {
            let long = new $util.Long(0, 0, false);
            object.minorUnits =
              options.longs === $String
                ? long.toString()
                : options.longs === $Number
                  ? long.toNumber()
                  : typeof $BigInt !== 'undefined' && options.longs === $BigInt
                    ? long.toBigInt()
                    : long;
          } else
            object.minorUnits =
              options.longs === $String
                ? '0'
                : typeof $BigInt !== 'undefined' && options.longs === $BigInt
                  ? $BigInt('0')
                  : 0;
        }
        if (message.currency != null && $Object.hasOwnProperty.call(message, 'currency'))
          object.currency = message.currency;
        if (message.minorUnits != null && $Object.hasOwnProperty.call(message, 'minorUnits'))
          if (typeof $BigInt !== 'undefined' && options.longs === $BigInt)
            object.minorUnits =
              typeof message.minorUnits === 'number'
                ? $BigInt(message.minorUnits)
                : $util.Long.fromBits(message.minorUnits.low >>> 0, message.minorUnits.high >>> 0, false).toBigInt();
          else if (typeof message.minorUnits === 'number')
            object.minorUnits = options.longs === $String ? $String(message.minorUnits) : message.minorUnits;
          else
            object.minorUnits =
              options.longs === $String
                ? $util.Long.prototype.toString.call(message.minorUnits)
                : options.longs === $Number
                  ? new $util.LongBits(message.minorUnits.low >>> 0, message.minorUnits.high >>> 0).toNumber()
                  : message.minorUnits;
        return object;
      };

      /**
       * Converts this Amount to JSON.
       * @function toJSON
       * @memberof orderflow.v1.Amount
       * @instance
       * @returns {Object.<string,*>} JSON object
       */
      Amount.prototype.toJSON = function () {
        return Amount.toObject(this, $protobuf.util.toJSONOptions);
      };

      /**
       * Gets the type url for Amount
       * @function getTypeUrl
       * @memberof orderflow.v1.Amount
       * @static
       * @param {string} [prefix] Custom type url prefix, defaults to `"type.googleapis.com"`
       * @returns {string} The type url
       */
      Amount.getTypeUrl = function (prefix) {
        if (prefix === $undefined) prefix = 'type.googleapis.com';
        return prefix + '/orderflow.v1.Amount';
      };

      return Amount;
    })();

    v1.AggregatedOrder = (function () {
      /**
       * Properties of an AggregatedOrder.
       * @typedef {Object} orderflow.v1.AggregatedOrder.$Properties
       * @property {string|null} [toLocationId] AggregatedOrder toLocationId
       * @property {google.protobuf.Timestamp.$Properties|null} [windowStart] AggregatedOrder windowStart
       * @property {google.protobuf.Timestamp.$Properties|null} [windowEnd] AggregatedOrder windowEnd
       * @property {number|null} [paneIndex] AggregatedOrder paneIndex
       * @property {number|null} [orders] AggregatedOrder orders
       * @property {number|null} [items] AggregatedOrder items
       * @property {Array.<orderflow.v1.Amount.$Properties>|null} [amounts] AggregatedOrder amounts
       * @property {number|null} [revision] AggregatedOrder revision
       * @property {Array.<Uint8Array>} [$unknowns] Unknown fields preserved while decoding when enabled
       */

      /**
       * Properties of an AggregatedOrder.
       * @memberof orderflow.v1
       * @interface IAggregatedOrder
       * @augments orderflow.v1.AggregatedOrder.$Properties
       * @deprecated Use orderflow.v1.AggregatedOrder.$Properties instead.
       */

      /**
       * Shape of an AggregatedOrder.
       * @typedef {orderflow.v1.AggregatedOrder.$Properties} orderflow.v1.AggregatedOrder.$Shape
       */

      /**
       * Constructs a new AggregatedOrder.
       * @memberof orderflow.v1
       * @classdesc Represents an AggregatedOrder.
       * @constructor
       * @param {orderflow.v1.AggregatedOrder.$Properties=} [properties] Properties to set
       * @property {Array.<Uint8Array>} [$unknowns] Unknown fields preserved while decoding when enabled
       */
      const AggregatedOrder = function (properties) {
        this.amounts = [];
        if (properties)
          for (let keys = $Object.keys(properties), i = 0; i < keys.length; ++i)
            if (properties[keys[i]] != null && keys[i] !== '__proto__') this[keys[i]] = properties[keys[i]];
      };

      /**
       * AggregatedOrder toLocationId.
       * @member {string} toLocationId
       * @memberof orderflow.v1.AggregatedOrder
       * @instance
       */
      AggregatedOrder.prototype.toLocationId = '';

      /**
       * AggregatedOrder windowStart.
       * @member {google.protobuf.Timestamp.$Properties|null|undefined} windowStart
       * @memberof orderflow.v1.AggregatedOrder
       * @instance
       */
      AggregatedOrder.prototype.windowStart = null;

      /**
       * AggregatedOrder windowEnd.
       * @member {google.protobuf.Timestamp.$Properties|null|undefined} windowEnd
       * @memberof orderflow.v1.AggregatedOrder
       * @instance
       */
      AggregatedOrder.prototype.windowEnd = null;

      /**
       * AggregatedOrder paneIndex.
       * @member {number} paneIndex
       * @memberof orderflow.v1.AggregatedOrder
       * @instance
       */
      AggregatedOrder.prototype.paneIndex = $util.Long ? $util.Long.fromBits(0, 0, false) : 0;

      /**
       * AggregatedOrder orders.
       * @member {number} orders
       * @memberof orderflow.v1.AggregatedOrder
       * @instance
       */
      AggregatedOrder.prototype.orders = $util.Long ? $util.Long.fromBits(0, 0, false) : 0;

      /**
       * AggregatedOrder items.
       * @member {number} items
       * @memberof orderflow.v1.AggregatedOrder
       * @instance
       */
      AggregatedOrder.prototype.items = $util.Long ? $util.Long.fromBits(0, 0, false) : 0;

      /**
       * AggregatedOrder amounts.
       * @member {Array.<orderflow.v1.Amount.$Properties>} amounts
       * @memberof orderflow.v1.AggregatedOrder
       * @instance
       */
      AggregatedOrder.prototype.amounts = $util.emptyArray;

      /**
       * AggregatedOrder revision.
       * @member {number} revision
       * @memberof orderflow.v1.AggregatedOrder
       * @instance
       */
      AggregatedOrder.prototype.revision = $util.Long ? $util.Long.fromBits(0, 0, false) : 0;

      /**
       * Creates a new AggregatedOrder instance using the specified properties.
       * @function create
       * @memberof orderflow.v1.AggregatedOrder
       * @static
       * @param {orderflow.v1.AggregatedOrder.$Properties=} [properties] Properties to set
       * @returns {orderflow.v1.AggregatedOrder} AggregatedOrder instance
       * @type {{
       *   (properties: orderflow.v1.AggregatedOrder.$Shape): orderflow.v1.AggregatedOrder & orderflow.v1.AggregatedOrder.$Shape;
       *   (properties?: orderflow.v1.AggregatedOrder.$Properties): orderflow.v1.AggregatedOrder;
       * }}
       */
      AggregatedOrder.create = function (properties) {
        return new AggregatedOrder(properties);
      };

      /**
       * Encodes the specified AggregatedOrder message. Does not implicitly {@link orderflow.v1.AggregatedOrder.verify|verify} messages.
       * @function encode
       * @memberof orderflow.v1.AggregatedOrder
       * @static
       * @param {orderflow.v1.AggregatedOrder.$Properties} message AggregatedOrder message or plain object to encode
       * @param {$protobuf.Writer} [writer] Writer to encode to
       * @returns {$protobuf.Writer} Writer
       */
      AggregatedOrder.encode = function (message, writer, _depth) {
        if (!writer) writer = $Writer.create();
        if (_depth === $undefined) _depth = 0;
        if (_depth > $util.recursionLimit) throw $Error('max depth exceeded');
        if (
          message.toLocationId != null &&
          $Object.hasOwnProperty.call(message, 'toLocationId') &&
          message.toLocationId !== ''
        )
          writer.uint32(/* id 1, wireType 2 =*/ 10).string(message.toLocationId);
        if (message.windowStart != null && $Object.hasOwnProperty.call(message, 'windowStart'))
          $root.google.protobuf.Timestamp.encode(
            message.windowStart,
            writer.uint32(/* id 2, wireType 2 =*/ 18).fork(),
            _depth + 1,
          ).ldelim();
        if (message.windowEnd != null && $Object.hasOwnProperty.call(message, 'windowEnd'))
          $root.google.protobuf.Timestamp.encode(
            message.windowEnd,
            writer.uint32(/* id 3, wireType 2 =*/ 26).fork(),
            _depth + 1,
          ).ldelim();
        if (
          message.paneIndex != null &&
          $Object.hasOwnProperty.call(message, 'paneIndex') &&
          (typeof message.paneIndex === 'object'
            ? message.paneIndex.low || message.paneIndex.high
            : message.paneIndex !== 0)
        )
          writer.uint32(/* id 4, wireType 0 =*/ 32).int64(message.paneIndex);
        if (
          message.orders != null &&
          $Object.hasOwnProperty.call(message, 'orders') &&
          (typeof message.orders === 'object' ? message.orders.low || message.orders.high : message.orders !== 0)
        )
          writer.uint32(/* id 5, wireType 0 =*/ 40).int64(message.orders);
        if (
          message.items != null &&
          $Object.hasOwnProperty.call(message, 'items') &&
          (typeof message.items === 'object' ? message.items.low || message.items.high : message.items !== 0)
        )
          writer.uint32(/* id 6, wireType 0 =*/ 48).int64(message.items);
        if (message.amounts != null && message.amounts.length)
          for (let i = 0; i < message.amounts.length; ++i)
            $root.orderflow.v1.Amount.encode(
              message.amounts[i],
              writer.uint32(/* id 7, wireType 2 =*/ 58).fork(),
              _depth + 1,
            ).ldelim();
        if (
          message.revision != null &&
          $Object.hasOwnProperty.call(message, 'revision') &&
          (typeof message.revision === 'object'
            ? message.revision.low || message.revision.high
            : message.revision !== 0)
        )
          writer.uint32(/* id 8, wireType 0 =*/ 64).int64(message.revision);
        if (message.$unknowns != null && $Object.hasOwnProperty.call(message, '$unknowns'))
          for (let i = 0; i < message.$unknowns.length; ++i) writer.raw(message.$unknowns[i]);
        return writer;
      };

      /**
       * Decodes an AggregatedOrder message from the specified reader or buffer.
       * @function decode
       * @memberof orderflow.v1.AggregatedOrder
       * @static
       * @param {$protobuf.Reader|Uint8Array} reader Reader or buffer to decode from
       * @param {number} [length] Message length if known beforehand
       * @returns {orderflow.v1.AggregatedOrder & orderflow.v1.AggregatedOrder.$Shape} AggregatedOrder
       * @throws {Error} If the payload is not a reader or valid buffer
       * @throws {$protobuf.util.ProtocolError} If required fields are missing
       */
      AggregatedOrder.decode = function (reader, length, _end, _depth, _target) {
        if (!(reader instanceof $Reader)) reader = $Reader.create(reader);
        if (_depth === $undefined) _depth = 0;
        if (_depth > $Reader.recursionLimit) throw $Error('max depth exceeded');
        let end, message, value;
        if (length === $undefined) end = reader.len;
        else {
          end = reader.pos + length;
          if (end > reader.len) throw $RangeError('index out of range');
          length = reader.len;
          reader.len = end;
        }
        message = _target || new $root.orderflow.v1.AggregatedOrder();
        while (reader.pos < end) {
          let start = reader.pos;
          let tag = reader.tag();
          if (tag === _end) {
            _end = $undefined;
            break;
          }
          let wireType = tag & 7;
          switch ((tag >>>= 3)) {
            case 1: {
              if (wireType !== 2) break;
              if ((value = reader.stringVerify()).length) message.toLocationId = value;
              else delete message.toLocationId;
              continue;
            }
            case 2: {
              if (wireType !== 2) break;
              message.windowStart = $root.google.protobuf.Timestamp.decode(
                reader,
                reader.size(),
                $undefined,
                _depth + 1,
                message.windowStart,
              );
              continue;
            }
            case 3: {
              if (wireType !== 2) break;
              message.windowEnd = $root.google.protobuf.Timestamp.decode(
                reader,
                reader.size(),
                $undefined,
                _depth + 1,
                message.windowEnd,
              );
              continue;
            }
            case 4: {
              if (wireType !== 0) break;
              if (typeof (value = reader.int64()) === 'object' ? value.low || value.high : value !== 0)
                message.paneIndex = value;
              else delete message.paneIndex;
              continue;
            }
            case 5: {
              if (wireType !== 0) break;
              if (typeof (value = reader.int64()) === 'object' ? value.low || value.high : value !== 0)
                message.orders = value;
              else delete message.orders;
              continue;
            }
            case 6: {
              if (wireType !== 0) break;
              if (typeof (value = reader.int64()) === 'object' ? value.low || value.high : value !== 0)
                message.items = value;
              else delete message.items;
              continue;
            }
            case 7: {
              if (wireType !== 2) break;
              if (!(message.amounts && message.amounts.length)) message.amounts = [];
              message.amounts.push($root.orderflow.v1.Amount.decode(reader, reader.size(), $undefined, _depth + 1));
              continue;
            }
            case 8: {
              if (wireType !== 0) break;
              if (typeof (value = reader.int64()) === 'object' ? value.low || value.high : value !== 0)
                message.revision = value;
              else delete message.revision;
              continue;
            }
          }
          reader.skipType(wireType, _depth, tag);
          if (!reader.discardUnknown) {
            $util.makeProp(message, '$unknowns', false);
            (message.$unknowns || (message.$unknowns = [])).push(reader.raw(start, reader.pos));
          }
        }
        if (length !== $undefined) {
          if (reader.pos !== end) throw $RangeError('index out of range');
          reader.len = length;
        }
        if (_end !== $undefined) throw $Error('missing end group');
        return message;
      };

      /**
       * Creates an AggregatedOrder message from a plain object. Also converts values to their respective internal types.
       * @function fromObject
       * @memberof orderflow.v1.AggregatedOrder
       * @static
       * @param {Object.<string,*>} object Plain object
       * @returns {orderflow.v1.AggregatedOrder} AggregatedOrder
       */
      AggregatedOrder.fromObject = function (object, _depth) {
        if (object instanceof $root.orderflow.v1.AggregatedOrder) return object;
        if (!$util.isObject(object)) throw $TypeError('.orderflow.v1.AggregatedOrder: object expected');
        if (_depth === $undefined) _depth = 0;
        if (_depth > $util.recursionLimit) throw $Error('max depth exceeded');
        let message = new $root.orderflow.v1.AggregatedOrder();
        if (object.toLocationId != null)
          if (typeof object.toLocationId !== 'string' || object.toLocationId.length)
            message.toLocationId = $String(object.toLocationId);
        if (object.windowStart != null) {
          if (!$util.isObject(object.windowStart))
            throw $TypeError('.orderflow.v1.AggregatedOrder.windowStart: object expected');
          message.windowStart = $root.google.protobuf.Timestamp.fromObject(object.windowStart, _depth + 1);
        }
        if (object.windowEnd != null) {
          if (!$util.isObject(object.windowEnd))
            throw $TypeError('.orderflow.v1.AggregatedOrder.windowEnd: object expected');
          message.windowEnd = $root.google.protobuf.Timestamp.fromObject(object.windowEnd, _depth + 1);
        }
        if (object.paneIndex != null)
          if (
            typeof object.paneIndex === 'object'
              ? object.paneIndex.low || object.paneIndex.high
              : $Number(object.paneIndex) !== 0
          )
            if ($util.Long) message.paneIndex = $util.Long.fromValue(object.paneIndex, false);
            else if (typeof object.paneIndex === 'string') message.paneIndex = $parseInt(object.paneIndex, 10);
            else if (typeof object.paneIndex === 'number') message.paneIndex = object.paneIndex;
            else if (typeof object.paneIndex === 'object')
              message.paneIndex = new $util.LongBits(
                object.paneIndex.low >>> 0,
                object.paneIndex.high >>> 0,
              ).toNumber();
        if (object.orders != null)
          if (
            typeof object.orders === 'object' ? object.orders.low || object.orders.high : $Number(object.orders) !== 0
          )
            if ($util.Long) message.orders = $util.Long.fromValue(object.orders, false);
            else if (typeof object.orders === 'string') message.orders = $parseInt(object.orders, 10);
            else if (typeof object.orders === 'number') message.orders = object.orders;
            else if (typeof object.orders === 'object')
              message.orders = new $util.LongBits(object.orders.low >>> 0, object.orders.high >>> 0).toNumber();
        if (object.items != null)
          if (typeof object.items === 'object' ? object.items.low || object.items.high : $Number(object.items) !== 0)
            if ($util.Long) message.items = $util.Long.fromValue(object.items, false);
            else if (typeof object.items === 'string') message.items = $parseInt(object.items, 10);
            else if (typeof object.items === 'number') message.items = object.items;
            else if (typeof object.items === 'object')
              message.items = new $util.LongBits(object.items.low >>> 0, object.items.high >>> 0).toNumber();
        if (object.amounts) {
          if (!$Array.isArray(object.amounts))
            throw $TypeError('.orderflow.v1.AggregatedOrder.amounts: array expected');
          message.amounts = $Array(object.amounts.length);
          for (let i = 0; i < object.amounts.length; ++i) {
            if (!$util.isObject(object.amounts[i]))
              throw $TypeError('.orderflow.v1.AggregatedOrder.amounts: object expected');
            message.amounts[i] = $root.orderflow.v1.Amount.fromObject(object.amounts[i], _depth + 1);
          }
        }
        if (object.revision != null)
          if (
            typeof object.revision === 'object'
              ? object.revision.low || object.revision.high
              : $Number(object.revision) !== 0
          )
            if ($util.Long) message.revision = $util.Long.fromValue(object.revision, false);
            else if (typeof object.revision === 'string') message.revision = $parseInt(object.revision, 10);
            else if (typeof object.revision === 'number') message.revision = object.revision;
            else if (typeof object.revision === 'object')
              message.revision = new $util.LongBits(object.revision.low >>> 0, object.revision.high >>> 0).toNumber();
        return message;
      };

      /**
       * Creates a plain object from an AggregatedOrder message. Also converts values to other types if specified.
       * @function toObject
       * @memberof orderflow.v1.AggregatedOrder
       * @static
       * @param {orderflow.v1.AggregatedOrder} message AggregatedOrder
       * @param {$protobuf.IConversionOptions} [options] Conversion options
       * @returns {Object.<string,*>} Plain object
       */
      AggregatedOrder.toObject = function (message, options, _depth) {
        if (!options) options = {};
        if (_depth === $undefined) _depth = 0;
        if (_depth > $util.recursionLimit) throw $Error('max depth exceeded');
        let object = {};
        if (options.arrays || options.defaults) object.amounts = [];
        if (options.defaults) {
          object.toLocationId = '';
          object.windowStart = null;
          object.windowEnd = null;
          if ($util.Long) {
            let long = new $util.Long(0, 0, false);
            object.paneIndex =
              options.longs === $String
                ? long.toString()
                : options.longs === $Number
                  ? long.toNumber()
                  : typeof $BigInt !== 'undefined' && options.longs === $BigInt
                    ? long.toBigInt()
                    : long;
          } else
            object.paneIndex =
              options.longs === $String
                ? '0'
                : typeof $BigInt !== 'undefined' && options.longs === $BigInt
                  ? $BigInt('0')
                  : 0;
          if ($util.Long) {
            let long = new $util.Long(0, 0, false);
            object.orders =
              options.longs === $String
                ? long.toString()
                : options.longs === $Number
                  ? long.toNumber()
                  : typeof $BigInt !== 'undefined' && options.longs === $BigInt
                    ? long.toBigInt()
                    : long;
          } else
            object.orders =
              options.longs === $String
                ? '0'
                : typeof $BigInt !== 'undefined' && options.longs === $BigInt
                  ? $BigInt('0')
                  : 0;
          if ($util.Long) {
            let long = new $util.Long(0, 0, false);
            object.items =
              options.longs === $String
                ? long.toString()
                : options.longs === $Number
                  ? long.toNumber()
                  : typeof $BigInt !== 'undefined' && options.longs === $BigInt
                    ? long.toBigInt()
                    : long;
          } else
            object.items =
              options.longs === $String
                ? '0'
                : typeof $BigInt !== 'undefined' && options.longs === $BigInt
                  ? $BigInt('0')
                  : 0;
          if ($util.Long) {
            let long = new $util.Long(0, 0, false);
            object.revision =
              options.longs === $String
                ? long.toString()
                : options.longs === $Number
                  ? long.toNumber()
                  : typeof $BigInt !== 'undefined' && options.longs === $BigInt
                    ? long.toBigInt()
                    : long;
          } else
            object.revision =
              options.longs === $String
                ? '0'
                : typeof $BigInt !== 'undefined' && options.longs === $BigInt
                  ? $BigInt('0')
                  : 0;
        }
        if (message.toLocationId != null && $Object.hasOwnProperty.call(message, 'toLocationId'))
          object.toLocationId = message.toLocationId;
        if (message.windowStart != null && $Object.hasOwnProperty.call(message, 'windowStart'))
          object.windowStart = $root.google.protobuf.Timestamp.toObject(message.windowStart, options, _depth + 1);
        if (message.windowEnd != null && $Object.hasOwnProperty.call(message, 'windowEnd'))
          object.windowEnd = $root.google.protobuf.Timestamp.toObject(message.windowEnd, options, _depth + 1);
        if (message.paneIndex != null && $Object.hasOwnProperty.call(message, 'paneIndex'))
          if (typeof $BigInt !== 'undefined' && options.longs === $BigInt)
            object.paneIndex =
              typeof message.paneIndex === 'number'
                ? $BigInt(message.paneIndex)
                : $util.Long.fromBits(message.paneIndex.low >>> 0, message.paneIndex.high >>> 0, false).toBigInt();
          else if (typeof message.paneIndex === 'number')
            object.paneIndex = options.longs === $String ? $String(message.paneIndex) : message.paneIndex;
          else
            object.paneIndex =
              options.longs === $String
                ? $util.Long.prototype.toString.call(message.paneIndex)
                : options.longs === $Number
                  ? new $util.LongBits(message.paneIndex.low >>> 0, message.paneIndex.high >>> 0).toNumber()
                  : message.paneIndex;
        if (message.orders != null && $Object.hasOwnProperty.call(message, 'orders'))
          if (typeof $BigInt !== 'undefined' && options.longs === $BigInt)
            object.orders =
              typeof message.orders === 'number'
                ? $BigInt(message.orders)
                : $util.Long.fromBits(message.orders.low >>> 0, message.orders.high >>> 0, false).toBigInt();
          else if (typeof message.orders === 'number')
            object.orders = options.longs === $String ? $String(message.orders) : message.orders;
          else
            object.orders =
              options.longs === $String
                ? $util.Long.prototype.toString.call(message.orders)
                : options.longs === $Number
                  ? new $util.LongBits(message.orders.low >>> 0, message.orders.high >>> 0).toNumber()
                  : message.orders;
        if (message.items != null && $Object.hasOwnProperty.call(message, 'items'))
          if (typeof $BigInt !== 'undefined' && options.longs === $BigInt)
            object.items =
              typeof message.items === 'number'
                ? $BigInt(message.items)
                : $util.Long.fromBits(message.items.low >>> 0, message.items.high >>> 0, false).toBigInt();
          else if (typeof message.items === 'number')
            object.items = options.longs === $String ? $String(message.items) : message.items;
          else
            object.items =
              options.longs === $String
                ? $util.Long.prototype.toString.call(message.items)
                : options.longs === $Number
                  ? new $util.LongBits(message.items.low >>> 0, message.items.high >>> 0).toNumber()
                  : message.items;
        if (message.amounts && message.amounts.length) {
          object.amounts = $Array(message.amounts.length);
          for (let j = 0; j < message.amounts.length; ++j)
            object.amounts[j] = $root.orderflow.v1.Amount.toObject(message.amounts[j], options, _depth + 1);
        }
        if (message.revision != null && $Object.hasOwnProperty.call(message, 'revision'))
          if (typeof $BigInt !== 'undefined' && options.longs === $BigInt)
            object.revision =
              typeof message.revision === 'number'
                ? $BigInt(message.revision)
                : $util.Long.fromBits(message.revision.low >>> 0, message.revision.high >>> 0, false).toBigInt();
          else if (typeof message.revision === 'number')
            object.revision = options.longs === $String ? $String(message.revision) : message.revision;
          else
            object.revision =
              options.longs === $String
                ? $util.Long.prototype.toString.call(message.revision)
                : options.longs === $Number
                  ? new $util.LongBits(message.revision.low >>> 0, message.revision.high >>> 0).toNumber()
                  : message.revision;
        return object;
      };

      /**
       * Converts this AggregatedOrder to JSON.
       * @function toJSON
       * @memberof orderflow.v1.AggregatedOrder
       * @instance
       * @returns {Object.<string,*>} JSON object
       */
      AggregatedOrder.prototype.toJSON = function () {
        return AggregatedOrder.toObject(this, $protobuf.util.toJSONOptions);
      };

      /**
       * Gets the type url for AggregatedOrder
       * @function getTypeUrl
       * @memberof orderflow.v1.AggregatedOrder
       * @static
       * @param {string} [prefix] Custom type url prefix, defaults to `"type.googleapis.com"`
       * @returns {string} The type url
       */
      AggregatedOrder.getTypeUrl = function (prefix) {
        if (prefix === $undefined) prefix = 'type.googleapis.com';
        return prefix + '/orderflow.v1.AggregatedOrder';
      };

      return AggregatedOrder;
    })();

    /**
     * DeadLetterReason enum.
     * @name orderflow.v1.DeadLetterReason
     * @enum {number}
     * @property {number} DEAD_LETTER_REASON_UNSPECIFIED=0 DEAD_LETTER_REASON_UNSPECIFIED value
     * @property {number} EMPTY_VALUE=1 EMPTY_VALUE value
     * @property {number} TOO_LARGE=2 TOO_LARGE value
     * @property {number} UNDECODABLE=3 UNDECODABLE value
     * @property {number} INVALID_ORDER=4 INVALID_ORDER value
     * @property {number} UNKNOWN_LOCATION=5 UNKNOWN_LOCATION value
     * @property {number} NO_ROUTE=6 NO_ROUTE value
     * @property {number} PROCESSING_FAILED=7 PROCESSING_FAILED value
     * @property {number} DELIVERY_REFUSED=8 DELIVERY_REFUSED value
     * @property {number} TOO_LATE=9 TOO_LATE value
     * @property {number} MESSAGE_ID_REUSED=10 MESSAGE_ID_REUSED value
     */
    v1.DeadLetterReason = (function () {
      const valuesById = $Object.create(null),
        values = $Object.create(valuesById);
      values[(valuesById[0] = 'DEAD_LETTER_REASON_UNSPECIFIED')] = 0;
      values[(valuesById[1] = 'EMPTY_VALUE')] = 1;
      values[(valuesById[2] = 'TOO_LARGE')] = 2;
      values[(valuesById[3] = 'UNDECODABLE')] = 3;
      values[(valuesById[4] = 'INVALID_ORDER')] = 4;
      values[(valuesById[5] = 'UNKNOWN_LOCATION')] = 5;
      values[(valuesById[6] = 'NO_ROUTE')] = 6;
      values[(valuesById[7] = 'PROCESSING_FAILED')] = 7;
      values[(valuesById[8] = 'DELIVERY_REFUSED')] = 8;
      values[(valuesById[9] = 'TOO_LATE')] = 9;
      values[(valuesById[10] = 'MESSAGE_ID_REUSED')] = 10;
      return values;
    })();

    v1.DeadLetter = (function () {
      /**
       * Properties of a DeadLetter.
       * @typedef {Object} orderflow.v1.DeadLetter.$Properties
       * @property {Uint8Array|null} [key] DeadLetter key
       * @property {Uint8Array|null} [value] DeadLetter value
       * @property {string|null} [topic] DeadLetter topic
       * @property {number|null} [partition] DeadLetter partition
       * @property {number|null} [offset] DeadLetter offset
       * @property {google.protobuf.Timestamp.$Properties|null} [recordTime] DeadLetter recordTime
       * @property {string|null} [step] DeadLetter step
       * @property {orderflow.v1.DeadLetterReason|null} [reason] DeadLetter reason
       * @property {string|null} [error] DeadLetter error
       * @property {string|null} [orderId] DeadLetter orderId
       * @property {string|null} [messageId] DeadLetter messageId
       * @property {string|null} [release] DeadLetter release
       * @property {Array.<Uint8Array>} [$unknowns] Unknown fields preserved while decoding when enabled
       */

      /**
       * Properties of a DeadLetter.
       * @memberof orderflow.v1
       * @interface IDeadLetter
       * @augments orderflow.v1.DeadLetter.$Properties
       * @deprecated Use orderflow.v1.DeadLetter.$Properties instead.
       */

      /**
       * Shape of a DeadLetter.
       * @typedef {orderflow.v1.DeadLetter.$Properties} orderflow.v1.DeadLetter.$Shape
       */

      /**
       * Constructs a new DeadLetter.
       * @memberof orderflow.v1
       * @classdesc Represents a DeadLetter.
       * @constructor
       * @param {orderflow.v1.DeadLetter.$Properties=} [properties] Properties to set
       * @property {Array.<Uint8Array>} [$unknowns] Unknown fields preserved while decoding when enabled
       */
      const DeadLetter = function (properties) {
        if (properties)
          for (let keys = $Object.keys(properties), i = 0; i < keys.length; ++i)
            if (properties[keys[i]] != null && keys[i] !== '__proto__') this[keys[i]] = properties[keys[i]];
      };

      /**
       * DeadLetter key.
       * @member {Uint8Array} key
       * @memberof orderflow.v1.DeadLetter
       * @instance
       */
      DeadLetter.prototype.key = $util.newBuffer([]);

      /**
       * DeadLetter value.
       * @member {Uint8Array} value
       * @memberof orderflow.v1.DeadLetter
       * @instance
       */
      DeadLetter.prototype.value = $util.newBuffer([]);

      /**
       * DeadLetter topic.
       * @member {string} topic
       * @memberof orderflow.v1.DeadLetter
       * @instance
       */
      DeadLetter.prototype.topic = '';

      /**
       * DeadLetter partition.
       * @member {number} partition
       * @memberof orderflow.v1.DeadLetter
       * @instance
       */
      DeadLetter.prototype.partition = 0;

      /**
       * DeadLetter offset.
       * @member {number} offset
       * @memberof orderflow.v1.DeadLetter
       * @instance
       */
      DeadLetter.prototype.offset = $util.Long ? $util.Long.fromBits(0, 0, false) : 0;

      /**
       * DeadLetter recordTime.
       * @member {google.protobuf.Timestamp.$Properties|null|undefined} recordTime
       * @memberof orderflow.v1.DeadLetter
       * @instance
       */
      DeadLetter.prototype.recordTime = null;

      /**
       * DeadLetter step.
       * @member {string} step
       * @memberof orderflow.v1.DeadLetter
       * @instance
       */
      DeadLetter.prototype.step = '';

      /**
       * DeadLetter reason.
       * @member {orderflow.v1.DeadLetterReason} reason
       * @memberof orderflow.v1.DeadLetter
       * @instance
       */
      DeadLetter.prototype.reason = 0;

      /**
       * DeadLetter error.
       * @member {string} error
       * @memberof orderflow.v1.DeadLetter
       * @instance
       */
      DeadLetter.prototype.error = '';

      /**
       * DeadLetter orderId.
       * @member {string} orderId
       * @memberof orderflow.v1.DeadLetter
       * @instance
       */
      DeadLetter.prototype.orderId = '';

      /**
       * DeadLetter messageId.
       * @member {string} messageId
       * @memberof orderflow.v1.DeadLetter
       * @instance
       */
      DeadLetter.prototype.messageId = '';

      /**
       * DeadLetter release.
       * @member {string} release
       * @memberof orderflow.v1.DeadLetter
       * @instance
       */
      DeadLetter.prototype.release = '';

      /**
       * Creates a new DeadLetter instance using the specified properties.
       * @function create
       * @memberof orderflow.v1.DeadLetter
       * @static
       * @param {orderflow.v1.DeadLetter.$Properties=} [properties] Properties to set
       * @returns {orderflow.v1.DeadLetter} DeadLetter instance
       * @type {{
       *   (properties: orderflow.v1.DeadLetter.$Shape): orderflow.v1.DeadLetter & orderflow.v1.DeadLetter.$Shape;
       *   (properties?: orderflow.v1.DeadLetter.$Properties): orderflow.v1.DeadLetter;
       * }}
       */
      DeadLetter.create = function (properties) {
        return new DeadLetter(properties);
      };

      /**
       * Encodes the specified DeadLetter message. Does not implicitly {@link orderflow.v1.DeadLetter.verify|verify} messages.
       * @function encode
       * @memberof orderflow.v1.DeadLetter
       * @static
       * @param {orderflow.v1.DeadLetter.$Properties} message DeadLetter message or plain object to encode
       * @param {$protobuf.Writer} [writer] Writer to encode to
       * @returns {$protobuf.Writer} Writer
       */
      DeadLetter.encode = function (message, writer, _depth) {
        if (!writer) writer = $Writer.create();
        if (_depth === $undefined) _depth = 0;
        if (_depth > $util.recursionLimit) throw $Error('max depth exceeded');
        if (message.key != null && $Object.hasOwnProperty.call(message, 'key') && message.key.length)
          writer.uint32(/* id 1, wireType 2 =*/ 10).bytes(message.key);
        if (message.value != null && $Object.hasOwnProperty.call(message, 'value') && message.value.length)
          writer.uint32(/* id 2, wireType 2 =*/ 18).bytes(message.value);
        if (message.topic != null && $Object.hasOwnProperty.call(message, 'topic') && message.topic !== '')
          writer.uint32(/* id 3, wireType 2 =*/ 26).string(message.topic);
        if (message.partition != null && $Object.hasOwnProperty.call(message, 'partition') && message.partition !== 0)
          writer.uint32(/* id 4, wireType 0 =*/ 32).int32(message.partition);
        if (
          message.offset != null &&
          $Object.hasOwnProperty.call(message, 'offset') &&
          (typeof message.offset === 'object' ? message.offset.low || message.offset.high : message.offset !== 0)
        )
          writer.uint32(/* id 5, wireType 0 =*/ 40).int64(message.offset);
        if (message.recordTime != null && $Object.hasOwnProperty.call(message, 'recordTime'))
          $root.google.protobuf.Timestamp.encode(
            message.recordTime,
            writer.uint32(/* id 6, wireType 2 =*/ 50).fork(),
            _depth + 1,
          ).ldelim();
        if (message.step != null && $Object.hasOwnProperty.call(message, 'step') && message.step !== '')
          writer.uint32(/* id 7, wireType 2 =*/ 58).string(message.step);
        if (message.reason != null && $Object.hasOwnProperty.call(message, 'reason') && message.reason !== 0)
          writer.uint32(/* id 8, wireType 0 =*/ 64).int32(message.reason);
        if (message.error != null && $Object.hasOwnProperty.call(message, 'error') && message.error !== '')
          writer.uint32(/* id 9, wireType 2 =*/ 74).string(message.error);
        if (message.orderId != null && $Object.hasOwnProperty.call(message, 'orderId') && message.orderId !== '')
          writer.uint32(/* id 10, wireType 2 =*/ 82).string(message.orderId);
        if (message.messageId != null && $Object.hasOwnProperty.call(message, 'messageId') && message.messageId !== '')
          writer.uint32(/* id 11, wireType 2 =*/ 90).string(message.messageId);
        if (message.release != null && $Object.hasOwnProperty.call(message, 'release') && message.release !== '')
          writer.uint32(/* id 12, wireType 2 =*/ 98).string(message.release);
        if (message.$unknowns != null && $Object.hasOwnProperty.call(message, '$unknowns'))
          for (let i = 0; i < message.$unknowns.length; ++i) writer.raw(message.$unknowns[i]);
        return writer;
      };

      /**
       * Decodes a DeadLetter message from the specified reader or buffer.
       * @function decode
       * @memberof orderflow.v1.DeadLetter
       * @static
       * @param {$protobuf.Reader|Uint8Array} reader Reader or buffer to decode from
       * @param {number} [length] Message length if known beforehand
       * @returns {orderflow.v1.DeadLetter & orderflow.v1.DeadLetter.$Shape} DeadLetter
       * @throws {Error} If the payload is not a reader or valid buffer
       * @throws {$protobuf.util.ProtocolError} If required fields are missing
       */
      DeadLetter.decode = function (reader, length, _end, _depth, _target) {
        if (!(reader instanceof $Reader)) reader = $Reader.create(reader);
        if (_depth === $undefined) _depth = 0;
        if (_depth > $Reader.recursionLimit) throw $Error('max depth exceeded');
        let end, message, value;
        if (length === $undefined) end = reader.len;
        else {
          end = reader.pos + length;
          if (end > reader.len) throw $RangeError('index out of range');
          length = reader.len;
          reader.len = end;
        }
        message = _target || new $root.orderflow.v1.DeadLetter();
        while (reader.pos < end) {
          let start = reader.pos;
          let tag = reader.tag();
          if (tag === _end) {
            _end = $undefined;
            break;
          }
          let wireType = tag & 7;
          switch ((tag >>>= 3)) {
            case 1: {
              if (wireType !== 2) break;
              if ((value = reader.bytes()).length) message.key = value;
              else delete message.key;
              continue;
            }
            case 2: {
              if (wireType !== 2) break;
              if ((value = reader.bytes()).length) message.value = value;
              else delete message.value;
              continue;
            }
            case 3: {
              if (wireType !== 2) break;
              if ((value = reader.stringVerify()).length) message.topic = value;
              else delete message.topic;
              continue;
            }
            case 4: {
              if (wireType !== 0) break;
              if ((value = reader.int32())) message.partition = value;
              else delete message.partition;
              continue;
            }
            case 5: {
              if (wireType !== 0) break;
              if (typeof (value = reader.int64()) === 'object' ? value.low || value.high : value !== 0)
                message.offset = value;
              else delete message.offset;
              continue;
            }
            case 6: {
              if (wireType !== 2) break;
              message.recordTime = $root.google.protobuf.Timestamp.decode(
                reader,
                reader.size(),
                $undefined,
                _depth + 1,
                message.recordTime,
              );
              continue;
            }
            case 7: {
              if (wireType !== 2) break;
              if ((value = reader.stringVerify()).length) message.step = value;
              else delete message.step;
              continue;
            }
            case 8: {
              if (wireType !== 0) break;
              if ((value = reader.int32())) message.reason = value;
              else delete message.reason;
              continue;
            }
            case 9: {
              if (wireType !== 2) break;
              if ((value = reader.stringVerify()).length) message.error = value;
              else delete message.error;
              continue;
            }
            case 10: {
              if (wireType !== 2) break;
              if ((value = reader.stringVerify()).length) message.orderId = value;
              else delete message.orderId;
              continue;
            }
            case 11: {
              if (wireType !== 2) break;
              if ((value = reader.stringVerify()).length) message.messageId = value;
              else delete message.messageId;
              continue;
            }
            case 12: {
              if (wireType !== 2) break;
              if ((value = reader.stringVerify()).length) message.release = value;
              else delete message.release;
              continue;
            }
          }
          reader.skipType(wireType, _depth, tag);
          if (!reader.discardUnknown) {
            $util.makeProp(message, '$unknowns', false);
            (message.$unknowns || (message.$unknowns = [])).push(reader.raw(start, reader.pos));
          }
        }
        if (length !== $undefined) {
          if (reader.pos !== end) throw $RangeError('index out of range');
          reader.len = length;
        }
        if (_end !== $undefined) throw $Error('missing end group');
        return message;
      };

      /**
       * Creates a DeadLetter message from a plain object. Also converts values to their respective internal types.
       * @function fromObject
       * @memberof orderflow.v1.DeadLetter
       * @static
       * @param {Object.<string,*>} object Plain object
       * @returns {orderflow.v1.DeadLetter} DeadLetter
       */
      DeadLetter.fromObject = function (object, _depth) {
        if (object instanceof $root.orderflow.v1.DeadLetter) return object;
        if (!$util.isObject(object)) throw $TypeError('.orderflow.v1.DeadLetter: object expected');
        if (_depth === $undefined) _depth = 0;
        if (_depth > $util.recursionLimit) throw $Error('max depth exceeded');
        let message = new $root.orderflow.v1.DeadLetter();
        if (object.key != null)
          if (object.key.length)
            if (typeof object.key === 'string')
              $util.base64.decode(object.key, (message.key = $util.newBuffer($util.base64.length(object.key))), 0);
            else if (object.key.length >= 0) message.key = object.key;
        if (object.value != null)
          if (object.value.length)
            if (typeof object.value === 'string')
              $util.base64.decode(
                object.value,
                (message.value = $util.newBuffer($util.base64.length(object.value))),
                0,
              );
            else if (object.value.length >= 0) message.value = object.value;
        if (object.topic != null)
          if (typeof object.topic !== 'string' || object.topic.length) message.topic = $String(object.topic);
        if (object.partition != null) if ($Number(object.partition) !== 0) message.partition = object.partition | 0;
        if (object.offset != null)
          if (
            typeof object.offset === 'object' ? object.offset.low || object.offset.high : $Number(object.offset) !== 0
          )
            if ($util.Long) message.offset = $util.Long.fromValue(object.offset, false);
            else if (typeof object.offset === 'string') message.offset = $parseInt(object.offset, 10);
            else if (typeof object.offset === 'number') message.offset = object.offset;
            else if (typeof object.offset === 'object')
              message.offset = new $util.LongBits(object.offset.low >>> 0, object.offset.high >>> 0).toNumber();
        if (object.recordTime != null) {
          if (!$util.isObject(object.recordTime))
            throw $TypeError('.orderflow.v1.DeadLetter.recordTime: object expected');
          message.recordTime = $root.google.protobuf.Timestamp.fromObject(object.recordTime, _depth + 1);
        }
        if (object.step != null)
          if (typeof object.step !== 'string' || object.step.length) message.step = $String(object.step);
        if (
          object.reason !== 0 &&
          (typeof object.reason !== 'string' || $root.orderflow.v1.DeadLetterReason[object.reason] !== 0)
        )
          switch (object.reason) {
            case 'DEAD_LETTER_REASON_UNSPECIFIED':
            case 0:
              message.reason = 0;
              break;
            case 'EMPTY_VALUE':
            case 1:
              message.reason = 1;
              break;
            case 'TOO_LARGE':
            case 2:
              message.reason = 2;
              break;
            case 'UNDECODABLE':
            case 3:
              message.reason = 3;
              break;
            case 'INVALID_ORDER':
            case 4:
              message.reason = 4;
              break;
            case 'UNKNOWN_LOCATION':
            case 5:
              message.reason = 5;
              break;
            case 'NO_ROUTE':
            case 6:
              message.reason = 6;
              break;
            case 'PROCESSING_FAILED':
            case 7:
              message.reason = 7;
              break;
            case 'DELIVERY_REFUSED':
            case 8:
              message.reason = 8;
              break;
            case 'TOO_LATE':
            case 9:
              message.reason = 9;
              break;
            case 'MESSAGE_ID_REUSED':
            case 10:
              message.reason = 10;
              break;
            default:
              if (typeof object.reason === 'number' && (object.reason | 0) === object.reason)
                message.reason = object.reason;
          }
        if (object.error != null)
          if (typeof object.error !== 'string' || object.error.length) message.error = $String(object.error);
        if (object.orderId != null)
          if (typeof object.orderId !== 'string' || object.orderId.length) message.orderId = $String(object.orderId);
        if (object.messageId != null)
          if (typeof object.messageId !== 'string' || object.messageId.length)
            message.messageId = $String(object.messageId);
        if (object.release != null)
          if (typeof object.release !== 'string' || object.release.length) message.release = $String(object.release);
        return message;
      };

      /**
       * Creates a plain object from a DeadLetter message. Also converts values to other types if specified.
       * @function toObject
       * @memberof orderflow.v1.DeadLetter
       * @static
       * @param {orderflow.v1.DeadLetter} message DeadLetter
       * @param {$protobuf.IConversionOptions} [options] Conversion options
       * @returns {Object.<string,*>} Plain object
       */
      DeadLetter.toObject = function (message, options, _depth) {
        if (!options) options = {};
        if (_depth === $undefined) _depth = 0;
        if (_depth > $util.recursionLimit) throw $Error('max depth exceeded');
        let object = {};
        if (options.defaults) {
          if (options.bytes === $String) object.key = '';
          else {
            object.key = [];
            if (options.bytes !== $Array) object.key = $util.newBuffer(object.key);
          }
          if (options.bytes === $String) object.value = '';
          else {
            object.value = [];
            if (options.bytes !== $Array) object.value = $util.newBuffer(object.value);
          }
          object.topic = '';
          object.partition = 0;
          if ($util.Long) {
            let long = new $util.Long(0, 0, false);
            object.offset =
              options.longs === $String
                ? long.toString()
                : options.longs === $Number
                  ? long.toNumber()
                  : typeof $BigInt !== 'undefined' && options.longs === $BigInt
                    ? long.toBigInt()
                    : long;
          } else
            object.offset =
              options.longs === $String
                ? '0'
                : typeof $BigInt !== 'undefined' && options.longs === $BigInt
                  ? $BigInt('0')
                  : 0;
          object.recordTime = null;
          object.step = '';
          object.reason = options.enums === $String ? 'DEAD_LETTER_REASON_UNSPECIFIED' : 0;
          object.error = '';
          object.orderId = '';
          object.messageId = '';
          object.release = '';
        }
        if (message.key != null && $Object.hasOwnProperty.call(message, 'key'))
          object.key =
            options.bytes === $String
              ? $util.base64.encode(message.key, 0, message.key.length)
              : options.bytes === $Array
                ? $Array.prototype.slice.call(message.key)
                : message.key;
        if (message.value != null && $Object.hasOwnProperty.call(message, 'value'))
          object.value =
            options.bytes === $String
              ? $util.base64.encode(message.value, 0, message.value.length)
              : options.bytes === $Array
                ? $Array.prototype.slice.call(message.value)
                : message.value;
        if (message.topic != null && $Object.hasOwnProperty.call(message, 'topic')) object.topic = message.topic;
        if (message.partition != null && $Object.hasOwnProperty.call(message, 'partition'))
          object.partition = message.partition;
        if (message.offset != null && $Object.hasOwnProperty.call(message, 'offset'))
          if (typeof $BigInt !== 'undefined' && options.longs === $BigInt)
            object.offset =
              typeof message.offset === 'number'
                ? $BigInt(message.offset)
                : $util.Long.fromBits(message.offset.low >>> 0, message.offset.high >>> 0, false).toBigInt();
          else if (typeof message.offset === 'number')
            object.offset = options.longs === $String ? $String(message.offset) : message.offset;
          else
            object.offset =
              options.longs === $String
                ? $util.Long.prototype.toString.call(message.offset)
                : options.longs === $Number
                  ? new $util.LongBits(message.offset.low >>> 0, message.offset.high >>> 0).toNumber()
                  : message.offset;
        if (message.recordTime != null && $Object.hasOwnProperty.call(message, 'recordTime'))
          object.recordTime = $root.google.protobuf.Timestamp.toObject(message.recordTime, options, _depth + 1);
        if (message.step != null && $Object.hasOwnProperty.call(message, 'step')) object.step = message.step;
        if (message.reason != null && $Object.hasOwnProperty.call(message, 'reason'))
          object.reason =
            options.enums === $String
              ? $root.orderflow.v1.DeadLetterReason[message.reason] === $undefined
                ? message.reason
                : $root.orderflow.v1.DeadLetterReason[message.reason]
              : message.reason;
        if (message.error != null && $Object.hasOwnProperty.call(message, 'error')) object.error = message.error;
        if (message.orderId != null && $Object.hasOwnProperty.call(message, 'orderId'))
          object.orderId = message.orderId;
        if (message.messageId != null && $Object.hasOwnProperty.call(message, 'messageId'))
          object.messageId = message.messageId;
        if (message.release != null && $Object.hasOwnProperty.call(message, 'release'))
          object.release = message.release;
        return object;
      };

      /**
       * Converts this DeadLetter to JSON.
       * @function toJSON
       * @memberof orderflow.v1.DeadLetter
       * @instance
       * @returns {Object.<string,*>} JSON object
       */
      DeadLetter.prototype.toJSON = function () {
        return DeadLetter.toObject(this, $protobuf.util.toJSONOptions);
      };

      /**
       * Gets the type url for DeadLetter
       * @function getTypeUrl
       * @memberof orderflow.v1.DeadLetter
       * @static
       * @param {string} [prefix] Custom type url prefix, defaults to `"type.googleapis.com"`
       * @returns {string} The type url
       */
      DeadLetter.getTypeUrl = function (prefix) {
        if (prefix === $undefined) prefix = 'type.googleapis.com';
        return prefix + '/orderflow.v1.DeadLetter';
      };

      return DeadLetter;
    })();

    /**
     * AuditOutcome enum.
     * @name orderflow.v1.AuditOutcome
     * @enum {number}
     * @property {number} AUDIT_OUTCOME_UNSPECIFIED=0 AUDIT_OUTCOME_UNSPECIFIED value
     * @property {number} BEGUN=1 BEGUN value
     * @property {number} DONE=2 DONE value
     * @property {number} FAILED=3 FAILED value
     * @property {number} DENIED=4 DENIED value
     */
    v1.AuditOutcome = (function () {
      const valuesById = $Object.create(null),
        values = $Object.create(valuesById);
      values[(valuesById[0] = 'AUDIT_OUTCOME_UNSPECIFIED')] = 0;
      values[(valuesById[1] = 'BEGUN')] = 1;
      values[(valuesById[2] = 'DONE')] = 2;
      values[(valuesById[3] = 'FAILED')] = 3;
      values[(valuesById[4] = 'DENIED')] = 4;
      return values;
    })();

    v1.AuditEvent = (function () {
      /**
       * Properties of an AuditEvent.
       * @typedef {Object} orderflow.v1.AuditEvent.$Properties
       * @property {number|null} [seq] AuditEvent seq
       * @property {google.protobuf.Timestamp.$Properties|null} [at] AuditEvent at
       * @property {string|null} [role] AuditEvent role
       * @property {string|null} [address] AuditEvent address
       * @property {string|null} [principal] AuditEvent principal
       * @property {string|null} [host] AuditEvent host
       * @property {string|null} [person] AuditEvent person
       * @property {string|null} [action] AuditEvent action
       * @property {Array.<string>|null} [subjects] AuditEvent subjects
       * @property {orderflow.v1.AuditOutcome|null} [outcome] AuditEvent outcome
       * @property {string|null} [details] AuditEvent details
       * @property {Uint8Array|null} [previousHash] AuditEvent previousHash
       * @property {Uint8Array|null} [hash] AuditEvent hash
       * @property {Array.<Uint8Array>} [$unknowns] Unknown fields preserved while decoding when enabled
       */

      /**
       * Properties of an AuditEvent.
       * @memberof orderflow.v1
       * @interface IAuditEvent
       * @augments orderflow.v1.AuditEvent.$Properties
       * @deprecated Use orderflow.v1.AuditEvent.$Properties instead.
       */

      /**
       * Shape of an AuditEvent.
       * @typedef {orderflow.v1.AuditEvent.$Properties} orderflow.v1.AuditEvent.$Shape
       */

      /**
       * Constructs a new AuditEvent.
       * @memberof orderflow.v1
       * @classdesc Represents an AuditEvent.
       * @constructor
       * @param {orderflow.v1.AuditEvent.$Properties=} [properties] Properties to set
       * @property {Array.<Uint8Array>} [$unknowns] Unknown fields preserved while decoding when enabled
       */
      const AuditEvent = function (properties) {
        this.subjects = [];
        if (properties)
          for (let keys = $Object.keys(properties), i = 0; i < keys.length; ++i)
            if (properties[keys[i]] != null && keys[i] !== '__proto__') this[keys[i]] = properties[keys[i]];
      };

      /**
       * AuditEvent seq.
       * @member {number} seq
       * @memberof orderflow.v1.AuditEvent
       * @instance
       */
      AuditEvent.prototype.seq = $util.Long ? $util.Long.fromBits(0, 0, false) : 0;

      /**
       * AuditEvent at.
       * @member {google.protobuf.Timestamp.$Properties|null|undefined} at
       * @memberof orderflow.v1.AuditEvent
       * @instance
       */
      AuditEvent.prototype.at = null;

      /**
       * AuditEvent role.
       * @member {string} role
       * @memberof orderflow.v1.AuditEvent
       * @instance
       */
      AuditEvent.prototype.role = '';

      /**
       * AuditEvent address.
       * @member {string} address
       * @memberof orderflow.v1.AuditEvent
       * @instance
       */
      AuditEvent.prototype.address = '';

      /**
       * AuditEvent principal.
       * @member {string} principal
       * @memberof orderflow.v1.AuditEvent
       * @instance
       */
      AuditEvent.prototype.principal = '';

      /**
       * AuditEvent host.
       * @member {string} host
       * @memberof orderflow.v1.AuditEvent
       * @instance
       */
      AuditEvent.prototype.host = '';

      /**
       * AuditEvent person.
       * @member {string} person
       * @memberof orderflow.v1.AuditEvent
       * @instance
       */
      AuditEvent.prototype.person = '';

      /**
       * AuditEvent action.
       * @member {string} action
       * @memberof orderflow.v1.AuditEvent
       * @instance
       */
      AuditEvent.prototype.action = '';

      /**
       * AuditEvent subjects.
       * @member {Array.<string>} subjects
       * @memberof orderflow.v1.AuditEvent
       * @instance
       */
      AuditEvent.prototype.subjects = $util.emptyArray;

      /**
       * AuditEvent outcome.
       * @member {orderflow.v1.AuditOutcome} outcome
       * @memberof orderflow.v1.AuditEvent
       * @instance
       */
      AuditEvent.prototype.outcome = 0;

      /**
       * AuditEvent details.
       * @member {string} details
       * @memberof orderflow.v1.AuditEvent
       * @instance
       */
      AuditEvent.prototype.details = '';

      /**
       * AuditEvent previousHash.
       * @member {Uint8Array} previousHash
       * @memberof orderflow.v1.AuditEvent
       * @instance
       */
      AuditEvent.prototype.previousHash = $util.newBuffer([]);

      /**
       * AuditEvent hash.
       * @member {Uint8Array} hash
       * @memberof orderflow.v1.AuditEvent
       * @instance
       */
      AuditEvent.prototype.hash = $util.newBuffer([]);

      /**
       * Creates a new AuditEvent instance using the specified properties.
       * @function create
       * @memberof orderflow.v1.AuditEvent
       * @static
       * @param {orderflow.v1.AuditEvent.$Properties=} [properties] Properties to set
       * @returns {orderflow.v1.AuditEvent} AuditEvent instance
       * @type {{
       *   (properties: orderflow.v1.AuditEvent.$Shape): orderflow.v1.AuditEvent & orderflow.v1.AuditEvent.$Shape;
       *   (properties?: orderflow.v1.AuditEvent.$Properties): orderflow.v1.AuditEvent;
       * }}
       */
      AuditEvent.create = function (properties) {
        return new AuditEvent(properties);
      };

      /**
       * Encodes the specified AuditEvent message. Does not implicitly {@link orderflow.v1.AuditEvent.verify|verify} messages.
       * @function encode
       * @memberof orderflow.v1.AuditEvent
       * @static
       * @param {orderflow.v1.AuditEvent.$Properties} message AuditEvent message or plain object to encode
       * @param {$protobuf.Writer} [writer] Writer to encode to
       * @returns {$protobuf.Writer} Writer
       */
      AuditEvent.encode = function (message, writer, _depth) {
        if (!writer) writer = $Writer.create();
        if (_depth === $undefined) _depth = 0;
        if (_depth > $util.recursionLimit) throw $Error('max depth exceeded');
        if (
          message.seq != null &&
          $Object.hasOwnProperty.call(message, 'seq') &&
          (typeof message.seq === 'object' ? message.seq.low || message.seq.high : message.seq !== 0)
        )
          writer.uint32(/* id 1, wireType 0 =*/ 8).int64(message.seq);
        if (message.at != null && $Object.hasOwnProperty.call(message, 'at'))
          $root.google.protobuf.Timestamp.encode(
            message.at,
            writer.uint32(/* id 2, wireType 2 =*/ 18).fork(),
            _depth + 1,
          ).ldelim();
        if (message.role != null && $Object.hasOwnProperty.call(message, 'role') && message.role !== '')
          writer.uint32(/* id 3, wireType 2 =*/ 26).string(message.role);
        if (message.address != null && $Object.hasOwnProperty.call(message, 'address') && message.address !== '')
          writer.uint32(/* id 4, wireType 2 =*/ 34).string(message.address);
        if (message.principal != null && $Object.hasOwnProperty.call(message, 'principal') && message.principal !== '')
          writer.uint32(/* id 5, wireType 2 =*/ 42).string(message.principal);
        if (message.host != null && $Object.hasOwnProperty.call(message, 'host') && message.host !== '')
          writer.uint32(/* id 6, wireType 2 =*/ 50).string(message.host);
        if (message.person != null && $Object.hasOwnProperty.call(message, 'person') && message.person !== '')
          writer.uint32(/* id 7, wireType 2 =*/ 58).string(message.person);
        if (message.action != null && $Object.hasOwnProperty.call(message, 'action') && message.action !== '')
          writer.uint32(/* id 8, wireType 2 =*/ 66).string(message.action);
        if (message.subjects != null && message.subjects.length)
          for (let i = 0; i < message.subjects.length; ++i)
            writer.uint32(/* id 9, wireType 2 =*/ 74).string(message.subjects[i]);
        if (message.outcome != null && $Object.hasOwnProperty.call(message, 'outcome') && message.outcome !== 0)
          writer.uint32(/* id 10, wireType 0 =*/ 80).int32(message.outcome);
        if (message.details != null && $Object.hasOwnProperty.call(message, 'details') && message.details !== '')
          writer.uint32(/* id 11, wireType 2 =*/ 90).string(message.details);
        if (
          message.previousHash != null &&
          $Object.hasOwnProperty.call(message, 'previousHash') &&
          message.previousHash.length
        )
          writer.uint32(/* id 12, wireType 2 =*/ 98).bytes(message.previousHash);
        if (message.hash != null && $Object.hasOwnProperty.call(message, 'hash') && message.hash.length)
          writer.uint32(/* id 13, wireType 2 =*/ 106).bytes(message.hash);
        if (message.$unknowns != null && $Object.hasOwnProperty.call(message, '$unknowns'))
          for (let i = 0; i < message.$unknowns.length; ++i) writer.raw(message.$unknowns[i]);
        return writer;
      };

      /**
       * Decodes an AuditEvent message from the specified reader or buffer.
       * @function decode
       * @memberof orderflow.v1.AuditEvent
       * @static
       * @param {$protobuf.Reader|Uint8Array} reader Reader or buffer to decode from
       * @param {number} [length] Message length if known beforehand
       * @returns {orderflow.v1.AuditEvent & orderflow.v1.AuditEvent.$Shape} AuditEvent
       * @throws {Error} If the payload is not a reader or valid buffer
       * @throws {$protobuf.util.ProtocolError} If required fields are missing
       */
      AuditEvent.decode = function (reader, length, _end, _depth, _target) {
        if (!(reader instanceof $Reader)) reader = $Reader.create(reader);
        if (_depth === $undefined) _depth = 0;
        if (_depth > $Reader.recursionLimit) throw $Error('max depth exceeded');
        let end, message, value;
        if (length === $undefined) end = reader.len;
        else {
          end = reader.pos + length;
          if (end > reader.len) throw $RangeError('index out of range');
          length = reader.len;
          reader.len = end;
        }
        message = _target || new $root.orderflow.v1.AuditEvent();
        while (reader.pos < end) {
          let start = reader.pos;
          let tag = reader.tag();
          if (tag === _end) {
            _end = $undefined;
            break;
          }
          let wireType = tag & 7;
          switch ((tag >>>= 3)) {
            case 1: {
              if (wireType !== 0) break;
              if (typeof (value = reader.int64()) === 'object' ? value.low || value.high : value !== 0)
                message.seq = value;
              else delete message.seq;
              continue;
            }
            case 2: {
              if (wireType !== 2) break;
              message.at = $root.google.protobuf.Timestamp.decode(
                reader,
                reader.size(),
                $undefined,
                _depth + 1,
                message.at,
              );
              continue;
            }
            case 3: {
              if (wireType !== 2) break;
              if ((value = reader.stringVerify()).length) message.role = value;
              else delete message.role;
              continue;
            }
            case 4: {
              if (wireType !== 2) break;
              if ((value = reader.stringVerify()).length) message.address = value;
              else delete message.address;
              continue;
            }
            case 5: {
              if (wireType !== 2) break;
              if ((value = reader.stringVerify()).length) message.principal = value;
              else delete message.principal;
              continue;
            }
            case 6: {
              if (wireType !== 2) break;
              if ((value = reader.stringVerify()).length) message.host = value;
              else delete message.host;
              continue;
            }
            case 7: {
              if (wireType !== 2) break;
              if ((value = reader.stringVerify()).length) message.person = value;
              else delete message.person;
              continue;
            }
            case 8: {
              if (wireType !== 2) break;
              if ((value = reader.stringVerify()).length) message.action = value;
              else delete message.action;
              continue;
            }
            case 9: {
              if (wireType !== 2) break;
              if (!(message.subjects && message.subjects.length)) message.subjects = [];
              message.subjects.push(reader.stringVerify());
              continue;
            }
            case 10: {
              if (wireType !== 0) break;
              if ((value = reader.int32())) message.outcome = value;
              else delete message.outcome;
              continue;
            }
            case 11: {
              if (wireType !== 2) break;
              if ((value = reader.stringVerify()).length) message.details = value;
              else delete message.details;
              continue;
            }
            case 12: {
              if (wireType !== 2) break;
              if ((value = reader.bytes()).length) message.previousHash = value;
              else delete message.previousHash;
              continue;
            }
            case 13: {
              if (wireType !== 2) break;
              if ((value = reader.bytes()).length) message.hash = value;
              else delete message.hash;
              continue;
            }
          }
          reader.skipType(wireType, _depth, tag);
          if (!reader.discardUnknown) {
            $util.makeProp(message, '$unknowns', false);
            (message.$unknowns || (message.$unknowns = [])).push(reader.raw(start, reader.pos));
          }
        }
        if (length !== $undefined) {
          if (reader.pos !== end) throw $RangeError('index out of range');
          reader.len = length;
        }
        if (_end !== $undefined) throw $Error('missing end group');
        return message;
      };

      /**
       * Creates an AuditEvent message from a plain object. Also converts values to their respective internal types.
       * @function fromObject
       * @memberof orderflow.v1.AuditEvent
       * @static
       * @param {Object.<string,*>} object Plain object
       * @returns {orderflow.v1.AuditEvent} AuditEvent
       */
      AuditEvent.fromObject = function (object, _depth) {
        if (object instanceof $root.orderflow.v1.AuditEvent) return object;
        if (!$util.isObject(object)) throw $TypeError('.orderflow.v1.AuditEvent: object expected');
        if (_depth === $undefined) _depth = 0;
        if (_depth > $util.recursionLimit) throw $Error('max depth exceeded');
        let message = new $root.orderflow.v1.AuditEvent();
        if (object.seq != null)
          if (typeof object.seq === 'object' ? object.seq.low || object.seq.high : $Number(object.seq) !== 0)
            if ($util.Long) message.seq = $util.Long.fromValue(object.seq, false);
            else if (typeof object.seq === 'string') message.seq = $parseInt(object.seq, 10);
            else if (typeof object.seq === 'number') message.seq = object.seq;
            else if (typeof object.seq === 'object')
              message.seq = new $util.LongBits(object.seq.low >>> 0, object.seq.high >>> 0).toNumber();
        if (object.at != null) {
          if (!$util.isObject(object.at)) throw $TypeError('.orderflow.v1.AuditEvent.at: object expected');
          message.at = $root.google.protobuf.Timestamp.fromObject(object.at, _depth + 1);
        }
        if (object.role != null)
          if (typeof object.role !== 'string' || object.role.length) message.role = $String(object.role);
        if (object.address != null)
          if (typeof object.address !== 'string' || object.address.length) message.address = $String(object.address);
        if (object.principal != null)
          if (typeof object.principal !== 'string' || object.principal.length)
            message.principal = $String(object.principal);
        if (object.host != null)
          if (typeof object.host !== 'string' || object.host.length) message.host = $String(object.host);
        if (object.person != null)
          if (typeof object.person !== 'string' || object.person.length) message.person = $String(object.person);
        if (object.action != null)
          if (typeof object.action !== 'string' || object.action.length) message.action = $String(object.action);
        if (object.subjects) {
          if (!$Array.isArray(object.subjects)) throw $TypeError('.orderflow.v1.AuditEvent.subjects: array expected');
          message.subjects = $Array(object.subjects.length);
          for (let i = 0; i < object.subjects.length; ++i) message.subjects[i] = $String(object.subjects[i]);
        }
        if (
          object.outcome !== 0 &&
          (typeof object.outcome !== 'string' || $root.orderflow.v1.AuditOutcome[object.outcome] !== 0)
        )
          switch (object.outcome) {
            case 'AUDIT_OUTCOME_UNSPECIFIED':
            case 0:
              message.outcome = 0;
              break;
            case 'BEGUN':
            case 1:
              message.outcome = 1;
              break;
            case 'DONE':
            case 2:
              message.outcome = 2;
              break;
            case 'FAILED':
            case 3:
              message.outcome = 3;
              break;
            case 'DENIED':
            case 4:
              message.outcome = 4;
              break;
            default:
              if (typeof object.outcome === 'number' && (object.outcome | 0) === object.outcome)
                message.outcome = object.outcome;
          }
        if (object.details != null)
          if (typeof object.details !== 'string' || object.details.length) message.details = $String(object.details);
        if (object.previousHash != null)
          if (object.previousHash.length)
            if (typeof object.previousHash === 'string')
              $util.base64.decode(
                object.previousHash,
                (message.previousHash = $util.newBuffer($util.base64.length(object.previousHash))),
                0,
              );
            else if (object.previousHash.length >= 0) message.previousHash = object.previousHash;
        if (object.hash != null)
          if (object.hash.length)
            if (typeof object.hash === 'string')
              $util.base64.decode(object.hash, (message.hash = $util.newBuffer($util.base64.length(object.hash))), 0);
            else if (object.hash.length >= 0) message.hash = object.hash;
        return message;
      };

      /**
       * Creates a plain object from an AuditEvent message. Also converts values to other types if specified.
       * @function toObject
       * @memberof orderflow.v1.AuditEvent
       * @static
       * @param {orderflow.v1.AuditEvent} message AuditEvent
       * @param {$protobuf.IConversionOptions} [options] Conversion options
       * @returns {Object.<string,*>} Plain object
       */
      AuditEvent.toObject = function (message, options, _depth) {
        if (!options) options = {};
        if (_depth === $undefined) _depth = 0;
        if (_depth > $util.recursionLimit) throw $Error('max depth exceeded');
        let object = {};
        if (options.arrays || options.defaults) object.subjects = [];
        if (options.defaults) {
          if ($util.Long) {
            let long = new $util.Long(0, 0, false);
            object.seq =
              options.longs === $String
                ? long.toString()
                : options.longs === $Number
                  ? long.toNumber()
                  : typeof $BigInt !== 'undefined' && options.longs === $BigInt
                    ? long.toBigInt()
                    : long;
          } else
            object.seq =
              options.longs === $String
                ? '0'
                : typeof $BigInt !== 'undefined' && options.longs === $BigInt
                  ? $BigInt('0')
                  : 0;
          object.at = null;
          object.role = '';
          object.address = '';
          object.principal = '';
          object.host = '';
          object.person = '';
          object.action = '';
          object.outcome = options.enums === $String ? 'AUDIT_OUTCOME_UNSPECIFIED' : 0;
          object.details = '';
          if (options.bytes === $String) object.previousHash = '';
          else {
            object.previousHash = [];
            if (options.bytes !== $Array) object.previousHash = $util.newBuffer(object.previousHash);
          }
          if (options.bytes === $String) object.hash = '';
          else {
            object.hash = [];
            if (options.bytes !== $Array) object.hash = $util.newBuffer(object.hash);
          }
        }
        if (message.seq != null && $Object.hasOwnProperty.call(message, 'seq'))
          if (typeof $BigInt !== 'undefined' && options.longs === $BigInt)
            object.seq =
              typeof message.seq === 'number'
                ? $BigInt(message.seq)
                : $util.Long.fromBits(message.seq.low >>> 0, message.seq.high >>> 0, false).toBigInt();
          else if (typeof message.seq === 'number')
            object.seq = options.longs === $String ? $String(message.seq) : message.seq;
          else
            object.seq =
              options.longs === $String
                ? $util.Long.prototype.toString.call(message.seq)
                : options.longs === $Number
                  ? new $util.LongBits(message.seq.low >>> 0, message.seq.high >>> 0).toNumber()
                  : message.seq;
        if (message.at != null && $Object.hasOwnProperty.call(message, 'at'))
          object.at = $root.google.protobuf.Timestamp.toObject(message.at, options, _depth + 1);
        if (message.role != null && $Object.hasOwnProperty.call(message, 'role')) object.role = message.role;
        if (message.address != null && $Object.hasOwnProperty.call(message, 'address'))
          object.address = message.address;
        if (message.principal != null && $Object.hasOwnProperty.call(message, 'principal'))
          object.principal = message.principal;
        if (message.host != null && $Object.hasOwnProperty.call(message, 'host')) object.host = message.host;
        if (message.person != null && $Object.hasOwnProperty.call(message, 'person')) object.person = message.person;
        if (message.action != null && $Object.hasOwnProperty.call(message, 'action')) object.action = message.action;
        if (message.subjects && message.subjects.length) {
          object.subjects = $Array(message.subjects.length);
          for (let j = 0; j < message.subjects.length; ++j) object.subjects[j] = message.subjects[j];
        }
        if (message.outcome != null && $Object.hasOwnProperty.call(message, 'outcome'))
          object.outcome =
            options.enums === $String
              ? $root.orderflow.v1.AuditOutcome[message.outcome] === $undefined
                ? message.outcome
                : $root.orderflow.v1.AuditOutcome[message.outcome]
              : message.outcome;
        if (message.details != null && $Object.hasOwnProperty.call(message, 'details'))
          object.details = message.details;
        if (message.previousHash != null && $Object.hasOwnProperty.call(message, 'previousHash'))
          object.previousHash =
            options.bytes === $String
              ? $util.base64.encode(message.previousHash, 0, message.previousHash.length)
              : options.bytes === $Array
                ? $Array.prototype.slice.call(message.previousHash)
                : message.previousHash;
        if (message.hash != null && $Object.hasOwnProperty.call(message, 'hash'))
          object.hash =
            options.bytes === $String
              ? $util.base64.encode(message.hash, 0, message.hash.length)
              : options.bytes === $Array
                ? $Array.prototype.slice.call(message.hash)
                : message.hash;
        return object;
      };

      /**
       * Converts this AuditEvent to JSON.
       * @function toJSON
       * @memberof orderflow.v1.AuditEvent
       * @instance
       * @returns {Object.<string,*>} JSON object
       */
      AuditEvent.prototype.toJSON = function () {
        return AuditEvent.toObject(this, $protobuf.util.toJSONOptions);
      };

      /**
       * Gets the type url for AuditEvent
       * @function getTypeUrl
       * @memberof orderflow.v1.AuditEvent
       * @static
       * @param {string} [prefix] Custom type url prefix, defaults to `"type.googleapis.com"`
       * @returns {string} The type url
       */
      AuditEvent.getTypeUrl = function (prefix) {
        if (prefix === $undefined) prefix = 'type.googleapis.com';
        return prefix + '/orderflow.v1.AuditEvent';
      };

      return AuditEvent;
    })();

    return v1;
  })();

  return orderflow;
})());

export const google = ($root.google = (() => {
  /**
   * Namespace google.
   * @exports google
   * @namespace
   */
  const google = {};

  google.protobuf = (function () {
    /**
     * Namespace protobuf.
     * @memberof google
     * @namespace
     */
    const protobuf = {};

    protobuf.Timestamp = (function () {
      /**
       * Properties of a Timestamp.
       * @typedef {Object} google.protobuf.Timestamp.$Properties
       * @property {number|null} [seconds] Timestamp seconds
       * @property {number|null} [nanos] Timestamp nanos
       * @property {Array.<Uint8Array>} [$unknowns] Unknown fields preserved while decoding when enabled
       */

      /**
       * Properties of a Timestamp.
       * @memberof google.protobuf
       * @interface ITimestamp
       * @augments google.protobuf.Timestamp.$Properties
       * @deprecated Use google.protobuf.Timestamp.$Properties instead.
       */

      /**
       * Shape of a Timestamp.
       * @typedef {google.protobuf.Timestamp.$Properties} google.protobuf.Timestamp.$Shape
       */

      /**
       * Constructs a new Timestamp.
       * @memberof google.protobuf
       * @classdesc Represents a Timestamp.
       * @constructor
       * @param {google.protobuf.Timestamp.$Properties=} [properties] Properties to set
       * @property {Array.<Uint8Array>} [$unknowns] Unknown fields preserved while decoding when enabled
       */
      const Timestamp = function (properties) {
        if (properties)
          for (let keys = $Object.keys(properties), i = 0; i < keys.length; ++i)
            if (properties[keys[i]] != null && keys[i] !== '__proto__') this[keys[i]] = properties[keys[i]];
      };

      /**
       * Timestamp seconds.
       * @member {number} seconds
       * @memberof google.protobuf.Timestamp
       * @instance
       */
      Timestamp.prototype.seconds = $util.Long ? $util.Long.fromBits(0, 0, false) : 0;

      /**
       * Timestamp nanos.
       * @member {number} nanos
       * @memberof google.protobuf.Timestamp
       * @instance
       */
      Timestamp.prototype.nanos = 0;

      /**
       * Creates a new Timestamp instance using the specified properties.
       * @function create
       * @memberof google.protobuf.Timestamp
       * @static
       * @param {google.protobuf.Timestamp.$Properties=} [properties] Properties to set
       * @returns {google.protobuf.Timestamp} Timestamp instance
       * @type {{
       *   (properties: google.protobuf.Timestamp.$Shape): google.protobuf.Timestamp & google.protobuf.Timestamp.$Shape;
       *   (properties?: google.protobuf.Timestamp.$Properties): google.protobuf.Timestamp;
       * }}
       */
      Timestamp.create = function (properties) {
        return new Timestamp(properties);
      };

      /**
       * Encodes the specified Timestamp message. Does not implicitly {@link google.protobuf.Timestamp.verify|verify} messages.
       * @function encode
       * @memberof google.protobuf.Timestamp
       * @static
       * @param {google.protobuf.Timestamp.$Properties} message Timestamp message or plain object to encode
       * @param {$protobuf.Writer} [writer] Writer to encode to
       * @returns {$protobuf.Writer} Writer
       */
      Timestamp.encode = function (message, writer, _depth) {
        if (!writer) writer = $Writer.create();
        if (_depth === $undefined) _depth = 0;
        if (_depth > $util.recursionLimit) throw $Error('max depth exceeded');
        if (
          message.seconds != null &&
          $Object.hasOwnProperty.call(message, 'seconds') &&
          (typeof message.seconds === 'object' ? message.seconds.low || message.seconds.high : message.seconds !== 0)
        )
          writer.uint32(/* id 1, wireType 0 =*/ 8).int64(message.seconds);
        if (message.nanos != null && $Object.hasOwnProperty.call(message, 'nanos') && message.nanos !== 0)
          writer.uint32(/* id 2, wireType 0 =*/ 16).int32(message.nanos);
        if (message.$unknowns != null && $Object.hasOwnProperty.call(message, '$unknowns'))
          for (let i = 0; i < message.$unknowns.length; ++i) writer.raw(message.$unknowns[i]);
        return writer;
      };

      /**
       * Decodes a Timestamp message from the specified reader or buffer.
       * @function decode
       * @memberof google.protobuf.Timestamp
       * @static
       * @param {$protobuf.Reader|Uint8Array} reader Reader or buffer to decode from
       * @param {number} [length] Message length if known beforehand
       * @returns {google.protobuf.Timestamp & google.protobuf.Timestamp.$Shape} Timestamp
       * @throws {Error} If the payload is not a reader or valid buffer
       * @throws {$protobuf.util.ProtocolError} If required fields are missing
       */
      Timestamp.decode = function (reader, length, _end, _depth, _target) {
        if (!(reader instanceof $Reader)) reader = $Reader.create(reader);
        if (_depth === $undefined) _depth = 0;
        if (_depth > $Reader.recursionLimit) throw $Error('max depth exceeded');
        let end, message, value;
        if (length === $undefined) end = reader.len;
        else {
          end = reader.pos + length;
          if (end > reader.len) throw $RangeError('index out of range');
          length = reader.len;
          reader.len = end;
        }
        message = _target || new $root.google.protobuf.Timestamp();
        while (reader.pos < end) {
          let start = reader.pos;
          let tag = reader.tag();
          if (tag === _end) {
            _end = $undefined;
            break;
          }
          let wireType = tag & 7;
          switch ((tag >>>= 3)) {
            case 1: {
              if (wireType !== 0) break;
              if (typeof (value = reader.int64()) === 'object' ? value.low || value.high : value !== 0)
                message.seconds = value;
              else delete message.seconds;
              continue;
            }
            case 2: {
              if (wireType !== 0) break;
              if ((value = reader.int32())) message.nanos = value;
              else delete message.nanos;
              continue;
            }
          }
          reader.skipType(wireType, _depth, tag);
          if (!reader.discardUnknown) {
            $util.makeProp(message, '$unknowns', false);
            (message.$unknowns || (message.$unknowns = [])).push(reader.raw(start, reader.pos));
          }
        }
        if (length !== $undefined) {
          if (reader.pos !== end) throw $RangeError('index out of range');
          reader.len = length;
        }
        if (_end !== $undefined) throw $Error('missing end group');
        return message;
      };

      /**
       * Creates a Timestamp message from a plain object. Also converts values to their respective internal types.
       * @function fromObject
       * @memberof google.protobuf.Timestamp
       * @static
       * @param {Object.<string,*>} object Plain object
       * @returns {google.protobuf.Timestamp} Timestamp
       */
      Timestamp.fromObject = function (object, _depth) {
        if (object instanceof $root.google.protobuf.Timestamp) return object;
        if (!$util.isObject(object)) throw $TypeError('.google.protobuf.Timestamp: object expected');
        if (_depth === $undefined) _depth = 0;
        if (_depth > $util.recursionLimit) throw $Error('max depth exceeded');
        let message = new $root.google.protobuf.Timestamp();
        if (object.seconds != null)
          if (
            typeof object.seconds === 'object'
              ? object.seconds.low || object.seconds.high
              : $Number(object.seconds) !== 0
          )
            if ($util.Long) message.seconds = $util.Long.fromValue(object.seconds, false);
            else if (typeof object.seconds === 'string') message.seconds = $parseInt(object.seconds, 10);
            else if (typeof object.seconds === 'number') message.seconds = object.seconds;
            else if (typeof object.seconds === 'object')
              message.seconds = new $util.LongBits(object.seconds.low >>> 0, object.seconds.high >>> 0).toNumber();
        if (object.nanos != null) if ($Number(object.nanos) !== 0) message.nanos = object.nanos | 0;
        return message;
      };

      /**
       * Creates a plain object from a Timestamp message. Also converts values to other types if specified.
       * @function toObject
       * @memberof google.protobuf.Timestamp
       * @static
       * @param {google.protobuf.Timestamp} message Timestamp
       * @param {$protobuf.IConversionOptions} [options] Conversion options
       * @returns {Object.<string,*>} Plain object
       */
      Timestamp.toObject = function (message, options, _depth) {
        if (!options) options = {};
        if (_depth === $undefined) _depth = 0;
        if (_depth > $util.recursionLimit) throw $Error('max depth exceeded');
        let object = {};
        if (options.defaults) {
          if ($util.Long) {
            let long = new $util.Long(0, 0, false);
            object.seconds =
              options.longs === $String
                ? long.toString()
                : options.longs === $Number
                  ? long.toNumber()
                  : typeof $BigInt !== 'undefined' && options.longs === $BigInt
                    ? long.toBigInt()
                    : long;
          } else
            object.seconds =
              options.longs === $String
                ? '0'
                : typeof $BigInt !== 'undefined' && options.longs === $BigInt
                  ? $BigInt('0')
                  : 0;
          object.nanos = 0;
        }
        if (message.seconds != null && $Object.hasOwnProperty.call(message, 'seconds'))
          if (typeof $BigInt !== 'undefined' && options.longs === $BigInt)
            object.seconds =
              typeof message.seconds === 'number'
                ? $BigInt(message.seconds)
                : $util.Long.fromBits(message.seconds.low >>> 0, message.seconds.high >>> 0, false).toBigInt();
          else if (typeof message.seconds === 'number')
            object.seconds = options.longs === $String ? $String(message.seconds) : message.seconds;
          else
            object.seconds =
              options.longs === $String
                ? $util.Long.prototype.toString.call(message.seconds)
                : options.longs === $Number
                  ? new $util.LongBits(message.seconds.low >>> 0, message.seconds.high >>> 0).toNumber()
                  : message.seconds;
        if (message.nanos != null && $Object.hasOwnProperty.call(message, 'nanos')) object.nanos = message.nanos;
        return object;
      };

      /**
       * Converts this Timestamp to JSON.
       * @function toJSON
       * @memberof google.protobuf.Timestamp
       * @instance
       * @returns {Object.<string,*>} JSON object
       */
      Timestamp.prototype.toJSON = function () {
        return Timestamp.toObject(this, $protobuf.util.toJSONOptions);
      };

      /**
       * Gets the type url for Timestamp
       * @function getTypeUrl
       * @memberof google.protobuf.Timestamp
       * @static
       * @param {string} [prefix] Custom type url prefix, defaults to `"type.googleapis.com"`
       * @returns {string} The type url
       */
      Timestamp.getTypeUrl = function (prefix) {
        if (prefix === $undefined) prefix = 'type.googleapis.com';
        return prefix + '/google.protobuf.Timestamp';
      };

      return Timestamp;
    })();

    return protobuf;
  })();

  return google;
})());

export { $root as default };
