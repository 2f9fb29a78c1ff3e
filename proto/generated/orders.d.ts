// Generated from proto/orders.proto by proto/generate.mjs (`npm run generate`). Do not edit.
import * as $protobuf from 'protobufjs';
import Long = require('long');

/** Namespace orderflow. */
export namespace orderflow {
  /** Namespace v1. */
  namespace v1 {
    /** OrderType enum. */
    enum OrderType {
      /** ORDER_TYPE_UNSPECIFIED value */
      ORDER_TYPE_UNSPECIFIED = 0,

      /** STANDARD value */
      STANDARD = 1,

      /** EXPRESS value */
      EXPRESS = 2,

      /** CLICK_AND_COLLECT value */
      CLICK_AND_COLLECT = 3,

      /** WHOLESALE value */
      WHOLESALE = 4,
    }

    /** PaymentMethod enum. */
    enum PaymentMethod {
      /** PAYMENT_METHOD_UNSPECIFIED value */
      PAYMENT_METHOD_UNSPECIFIED = 0,

      /** CARD value */
      CARD = 1,

      /** INVOICE value */
      INVOICE = 2,

      /** WALLET value */
      WALLET = 3,

      /** CASH_ON_DELIVERY value */
      CASH_ON_DELIVERY = 4,
    }

    /**
     * Properties of an OrderLine.
     * @deprecated Use orderflow.v1.OrderLine.$Properties instead.
     */
    interface IOrderLine extends orderflow.v1.OrderLine.$Properties {}

    /** Represents an OrderLine. */
    class OrderLine {
      /**
       * Constructs a new OrderLine.
       * @param [properties] Properties to set
       */
      constructor(properties?: orderflow.v1.OrderLine.$Properties);

      /** Unknown fields preserved while decoding when enabled */
      $unknowns?: Uint8Array[];

      /** OrderLine sku. */
      sku: string;

      /** OrderLine quantity. */
      quantity: number;

      /** OrderLine unitPrice. */
      unitPrice: number;

      /**
       * Creates a new OrderLine instance using the specified properties.
       * @param [properties] Properties to set
       * @returns OrderLine instance
       */
      static create(properties: orderflow.v1.OrderLine.$Shape): orderflow.v1.OrderLine & orderflow.v1.OrderLine.$Shape;
      static create(properties?: orderflow.v1.OrderLine.$Properties): orderflow.v1.OrderLine;

      /**
       * Encodes the specified OrderLine message. Does not implicitly {@link orderflow.v1.OrderLine.verify|verify} messages.
       * @param message OrderLine message or plain object to encode
       * @param [writer] Writer to encode to
       * @returns Writer
       */
      static encode(message: orderflow.v1.OrderLine.$Properties, writer?: $protobuf.Writer): $protobuf.Writer;

      /**
       * Decodes an OrderLine message from the specified reader or buffer.
       * @param reader Reader or buffer to decode from
       * @param [length] Message length if known beforehand
       * @returns {orderflow.v1.OrderLine & orderflow.v1.OrderLine.$Shape} OrderLine
       * @throws {Error} If the payload is not a reader or valid buffer
       * @throws {$protobuf.util.ProtocolError} If required fields are missing
       */
      static decode(
        reader: $protobuf.Reader | Uint8Array,
        length?: number,
      ): orderflow.v1.OrderLine & orderflow.v1.OrderLine.$Shape;

      /**
       * Creates an OrderLine message from a plain object. Also converts values to their respective internal types.
       * @param object Plain object
       * @returns OrderLine
       */
      static fromObject(object: { [k: string]: any }): orderflow.v1.OrderLine;

      /**
       * Creates a plain object from an OrderLine message. Also converts values to other types if specified.
       * @param message OrderLine
       * @param [options] Conversion options
       * @returns Plain object
       */
      static toObject(message: orderflow.v1.OrderLine, options?: $protobuf.IConversionOptions): { [k: string]: any };

      /**
       * Converts this OrderLine to JSON.
       * @returns JSON object
       */
      toJSON(): { [k: string]: any };

      /**
       * Gets the type url for OrderLine
       * @param [prefix] Custom type url prefix, defaults to `"type.googleapis.com"`
       * @returns The type url
       */
      static getTypeUrl(prefix?: string): string;
    }

    namespace OrderLine {
      /** Properties of an OrderLine. */
      interface $Properties {
        /** OrderLine sku */
        sku?: string | null;

        /** OrderLine quantity */
        quantity?: number | null;

        /** OrderLine unitPrice */
        unitPrice?: number | null;

        /** Unknown fields preserved while decoding when enabled */
        $unknowns?: Uint8Array[];
      }

      /** Shape of an OrderLine. */
      type $Shape = orderflow.v1.OrderLine.$Properties;
    }

    /**
     * Properties of an Order.
     * @deprecated Use orderflow.v1.Order.$Properties instead.
     */
    interface IOrder extends orderflow.v1.Order.$Properties {}

    /** Represents an Order. */
    class Order {
      /**
       * Constructs a new Order.
       * @param [properties] Properties to set
       */
      constructor(properties?: orderflow.v1.Order.$Properties);

      /** Unknown fields preserved while decoding when enabled */
      $unknowns?: Uint8Array[];

      /** Order messageId. */
      messageId: string;

      /** Order orderId. */
      orderId: string;

      /** Order orderType. */
      orderType: orderflow.v1.OrderType;

      /** Order customerId. */
      customerId: string;

      /** Order ipAddress. */
      ipAddress: string;

      /** Order fromLocationId. */
      fromLocationId: string;

      /** Order toLocationId. */
      toLocationId: string;

      /** Order createdAt. */
      createdAt?: google.protobuf.Timestamp.$Properties | null;

      /** Order promisedBy. */
      promisedBy?: google.protobuf.Timestamp.$Properties | null;

      /** Order currency. */
      currency: string;

      /** Order lines. */
      lines: orderflow.v1.OrderLine.$Properties[];

      /** Order paymentMethod. */
      paymentMethod: orderflow.v1.PaymentMethod;

      /** Order customerKeyId. */
      customerKeyId: string;

      /** Order sealedCustomerId. */
      sealedCustomerId: Uint8Array;

      /** Order sealedIpAddress. */
      sealedIpAddress: Uint8Array;

      /** Order sealedPaymentMethod. */
      sealedPaymentMethod: Uint8Array;

      /**
       * Creates a new Order instance using the specified properties.
       * @param [properties] Properties to set
       * @returns Order instance
       */
      static create(properties: orderflow.v1.Order.$Shape): orderflow.v1.Order & orderflow.v1.Order.$Shape;
      static create(properties?: orderflow.v1.Order.$Properties): orderflow.v1.Order;

      /**
       * Encodes the specified Order message. Does not implicitly {@link orderflow.v1.Order.verify|verify} messages.
       * @param message Order message or plain object to encode
       * @param [writer] Writer to encode to
       * @returns Writer
       */
      static encode(message: orderflow.v1.Order.$Properties, writer?: $protobuf.Writer): $protobuf.Writer;

      /**
       * Decodes an Order message from the specified reader or buffer.
       * @param reader Reader or buffer to decode from
       * @param [length] Message length if known beforehand
       * @returns {orderflow.v1.Order & orderflow.v1.Order.$Shape} Order
       * @throws {Error} If the payload is not a reader or valid buffer
       * @throws {$protobuf.util.ProtocolError} If required fields are missing
       */
      static decode(
        reader: $protobuf.Reader | Uint8Array,
        length?: number,
      ): orderflow.v1.Order & orderflow.v1.Order.$Shape;

      /**
       * Creates an Order message from a plain object. Also converts values to their respective internal types.
       * @param object Plain object
       * @returns Order
       */
      static fromObject(object: { [k: string]: any }): orderflow.v1.Order;

      /**
       * Creates a plain object from an Order message. Also converts values to other types if specified.
       * @param message Order
       * @param [options] Conversion options
       * @returns Plain object
       */
      static toObject(message: orderflow.v1.Order, options?: $protobuf.IConversionOptions): { [k: string]: any };

      /**
       * Converts this Order to JSON.
       * @returns JSON object
       */
      toJSON(): { [k: string]: any };

      /**
       * Gets the type url for Order
       * @param [prefix] Custom type url prefix, defaults to `"type.googleapis.com"`
       * @returns The type url
       */
      static getTypeUrl(prefix?: string): string;
    }

    namespace Order {
      /** Properties of an Order. */
      interface $Properties {
        /** Order messageId */
        messageId?: string | null;

        /** Order orderId */
        orderId?: string | null;

        /** Order orderType */
        orderType?: orderflow.v1.OrderType | null;

        /** Order customerId */
        customerId?: string | null;

        /** Order ipAddress */
        ipAddress?: string | null;

        /** Order fromLocationId */
        fromLocationId?: string | null;

        /** Order toLocationId */
        toLocationId?: string | null;

        /** Order createdAt */
        createdAt?: google.protobuf.Timestamp.$Properties | null;

        /** Order promisedBy */
        promisedBy?: google.protobuf.Timestamp.$Properties | null;

        /** Order currency */
        currency?: string | null;

        /** Order lines */
        lines?: orderflow.v1.OrderLine.$Properties[] | null;

        /** Order paymentMethod */
        paymentMethod?: orderflow.v1.PaymentMethod | null;

        /** Order customerKeyId */
        customerKeyId?: string | null;

        /** Order sealedCustomerId */
        sealedCustomerId?: Uint8Array | null;

        /** Order sealedIpAddress */
        sealedIpAddress?: Uint8Array | null;

        /** Order sealedPaymentMethod */
        sealedPaymentMethod?: Uint8Array | null;

        /** Unknown fields preserved while decoding when enabled */
        $unknowns?: Uint8Array[];
      }

      /** Shape of an Order. */
      type $Shape = orderflow.v1.Order.$Properties;
    }

    /** RejectReason enum. */
    enum RejectReason {
      /** REJECT_REASON_UNSPECIFIED value */
      REJECT_REASON_UNSPECIFIED = 0,

      /** FRAUD_IP value */
      FRAUD_IP = 1,

      /** DUPLICATE_ORDER value */
      DUPLICATE_ORDER = 2,

      /** PAYMENT_DEFAULTER value */
      PAYMENT_DEFAULTER = 3,

      /** CANCELLED_ORDER value */
      CANCELLED_ORDER = 4,

      /** FULFILMENT_DELAY value */
      FULFILMENT_DELAY = 5,

      /** CUSTOMER_ERASED value */
      CUSTOMER_ERASED = 6,
    }

    /**
     * Properties of a Rejection.
     * @deprecated Use orderflow.v1.Rejection.$Properties instead.
     */
    interface IRejection extends orderflow.v1.Rejection.$Properties {}

    /** Represents a Rejection. */
    class Rejection {
      /**
       * Constructs a new Rejection.
       * @param [properties] Properties to set
       */
      constructor(properties?: orderflow.v1.Rejection.$Properties);

      /** Unknown fields preserved while decoding when enabled */
      $unknowns?: Uint8Array[];

      /** Rejection reason. */
      reason: orderflow.v1.RejectReason;

      /** Rejection detail. */
      detail: string;

      /**
       * Creates a new Rejection instance using the specified properties.
       * @param [properties] Properties to set
       * @returns Rejection instance
       */
      static create(properties: orderflow.v1.Rejection.$Shape): orderflow.v1.Rejection & orderflow.v1.Rejection.$Shape;
      static create(properties?: orderflow.v1.Rejection.$Properties): orderflow.v1.Rejection;

      /**
       * Encodes the specified Rejection message. Does not implicitly {@link orderflow.v1.Rejection.verify|verify} messages.
       * @param message Rejection message or plain object to encode
       * @param [writer] Writer to encode to
       * @returns Writer
       */
      static encode(message: orderflow.v1.Rejection.$Properties, writer?: $protobuf.Writer): $protobuf.Writer;

      /**
       * Decodes a Rejection message from the specified reader or buffer.
       * @param reader Reader or buffer to decode from
       * @param [length] Message length if known beforehand
       * @returns {orderflow.v1.Rejection & orderflow.v1.Rejection.$Shape} Rejection
       * @throws {Error} If the payload is not a reader or valid buffer
       * @throws {$protobuf.util.ProtocolError} If required fields are missing
       */
      static decode(
        reader: $protobuf.Reader | Uint8Array,
        length?: number,
      ): orderflow.v1.Rejection & orderflow.v1.Rejection.$Shape;

      /**
       * Creates a Rejection message from a plain object. Also converts values to their respective internal types.
       * @param object Plain object
       * @returns Rejection
       */
      static fromObject(object: { [k: string]: any }): orderflow.v1.Rejection;

      /**
       * Creates a plain object from a Rejection message. Also converts values to other types if specified.
       * @param message Rejection
       * @param [options] Conversion options
       * @returns Plain object
       */
      static toObject(message: orderflow.v1.Rejection, options?: $protobuf.IConversionOptions): { [k: string]: any };

      /**
       * Converts this Rejection to JSON.
       * @returns JSON object
       */
      toJSON(): { [k: string]: any };

      /**
       * Gets the type url for Rejection
       * @param [prefix] Custom type url prefix, defaults to `"type.googleapis.com"`
       * @returns The type url
       */
      static getTypeUrl(prefix?: string): string;
    }

    namespace Rejection {
      /** Properties of a Rejection. */
      interface $Properties {
        /** Rejection reason */
        reason?: orderflow.v1.RejectReason | null;

        /** Rejection detail */
        detail?: string | null;

        /** Unknown fields preserved while decoding when enabled */
        $unknowns?: Uint8Array[];
      }

      /** Shape of a Rejection. */
      type $Shape = orderflow.v1.Rejection.$Properties;
    }

    /**
     * Properties of a RejectedOrder.
     * @deprecated Use orderflow.v1.RejectedOrder.$Properties instead.
     */
    interface IRejectedOrder extends orderflow.v1.RejectedOrder.$Properties {}

    /** Represents a RejectedOrder. */
    class RejectedOrder {
      /**
       * Constructs a new RejectedOrder.
       * @param [properties] Properties to set
       */
      constructor(properties?: orderflow.v1.RejectedOrder.$Properties);

      /** Unknown fields preserved while decoding when enabled */
      $unknowns?: Uint8Array[];

      /** RejectedOrder order. */
      order?: orderflow.v1.Order.$Properties | null;

      /** RejectedOrder rejections. */
      rejections: orderflow.v1.Rejection.$Properties[];

      /**
       * Creates a new RejectedOrder instance using the specified properties.
       * @param [properties] Properties to set
       * @returns RejectedOrder instance
       */
      static create(
        properties: orderflow.v1.RejectedOrder.$Shape,
      ): orderflow.v1.RejectedOrder & orderflow.v1.RejectedOrder.$Shape;
      static create(properties?: orderflow.v1.RejectedOrder.$Properties): orderflow.v1.RejectedOrder;

      /**
       * Encodes the specified RejectedOrder message. Does not implicitly {@link orderflow.v1.RejectedOrder.verify|verify} messages.
       * @param message RejectedOrder message or plain object to encode
       * @param [writer] Writer to encode to
       * @returns Writer
       */
      static encode(message: orderflow.v1.RejectedOrder.$Properties, writer?: $protobuf.Writer): $protobuf.Writer;

      /**
       * Decodes a RejectedOrder message from the specified reader or buffer.
       * @param reader Reader or buffer to decode from
       * @param [length] Message length if known beforehand
       * @returns {orderflow.v1.RejectedOrder & orderflow.v1.RejectedOrder.$Shape} RejectedOrder
       * @throws {Error} If the payload is not a reader or valid buffer
       * @throws {$protobuf.util.ProtocolError} If required fields are missing
       */
      static decode(
        reader: $protobuf.Reader | Uint8Array,
        length?: number,
      ): orderflow.v1.RejectedOrder & orderflow.v1.RejectedOrder.$Shape;

      /**
       * Creates a RejectedOrder message from a plain object. Also converts values to their respective internal types.
       * @param object Plain object
       * @returns RejectedOrder
       */
      static fromObject(object: { [k: string]: any }): orderflow.v1.RejectedOrder;

      /**
       * Creates a plain object from a RejectedOrder message. Also converts values to other types if specified.
       * @param message RejectedOrder
       * @param [options] Conversion options
       * @returns Plain object
       */
      static toObject(
        message: orderflow.v1.RejectedOrder,
        options?: $protobuf.IConversionOptions,
      ): { [k: string]: any };

      /**
       * Converts this RejectedOrder to JSON.
       * @returns JSON object
       */
      toJSON(): { [k: string]: any };

      /**
       * Gets the type url for RejectedOrder
       * @param [prefix] Custom type url prefix, defaults to `"type.googleapis.com"`
       * @returns The type url
       */
      static getTypeUrl(prefix?: string): string;
    }

    namespace RejectedOrder {
      /** Properties of a RejectedOrder. */
      interface $Properties {
        /** RejectedOrder order */
        order?: orderflow.v1.Order.$Properties | null;

        /** RejectedOrder rejections */
        rejections?: orderflow.v1.Rejection.$Properties[] | null;

        /** Unknown fields preserved while decoding when enabled */
        $unknowns?: Uint8Array[];
      }

      /** Shape of a RejectedOrder. */
      type $Shape = orderflow.v1.RejectedOrder.$Properties;
    }

    /**
     * Properties of a Location.
     * @deprecated Use orderflow.v1.Location.$Properties instead.
     */
    interface ILocation extends orderflow.v1.Location.$Properties {}

    /** Represents a Location. */
    class Location {
      /**
       * Constructs a new Location.
       * @param [properties] Properties to set
       */
      constructor(properties?: orderflow.v1.Location.$Properties);

      /** Unknown fields preserved while decoding when enabled */
      $unknowns?: Uint8Array[];

      /** Location locationId. */
      locationId: string;

      /** Location name. */
      name: string;

      /** Location region. */
      region: string;

      /**
       * Creates a new Location instance using the specified properties.
       * @param [properties] Properties to set
       * @returns Location instance
       */
      static create(properties: orderflow.v1.Location.$Shape): orderflow.v1.Location & orderflow.v1.Location.$Shape;
      static create(properties?: orderflow.v1.Location.$Properties): orderflow.v1.Location;

      /**
       * Encodes the specified Location message. Does not implicitly {@link orderflow.v1.Location.verify|verify} messages.
       * @param message Location message or plain object to encode
       * @param [writer] Writer to encode to
       * @returns Writer
       */
      static encode(message: orderflow.v1.Location.$Properties, writer?: $protobuf.Writer): $protobuf.Writer;

      /**
       * Decodes a Location message from the specified reader or buffer.
       * @param reader Reader or buffer to decode from
       * @param [length] Message length if known beforehand
       * @returns {orderflow.v1.Location & orderflow.v1.Location.$Shape} Location
       * @throws {Error} If the payload is not a reader or valid buffer
       * @throws {$protobuf.util.ProtocolError} If required fields are missing
       */
      static decode(
        reader: $protobuf.Reader | Uint8Array,
        length?: number,
      ): orderflow.v1.Location & orderflow.v1.Location.$Shape;

      /**
       * Creates a Location message from a plain object. Also converts values to their respective internal types.
       * @param object Plain object
       * @returns Location
       */
      static fromObject(object: { [k: string]: any }): orderflow.v1.Location;

      /**
       * Creates a plain object from a Location message. Also converts values to other types if specified.
       * @param message Location
       * @param [options] Conversion options
       * @returns Plain object
       */
      static toObject(message: orderflow.v1.Location, options?: $protobuf.IConversionOptions): { [k: string]: any };

      /**
       * Converts this Location to JSON.
       * @returns JSON object
       */
      toJSON(): { [k: string]: any };

      /**
       * Gets the type url for Location
       * @param [prefix] Custom type url prefix, defaults to `"type.googleapis.com"`
       * @returns The type url
       */
      static getTypeUrl(prefix?: string): string;
    }

    namespace Location {
      /** Properties of a Location. */
      interface $Properties {
        /** Location locationId */
        locationId?: string | null;

        /** Location name */
        name?: string | null;

        /** Location region */
        region?: string | null;

        /** Unknown fields preserved while decoding when enabled */
        $unknowns?: Uint8Array[];
      }

      /** Shape of a Location. */
      type $Shape = orderflow.v1.Location.$Properties;
    }

    /**
     * Properties of an EnrichedOrder.
     * @deprecated Use orderflow.v1.EnrichedOrder.$Properties instead.
     */
    interface IEnrichedOrder extends orderflow.v1.EnrichedOrder.$Properties {}

    /** Represents an EnrichedOrder. */
    class EnrichedOrder {
      /**
       * Constructs a new EnrichedOrder.
       * @param [properties] Properties to set
       */
      constructor(properties?: orderflow.v1.EnrichedOrder.$Properties);

      /** Unknown fields preserved while decoding when enabled */
      $unknowns?: Uint8Array[];

      /** EnrichedOrder order. */
      order?: orderflow.v1.Order.$Properties | null;

      /** EnrichedOrder fromLocation. */
      fromLocation?: orderflow.v1.Location.$Properties | null;

      /** EnrichedOrder toLocation. */
      toLocation?: orderflow.v1.Location.$Properties | null;

      /** EnrichedOrder ipRegion. */
      ipRegion: string;

      /**
       * Creates a new EnrichedOrder instance using the specified properties.
       * @param [properties] Properties to set
       * @returns EnrichedOrder instance
       */
      static create(
        properties: orderflow.v1.EnrichedOrder.$Shape,
      ): orderflow.v1.EnrichedOrder & orderflow.v1.EnrichedOrder.$Shape;
      static create(properties?: orderflow.v1.EnrichedOrder.$Properties): orderflow.v1.EnrichedOrder;

      /**
       * Encodes the specified EnrichedOrder message. Does not implicitly {@link orderflow.v1.EnrichedOrder.verify|verify} messages.
       * @param message EnrichedOrder message or plain object to encode
       * @param [writer] Writer to encode to
       * @returns Writer
       */
      static encode(message: orderflow.v1.EnrichedOrder.$Properties, writer?: $protobuf.Writer): $protobuf.Writer;

      /**
       * Decodes an EnrichedOrder message from the specified reader or buffer.
       * @param reader Reader or buffer to decode from
       * @param [length] Message length if known beforehand
       * @returns {orderflow.v1.EnrichedOrder & orderflow.v1.EnrichedOrder.$Shape} EnrichedOrder
       * @throws {Error} If the payload is not a reader or valid buffer
       * @throws {$protobuf.util.ProtocolError} If required fields are missing
       */
      static decode(
        reader: $protobuf.Reader | Uint8Array,
        length?: number,
      ): orderflow.v1.EnrichedOrder & orderflow.v1.EnrichedOrder.$Shape;

      /**
       * Creates an EnrichedOrder message from a plain object. Also converts values to their respective internal types.
       * @param object Plain object
       * @returns EnrichedOrder
       */
      static fromObject(object: { [k: string]: any }): orderflow.v1.EnrichedOrder;

      /**
       * Creates a plain object from an EnrichedOrder message. Also converts values to other types if specified.
       * @param message EnrichedOrder
       * @param [options] Conversion options
       * @returns Plain object
       */
      static toObject(
        message: orderflow.v1.EnrichedOrder,
        options?: $protobuf.IConversionOptions,
      ): { [k: string]: any };

      /**
       * Converts this EnrichedOrder to JSON.
       * @returns JSON object
       */
      toJSON(): { [k: string]: any };

      /**
       * Gets the type url for EnrichedOrder
       * @param [prefix] Custom type url prefix, defaults to `"type.googleapis.com"`
       * @returns The type url
       */
      static getTypeUrl(prefix?: string): string;
    }

    namespace EnrichedOrder {
      /** Properties of an EnrichedOrder. */
      interface $Properties {
        /** EnrichedOrder order */
        order?: orderflow.v1.Order.$Properties | null;

        /** EnrichedOrder fromLocation */
        fromLocation?: orderflow.v1.Location.$Properties | null;

        /** EnrichedOrder toLocation */
        toLocation?: orderflow.v1.Location.$Properties | null;

        /** EnrichedOrder ipRegion */
        ipRegion?: string | null;

        /** Unknown fields preserved while decoding when enabled */
        $unknowns?: Uint8Array[];
      }

      /** Shape of an EnrichedOrder. */
      type $Shape = orderflow.v1.EnrichedOrder.$Properties;
    }

    /** Route enum. */
    enum Route {
      /** ROUTE_UNSPECIFIED value */
      ROUTE_UNSPECIFIED = 0,

      /** INTERNAL value */
      INTERNAL = 1,

      /** EXTERNAL value */
      EXTERNAL = 2,
    }

    /**
     * Properties of a RoutedOrder.
     * @deprecated Use orderflow.v1.RoutedOrder.$Properties instead.
     */
    interface IRoutedOrder extends orderflow.v1.RoutedOrder.$Properties {}

    /** Represents a RoutedOrder. */
    class RoutedOrder {
      /**
       * Constructs a new RoutedOrder.
       * @param [properties] Properties to set
       */
      constructor(properties?: orderflow.v1.RoutedOrder.$Properties);

      /** Unknown fields preserved while decoding when enabled */
      $unknowns?: Uint8Array[];

      /** RoutedOrder enrichedOrder. */
      enrichedOrder?: orderflow.v1.EnrichedOrder.$Properties | null;

      /** RoutedOrder route. */
      route: orderflow.v1.Route;

      /** RoutedOrder partnerId. */
      partnerId: string;

      /**
       * Creates a new RoutedOrder instance using the specified properties.
       * @param [properties] Properties to set
       * @returns RoutedOrder instance
       */
      static create(
        properties: orderflow.v1.RoutedOrder.$Shape,
      ): orderflow.v1.RoutedOrder & orderflow.v1.RoutedOrder.$Shape;
      static create(properties?: orderflow.v1.RoutedOrder.$Properties): orderflow.v1.RoutedOrder;

      /**
       * Encodes the specified RoutedOrder message. Does not implicitly {@link orderflow.v1.RoutedOrder.verify|verify} messages.
       * @param message RoutedOrder message or plain object to encode
       * @param [writer] Writer to encode to
       * @returns Writer
       */
      static encode(message: orderflow.v1.RoutedOrder.$Properties, writer?: $protobuf.Writer): $protobuf.Writer;

      /**
       * Decodes a RoutedOrder message from the specified reader or buffer.
       * @param reader Reader or buffer to decode from
       * @param [length] Message length if known beforehand
       * @returns {orderflow.v1.RoutedOrder & orderflow.v1.RoutedOrder.$Shape} RoutedOrder
       * @throws {Error} If the payload is not a reader or valid buffer
       * @throws {$protobuf.util.ProtocolError} If required fields are missing
       */
      static decode(
        reader: $protobuf.Reader | Uint8Array,
        length?: number,
      ): orderflow.v1.RoutedOrder & orderflow.v1.RoutedOrder.$Shape;

      /**
       * Creates a RoutedOrder message from a plain object. Also converts values to their respective internal types.
       * @param object Plain object
       * @returns RoutedOrder
       */
      static fromObject(object: { [k: string]: any }): orderflow.v1.RoutedOrder;

      /**
       * Creates a plain object from a RoutedOrder message. Also converts values to other types if specified.
       * @param message RoutedOrder
       * @param [options] Conversion options
       * @returns Plain object
       */
      static toObject(message: orderflow.v1.RoutedOrder, options?: $protobuf.IConversionOptions): { [k: string]: any };

      /**
       * Converts this RoutedOrder to JSON.
       * @returns JSON object
       */
      toJSON(): { [k: string]: any };

      /**
       * Gets the type url for RoutedOrder
       * @param [prefix] Custom type url prefix, defaults to `"type.googleapis.com"`
       * @returns The type url
       */
      static getTypeUrl(prefix?: string): string;
    }

    namespace RoutedOrder {
      /** Properties of a RoutedOrder. */
      interface $Properties {
        /** RoutedOrder enrichedOrder */
        enrichedOrder?: orderflow.v1.EnrichedOrder.$Properties | null;

        /** RoutedOrder route */
        route?: orderflow.v1.Route | null;

        /** RoutedOrder partnerId */
        partnerId?: string | null;

        /** Unknown fields preserved while decoding when enabled */
        $unknowns?: Uint8Array[];
      }

      /** Shape of a RoutedOrder. */
      type $Shape = orderflow.v1.RoutedOrder.$Properties;
    }

    /**
     * Properties of an Amount.
     * @deprecated Use orderflow.v1.Amount.$Properties instead.
     */
    interface IAmount extends orderflow.v1.Amount.$Properties {}

    /** Represents an Amount. */
    class Amount {
      /**
       * Constructs a new Amount.
       * @param [properties] Properties to set
       */
      constructor(properties?: orderflow.v1.Amount.$Properties);

      /** Unknown fields preserved while decoding when enabled */
      $unknowns?: Uint8Array[];

      /** Amount currency. */
      currency: string;

      /** Amount minorUnits. */
      minorUnits: number;

      /**
       * Creates a new Amount instance using the specified properties.
       * @param [properties] Properties to set
       * @returns Amount instance
       */
      static create(properties: orderflow.v1.Amount.$Shape): orderflow.v1.Amount & orderflow.v1.Amount.$Shape;
      static create(properties?: orderflow.v1.Amount.$Properties): orderflow.v1.Amount;

      /**
       * Encodes the specified Amount message. Does not implicitly {@link orderflow.v1.Amount.verify|verify} messages.
       * @param message Amount message or plain object to encode
       * @param [writer] Writer to encode to
       * @returns Writer
       */
      static encode(message: orderflow.v1.Amount.$Properties, writer?: $protobuf.Writer): $protobuf.Writer;

      /**
       * Decodes an Amount message from the specified reader or buffer.
       * @param reader Reader or buffer to decode from
       * @param [length] Message length if known beforehand
       * @returns {orderflow.v1.Amount & orderflow.v1.Amount.$Shape} Amount
       * @throws {Error} If the payload is not a reader or valid buffer
       * @throws {$protobuf.util.ProtocolError} If required fields are missing
       */
      static decode(
        reader: $protobuf.Reader | Uint8Array,
        length?: number,
      ): orderflow.v1.Amount & orderflow.v1.Amount.$Shape;

      /**
       * Creates an Amount message from a plain object. Also converts values to their respective internal types.
       * @param object Plain object
       * @returns Amount
       */
      static fromObject(object: { [k: string]: any }): orderflow.v1.Amount;

      /**
       * Creates a plain object from an Amount message. Also converts values to other types if specified.
       * @param message Amount
       * @param [options] Conversion options
       * @returns Plain object
       */
      static toObject(message: orderflow.v1.Amount, options?: $protobuf.IConversionOptions): { [k: string]: any };

      /**
       * Converts this Amount to JSON.
       * @returns JSON object
       */
      toJSON(): { [k: string]: any };

      /**
       * Gets the type url for Amount
       * @param [prefix] Custom type url prefix, defaults to `"type.googleapis.com"`
       * @returns The type url
       */
      static getTypeUrl(prefix?: string): string;
    }

    namespace Amount {
      /** Properties of an Amount. */
      interface $Properties {
        /** Amount currency */
        currency?: string | null;

        /** Amount minorUnits */
        minorUnits?: number | null;

        /** Unknown fields preserved while decoding when enabled */
        $unknowns?: Uint8Array[];
      }

      /** Shape of an Amount. */
      type $Shape = orderflow.v1.Amount.$Properties;
    }

    /**
     * Properties of an AggregatedOrder.
     * @deprecated Use orderflow.v1.AggregatedOrder.$Properties instead.
     */
    interface IAggregatedOrder extends orderflow.v1.AggregatedOrder.$Properties {}

    /** Represents an AggregatedOrder. */
    class AggregatedOrder {
      /**
       * Constructs a new AggregatedOrder.
       * @param [properties] Properties to set
       */
      constructor(properties?: orderflow.v1.AggregatedOrder.$Properties);

      /** Unknown fields preserved while decoding when enabled */
      $unknowns?: Uint8Array[];

      /** AggregatedOrder toLocationId. */
      toLocationId: string;

      /** AggregatedOrder windowStart. */
      windowStart?: google.protobuf.Timestamp.$Properties | null;

      /** AggregatedOrder windowEnd. */
      windowEnd?: google.protobuf.Timestamp.$Properties | null;

      /** AggregatedOrder paneIndex. */
      paneIndex: number;

      /** AggregatedOrder orders. */
      orders: number;

      /** AggregatedOrder items. */
      items: number;

      /** AggregatedOrder amounts. */
      amounts: orderflow.v1.Amount.$Properties[];

      /** AggregatedOrder revision. */
      revision: number;

      /**
       * Creates a new AggregatedOrder instance using the specified properties.
       * @param [properties] Properties to set
       * @returns AggregatedOrder instance
       */
      static create(
        properties: orderflow.v1.AggregatedOrder.$Shape,
      ): orderflow.v1.AggregatedOrder & orderflow.v1.AggregatedOrder.$Shape;
      static create(properties?: orderflow.v1.AggregatedOrder.$Properties): orderflow.v1.AggregatedOrder;

      /**
       * Encodes the specified AggregatedOrder message. Does not implicitly {@link orderflow.v1.AggregatedOrder.verify|verify} messages.
       * @param message AggregatedOrder message or plain object to encode
       * @param [writer] Writer to encode to
       * @returns Writer
       */
      static encode(message: orderflow.v1.AggregatedOrder.$Properties, writer?: $protobuf.Writer): $protobuf.Writer;

      /**
       * Decodes an AggregatedOrder message from the specified reader or buffer.
       * @param reader Reader or buffer to decode from
       * @param [length] Message length if known beforehand
       * @returns {orderflow.v1.AggregatedOrder & orderflow.v1.AggregatedOrder.$Shape} AggregatedOrder
       * @throws {Error} If the payload is not a reader or valid buffer
       * @throws {$protobuf.util.ProtocolError} If required fields are missing
       */
      static decode(
        reader: $protobuf.Reader | Uint8Array,
        length?: number,
      ): orderflow.v1.AggregatedOrder & orderflow.v1.AggregatedOrder.$Shape;

      /**
       * Creates an AggregatedOrder message from a plain object. Also converts values to their respective internal types.
       * @param object Plain object
       * @returns AggregatedOrder
       */
      static fromObject(object: { [k: string]: any }): orderflow.v1.AggregatedOrder;

      /**
       * Creates a plain object from an AggregatedOrder message. Also converts values to other types if specified.
       * @param message AggregatedOrder
       * @param [options] Conversion options
       * @returns Plain object
       */
      static toObject(
        message: orderflow.v1.AggregatedOrder,
        options?: $protobuf.IConversionOptions,
      ): { [k: string]: any };

      /**
       * Converts this AggregatedOrder to JSON.
       * @returns JSON object
       */
      toJSON(): { [k: string]: any };

      /**
       * Gets the type url for AggregatedOrder
       * @param [prefix] Custom type url prefix, defaults to `"type.googleapis.com"`
       * @returns The type url
       */
      static getTypeUrl(prefix?: string): string;
    }

    namespace AggregatedOrder {
      /** Properties of an AggregatedOrder. */
      interface $Properties {
        /** AggregatedOrder toLocationId */
        toLocationId?: string | null;

        /** AggregatedOrder windowStart */
        windowStart?: google.protobuf.Timestamp.$Properties | null;

        /** AggregatedOrder windowEnd */
        windowEnd?: google.protobuf.Timestamp.$Properties | null;

        /** AggregatedOrder paneIndex */
        paneIndex?: number | null;

        /** AggregatedOrder orders */
        orders?: number | null;

        /** AggregatedOrder items */
        items?: number | null;

        /** AggregatedOrder amounts */
        amounts?: orderflow.v1.Amount.$Properties[] | null;

        /** AggregatedOrder revision */
        revision?: number | null;

        /** Unknown fields preserved while decoding when enabled */
        $unknowns?: Uint8Array[];
      }

      /** Shape of an AggregatedOrder. */
      type $Shape = orderflow.v1.AggregatedOrder.$Properties;
    }

    /** DeadLetterReason enum. */
    enum DeadLetterReason {
      /** DEAD_LETTER_REASON_UNSPECIFIED value */
      DEAD_LETTER_REASON_UNSPECIFIED = 0,

      /** EMPTY_VALUE value */
      EMPTY_VALUE = 1,

      /** TOO_LARGE value */
      TOO_LARGE = 2,

      /** UNDECODABLE value */
      UNDECODABLE = 3,

      /** INVALID_ORDER value */
      INVALID_ORDER = 4,

      /** UNKNOWN_LOCATION value */
      UNKNOWN_LOCATION = 5,

      /** NO_ROUTE value */
      NO_ROUTE = 6,

      /** PROCESSING_FAILED value */
      PROCESSING_FAILED = 7,

      /** DELIVERY_REFUSED value */
      DELIVERY_REFUSED = 8,

      /** TOO_LATE value */
      TOO_LATE = 9,

      /** MESSAGE_ID_REUSED value */
      MESSAGE_ID_REUSED = 10,
    }

    /**
     * Properties of a DeadLetter.
     * @deprecated Use orderflow.v1.DeadLetter.$Properties instead.
     */
    interface IDeadLetter extends orderflow.v1.DeadLetter.$Properties {}

    /** Represents a DeadLetter. */
    class DeadLetter {
      /**
       * Constructs a new DeadLetter.
       * @param [properties] Properties to set
       */
      constructor(properties?: orderflow.v1.DeadLetter.$Properties);

      /** Unknown fields preserved while decoding when enabled */
      $unknowns?: Uint8Array[];

      /** DeadLetter key. */
      key: Uint8Array;

      /** DeadLetter value. */
      value: Uint8Array;

      /** DeadLetter topic. */
      topic: string;

      /** DeadLetter partition. */
      partition: number;

      /** DeadLetter offset. */
      offset: number;

      /** DeadLetter recordTime. */
      recordTime?: google.protobuf.Timestamp.$Properties | null;

      /** DeadLetter step. */
      step: string;

      /** DeadLetter reason. */
      reason: orderflow.v1.DeadLetterReason;

      /** DeadLetter error. */
      error: string;

      /** DeadLetter orderId. */
      orderId: string;

      /** DeadLetter messageId. */
      messageId: string;

      /** DeadLetter release. */
      release: string;

      /**
       * Creates a new DeadLetter instance using the specified properties.
       * @param [properties] Properties to set
       * @returns DeadLetter instance
       */
      static create(
        properties: orderflow.v1.DeadLetter.$Shape,
      ): orderflow.v1.DeadLetter & orderflow.v1.DeadLetter.$Shape;
      static create(properties?: orderflow.v1.DeadLetter.$Properties): orderflow.v1.DeadLetter;

      /**
       * Encodes the specified DeadLetter message. Does not implicitly {@link orderflow.v1.DeadLetter.verify|verify} messages.
       * @param message DeadLetter message or plain object to encode
       * @param [writer] Writer to encode to
       * @returns Writer
       */
      static encode(message: orderflow.v1.DeadLetter.$Properties, writer?: $protobuf.Writer): $protobuf.Writer;

      /**
       * Decodes a DeadLetter message from the specified reader or buffer.
       * @param reader Reader or buffer to decode from
       * @param [length] Message length if known beforehand
       * @returns {orderflow.v1.DeadLetter & orderflow.v1.DeadLetter.$Shape} DeadLetter
       * @throws {Error} If the payload is not a reader or valid buffer
       * @throws {$protobuf.util.ProtocolError} If required fields are missing
       */
      static decode(
        reader: $protobuf.Reader | Uint8Array,
        length?: number,
      ): orderflow.v1.DeadLetter & orderflow.v1.DeadLetter.$Shape;

      /**
       * Creates a DeadLetter message from a plain object. Also converts values to their respective internal types.
       * @param object Plain object
       * @returns DeadLetter
       */
      static fromObject(object: { [k: string]: any }): orderflow.v1.DeadLetter;

      /**
       * Creates a plain object from a DeadLetter message. Also converts values to other types if specified.
       * @param message DeadLetter
       * @param [options] Conversion options
       * @returns Plain object
       */
      static toObject(message: orderflow.v1.DeadLetter, options?: $protobuf.IConversionOptions): { [k: string]: any };

      /**
       * Converts this DeadLetter to JSON.
       * @returns JSON object
       */
      toJSON(): { [k: string]: any };

      /**
       * Gets the type url for DeadLetter
       * @param [prefix] Custom type url prefix, defaults to `"type.googleapis.com"`
       * @returns The type url
       */
      static getTypeUrl(prefix?: string): string;
    }

    namespace DeadLetter {
      /** Properties of a DeadLetter. */
      interface $Properties {
        /** DeadLetter key */
        key?: Uint8Array | null;

        /** DeadLetter value */
        value?: Uint8Array | null;

        /** DeadLetter topic */
        topic?: string | null;

        /** DeadLetter partition */
        partition?: number | null;

        /** DeadLetter offset */
        offset?: number | null;

        /** DeadLetter recordTime */
        recordTime?: google.protobuf.Timestamp.$Properties | null;

        /** DeadLetter step */
        step?: string | null;

        /** DeadLetter reason */
        reason?: orderflow.v1.DeadLetterReason | null;

        /** DeadLetter error */
        error?: string | null;

        /** DeadLetter orderId */
        orderId?: string | null;

        /** DeadLetter messageId */
        messageId?: string | null;

        /** DeadLetter release */
        release?: string | null;

        /** Unknown fields preserved while decoding when enabled */
        $unknowns?: Uint8Array[];
      }

      /** Shape of a DeadLetter. */
      type $Shape = orderflow.v1.DeadLetter.$Properties;
    }

    /** AuditOutcome enum. */
    enum AuditOutcome {
      /** AUDIT_OUTCOME_UNSPECIFIED value */
      AUDIT_OUTCOME_UNSPECIFIED = 0,

      /** BEGUN value */
      BEGUN = 1,

      /** DONE value */
      DONE = 2,

      /** FAILED value */
      FAILED = 3,

      /** DENIED value */
      DENIED = 4,
    }

    /**
     * Properties of an AuditEvent.
     * @deprecated Use orderflow.v1.AuditEvent.$Properties instead.
     */
    interface IAuditEvent extends orderflow.v1.AuditEvent.$Properties {}

    /** Represents an AuditEvent. */
    class AuditEvent {
      /**
       * Constructs a new AuditEvent.
       * @param [properties] Properties to set
       */
      constructor(properties?: orderflow.v1.AuditEvent.$Properties);

      /** Unknown fields preserved while decoding when enabled */
      $unknowns?: Uint8Array[];

      /** AuditEvent seq. */
      seq: number;

      /** AuditEvent at. */
      at?: google.protobuf.Timestamp.$Properties | null;

      /** AuditEvent role. */
      role: string;

      /** AuditEvent address. */
      address: string;

      /** AuditEvent principal. */
      principal: string;

      /** AuditEvent host. */
      host: string;

      /** AuditEvent person. */
      person: string;

      /** AuditEvent action. */
      action: string;

      /** AuditEvent subjects. */
      subjects: string[];

      /** AuditEvent outcome. */
      outcome: orderflow.v1.AuditOutcome;

      /** AuditEvent details. */
      details: string;

      /** AuditEvent previousHash. */
      previousHash: Uint8Array;

      /** AuditEvent hash. */
      hash: Uint8Array;

      /**
       * Creates a new AuditEvent instance using the specified properties.
       * @param [properties] Properties to set
       * @returns AuditEvent instance
       */
      static create(
        properties: orderflow.v1.AuditEvent.$Shape,
      ): orderflow.v1.AuditEvent & orderflow.v1.AuditEvent.$Shape;
      static create(properties?: orderflow.v1.AuditEvent.$Properties): orderflow.v1.AuditEvent;

      /**
       * Encodes the specified AuditEvent message. Does not implicitly {@link orderflow.v1.AuditEvent.verify|verify} messages.
       * @param message AuditEvent message or plain object to encode
       * @param [writer] Writer to encode to
       * @returns Writer
       */
      static encode(message: orderflow.v1.AuditEvent.$Properties, writer?: $protobuf.Writer): $protobuf.Writer;

      /**
       * Decodes an AuditEvent message from the specified reader or buffer.
       * @param reader Reader or buffer to decode from
       * @param [length] Message length if known beforehand
       * @returns {orderflow.v1.AuditEvent & orderflow.v1.AuditEvent.$Shape} AuditEvent
       * @throws {Error} If the payload is not a reader or valid buffer
       * @throws {$protobuf.util.ProtocolError} If required fields are missing
       */
      static decode(
        reader: $protobuf.Reader | Uint8Array,
        length?: number,
      ): orderflow.v1.AuditEvent & orderflow.v1.AuditEvent.$Shape;

      /**
       * Creates an AuditEvent message from a plain object. Also converts values to their respective internal types.
       * @param object Plain object
       * @returns AuditEvent
       */
      static fromObject(object: { [k: string]: any }): orderflow.v1.AuditEvent;

      /**
       * Creates a plain object from an AuditEvent message. Also converts values to other types if specified.
       * @param message AuditEvent
       * @param [options] Conversion options
       * @returns Plain object
       */
      static toObject(message: orderflow.v1.AuditEvent, options?: $protobuf.IConversionOptions): { [k: string]: any };

      /**
       * Converts this AuditEvent to JSON.
       * @returns JSON object
       */
      toJSON(): { [k: string]: any };

      /**
       * Gets the type url for AuditEvent
       * @param [prefix] Custom type url prefix, defaults to `"type.googleapis.com"`
       * @returns The type url
       */
      static getTypeUrl(prefix?: string): string;
    }

    namespace AuditEvent {
      /** Properties of an AuditEvent. */
      interface $Properties {
        /** AuditEvent seq */
        seq?: number | null;

        /** AuditEvent at */
        at?: google.protobuf.Timestamp.$Properties | null;

        /** AuditEvent role */
        role?: string | null;

        /** AuditEvent address */
        address?: string | null;

        /** AuditEvent principal */
        principal?: string | null;

        /** AuditEvent host */
        host?: string | null;

        /** AuditEvent person */
        person?: string | null;

        /** AuditEvent action */
        action?: string | null;

        /** AuditEvent subjects */
        subjects?: string[] | null;

        /** AuditEvent outcome */
        outcome?: orderflow.v1.AuditOutcome | null;

        /** AuditEvent details */
        details?: string | null;

        /** AuditEvent previousHash */
        previousHash?: Uint8Array | null;

        /** AuditEvent hash */
        hash?: Uint8Array | null;

        /** Unknown fields preserved while decoding when enabled */
        $unknowns?: Uint8Array[];
      }

      /** Shape of an AuditEvent. */
      type $Shape = orderflow.v1.AuditEvent.$Properties;
    }
  }
}

/** Namespace google. */
export namespace google {
  /** Namespace protobuf. */
  namespace protobuf {
    /**
     * Properties of a Timestamp.
     * @deprecated Use google.protobuf.Timestamp.$Properties instead.
     */
    interface ITimestamp extends google.protobuf.Timestamp.$Properties {}

    /** Represents a Timestamp. */
    class Timestamp {
      /**
       * Constructs a new Timestamp.
       * @param [properties] Properties to set
       */
      constructor(properties?: google.protobuf.Timestamp.$Properties);

      /** Unknown fields preserved while decoding when enabled */
      $unknowns?: Uint8Array[];

      /** Timestamp seconds. */
      seconds: number;

      /** Timestamp nanos. */
      nanos: number;

      /**
       * Creates a new Timestamp instance using the specified properties.
       * @param [properties] Properties to set
       * @returns Timestamp instance
       */
      static create(
        properties: google.protobuf.Timestamp.$Shape,
      ): google.protobuf.Timestamp & google.protobuf.Timestamp.$Shape;
      static create(properties?: google.protobuf.Timestamp.$Properties): google.protobuf.Timestamp;

      /**
       * Encodes the specified Timestamp message. Does not implicitly {@link google.protobuf.Timestamp.verify|verify} messages.
       * @param message Timestamp message or plain object to encode
       * @param [writer] Writer to encode to
       * @returns Writer
       */
      static encode(message: google.protobuf.Timestamp.$Properties, writer?: $protobuf.Writer): $protobuf.Writer;

      /**
       * Decodes a Timestamp message from the specified reader or buffer.
       * @param reader Reader or buffer to decode from
       * @param [length] Message length if known beforehand
       * @returns {google.protobuf.Timestamp & google.protobuf.Timestamp.$Shape} Timestamp
       * @throws {Error} If the payload is not a reader or valid buffer
       * @throws {$protobuf.util.ProtocolError} If required fields are missing
       */
      static decode(
        reader: $protobuf.Reader | Uint8Array,
        length?: number,
      ): google.protobuf.Timestamp & google.protobuf.Timestamp.$Shape;

      /**
       * Creates a Timestamp message from a plain object. Also converts values to their respective internal types.
       * @param object Plain object
       * @returns Timestamp
       */
      static fromObject(object: { [k: string]: any }): google.protobuf.Timestamp;

      /**
       * Creates a plain object from a Timestamp message. Also converts values to other types if specified.
       * @param message Timestamp
       * @param [options] Conversion options
       * @returns Plain object
       */
      static toObject(message: google.protobuf.Timestamp, options?: $protobuf.IConversionOptions): { [k: string]: any };

      /**
       * Converts this Timestamp to JSON.
       * @returns JSON object
       */
      toJSON(): { [k: string]: any };

      /**
       * Gets the type url for Timestamp
       * @param [prefix] Custom type url prefix, defaults to `"type.googleapis.com"`
       * @returns The type url
       */
      static getTypeUrl(prefix?: string): string;
    }

    namespace Timestamp {
      /** Properties of a Timestamp. */
      interface $Properties {
        /** Timestamp seconds */
        seconds?: number | null;

        /** Timestamp nanos */
        nanos?: number | null;

        /** Unknown fields preserved while decoding when enabled */
        $unknowns?: Uint8Array[];
      }

      /** Shape of a Timestamp. */
      type $Shape = google.protobuf.Timestamp.$Properties;
    }
  }
}
