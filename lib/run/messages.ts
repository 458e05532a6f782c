import * as crypto from 'node:crypto';

/** A message's header, as Jupyter's messaging protocol 5.3 defines it. */
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

const delimiter = Buffer.from('<IDS|MSG>');

function sign(key: string, parts: readonly (Buffer | string)[]): string {
  const hmac = crypto.createHmac('sha256', key);
  for (const part of parts) hmac.update(part);
  return hmac.digest('hex');
}

/** A new request, with an id of its own. */
export function request(type: string, content: object, session: string): Message {
  return {
    header: {
      msg_id: crypto.randomUUID(),
      msg_type: type,
      session,
      username: 'gradbook',
      date: new Date().toISOString(),
      version: '5.3',
    },
    parent_header: {},
    metadata: {},
    content,
  };
}

/** The frames of a message, signed with the connection's key. */
export function encode(message: Message, key: string): (Buffer | string)[] {
  const parts = [message.header, message.parent_header, message.metadata, message.content].map(
    (part) => JSON.stringify(part),
  );
  return [delimiter, sign(key, parts), ...parts];
}

/** The message in frames from a socket; undefined when they are not one signed with `key`. */
export function decode(frames: readonly Buffer[], key: string): Message | undefined {
  const start = frames.findIndex((frame) => frame.equals(delimiter));
  if (start < 0) return undefined;
  const parts = frames.slice(start + 2, start + 6);
  if (parts.length < 4) return undefined;
  // The signature covers the extra buffers too, which nothing here makes use of.
  if (frames[start + 1]!.toString() !== sign(key, frames.slice(start + 2))) return undefined;
  const [header, parent_header, metadata, content] = parts.map((part) =>
    JSON.parse(part.toString()),
  );
  return { header, parent_header, metadata, content };
}
