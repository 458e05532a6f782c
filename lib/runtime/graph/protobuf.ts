// The part of Protocol Buffers' wire format that graphs and op lists need:
// https://protobuf.dev/programming-guides/encoding/

/** Writes the fields of one message. */
export class ProtoWriter {
  private readonly chunks: Uint8Array[] = [];

  private varint(value: number | bigint): void {
    // Negative numbers are written as 64 bits.
    let rest = BigInt.asUintN(64, BigInt(value));
    const bytes: number[] = [];
    while (rest > 0x7fn) {
      bytes.push(Number(rest & 0x7fn) | 0x80);
      rest >>= 7n;
    }
    bytes.push(Number(rest));
    this.chunks.push(Uint8Array.from(bytes));
  }

  /** An integer, a bool or an enum. */
  integer(field: number, value: number): this {
    this.varint(field << 3);
    this.varint(value);
    return this;
  }

  float(field: number, value: number): this {
    this.varint((field << 3) | 5);
    const bytes = new Uint8Array(4);
    new DataView(bytes.buffer).setFloat32(0, value, true);
    this.chunks.push(bytes);
    return this;
  }

  bytes(field: number, value: Uint8Array): this {
    this.varint((field << 3) | 2);
    this.varint(value.length);
    this.chunks.push(value);
    return this;
  }

  string(field: number, value: string): this {
    return this.bytes(field, Buffer.from(value));
  }

  message(field: number, value: ProtoWriter): this {
    return this.bytes(field, value.finish());
  }

  finish(): Uint8Array {
    return Buffer.concat(this.chunks);
  }
}

/** One field of a message: a number for varints, bytes for length-delimited fields. */
export interface ProtoField {
  field: number;
  value: number | Uint8Array;
}

/** The fields of a message, in order. */
export function readFields(bytes: Uint8Array): ProtoField[] {
  const fields: ProtoField[] = [];
  let at = 0;
  const varint = (): number => {
    let value = 0;
    let scale = 1;
    for (;;) {
      const byte = bytes[at++]!;
      value += (byte & 0x7f) * scale;
      if (byte < 0x80) return value;
      scale *= 128;
    }
  };
  while (at < bytes.length) {
    const key = varint();
    const wire = key & 7;
    let value: number | Uint8Array;
    if (wire === 0) {
      value = varint();
    } else {
      const length = wire === 2 ? varint() : wire === 5 ? 4 : 8;
      value = bytes.subarray(at, at + length);
      at += length;
    }
    fields.push({ field: key >>> 3, value });
  }
  return fields;
}

/** The text of a field. */
export function textOf({ value }: ProtoField): string {
  return Buffer.from(value as Uint8Array).toString('utf8');
}
