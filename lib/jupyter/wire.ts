import * as crypto from 'node:crypto';

// Jupyter's wire protocol 5.3: identities, a delimiter, a signature, then header, parent header,
// metadata and content as JSON. Used by both the kernel and the runner's client.
// https://jupyter-client.readthedocs.io/en/stable/messaging.html#the-wire-protocol

const delimiter = Buffer.from('<IDS|MSG>');

/** The header of a Jupyter message. */
export interface Header {
  msg_id: string;
  msg_type: string;
  session: string;
  username: string;
  date: string;
  version: string;
}

/** A message of Jupyter's protocol, without its routing. */
export interface Message {
  header: Header;
  parent_header: Partial<Header>;
  metadata: Record<string, unknown>;
  // biome-ignore lint/suspicious/noExplicitAny: the content's shape depends on msg_type
  content: any;
}

/** A header with a new id and the current time. */
export function newHeader(type: string, session: string, username: string): Header {
  return {
    msg_id: crypto.randomUUID(),
    msg_type: type,
    session,
    username,
    date: new Date().toISOString(),
    version: '5.3',
  };
}

/** The frames of a message, signed with the connection's key; without a key the signature is empty. */
export function messageFrames(
  message: Message,
  key: string,
  identities: readonly Uint8Array[] = [],
): Buffer[] {
  const parts = [message.header, message.parent_header, message.metadata, message.content].map(
    (part) => Buffer.from(JSON.stringify(part)),
  );
  const prefix = identities.map((identity) => Buffer.from(identity));
  return [...prefix, delimiter, Buffer.from(signatureOf(parts, key)), ...parts];
}

/**
 * Reads the frames of one message.
 *
 * @throws Error when the message is damaged or signed with another key
 */
export function readFrames(
  frames: readonly Buffer[],
  key: string,
): Message & { identities: Uint8Array[] } {
  const at = frames.findIndex((frame) => frame.equals(delimiter));
  if (at < 0 || frames.length < at + 6) throw new Error('not a Jupyter message');
  // Frames after the content are extra buffers, which the signature does not cover.
  const parts = frames.slice(at + 2, at + 6);
  const given = frames[at + 1]!;
  const expected = Buffer.from(signatureOf(parts, key));
  const same = given.length === expected.length && crypto.timingSafeEqual(given, expected);
  if (!same) throw new Error('a message with a wrong signature');
  const [header, parent_header, metadata, content] = parts.map((part) =>
    JSON.parse(part.toString()),
  );
  const identities = frames.slice(0, at).map((frame) => Uint8Array.from(frame));
  return { header, parent_header, metadata, content, identities };
}

function signatureOf(parts: readonly Buffer[], key: string): string {
  if (key === '') return '';
  const hash = crypto.createHmac('sha256', key);
  for (const part of parts) hash.update(part);
  return hash.digest('hex');
}
