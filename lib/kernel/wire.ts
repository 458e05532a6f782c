import * as crypto from 'node:crypto';
import type { Content, Header, Origin } from './messages';

// Jupyter's wire protocol 5.3: identities, a delimiter, a signature, then header, parent header,
// metadata and content as JSON.
// https://jupyter-client.readthedocs.io/en/stable/messaging.html#the-wire-protocol

const delimiter = Buffer.from('<IDS|MSG>');

/** A request as it came in. */
export interface Incoming {
  identities: Uint8Array[];
  header: Header;
  content: Content;
}

/**
 * Reads the frames of one message.
 *
 * @throws Error when the message is damaged or signed with another key
 */
export function decode(frames: readonly Buffer[], key: string): Incoming {
  const at = frames.findIndex((frame) => frame.equals(delimiter));
  if (at < 0 || frames.length < at + 6) throw new Error('not a Jupyter message');
  const parts = frames.slice(at + 2, at + 6);
  const signature = frames[at + 1]!.toString();
  const wanted = sign(parts, key);
  const same =
    signature.length === wanted.length &&
    crypto.timingSafeEqual(Buffer.from(signature), Buffer.from(wanted));
  if (!same) throw new Error('a message with a wrong signature');
  return {
    identities: frames.slice(0, at).map((frame) => Uint8Array.from(frame)),
    header: JSON.parse(parts[0]!.toString()),
    content: JSON.parse(parts[3]!.toString()),
  };
}

/** Frames of a message that answers `origin`, or tells everybody of what it caused. */
export function encode(
  type: string,
  content: Content,
  origin: Origin | null,
  key: string,
  identities: readonly Uint8Array[],
  metadata: Content = {},
): Buffer[] {
  const header: Header = {
    msg_id: crypto.randomUUID(),
    session: origin?.header.session ?? '',
    username: origin?.header.username ?? '',
    date: new Date().toISOString(),
    msg_type: type,
    version: '5.3',
  };
  const parts = [header, origin?.header ?? {}, metadata, content].map((part) =>
    Buffer.from(JSON.stringify(part)),
  );
  const prefix = identities.map((identity) => Buffer.from(identity));
  return [...prefix, delimiter, Buffer.from(sign(parts, key)), ...parts];
}

function sign(parts: readonly Buffer[], key: string): string {
  if (key === '') return '';
  const hash = crypto.createHmac('sha256', key);
  for (const part of parts) hash.update(part);
  return hash.digest('hex');
}
