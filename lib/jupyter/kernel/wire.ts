import { messageFrames, newHeader } from '../wire';
import type { Content, Origin } from './messages';

/** Frames of a message with `origin` as its parent: a reply or a broadcast. */
export function encode(
  type: string,
  content: Content,
  origin: Origin | null,
  key: string,
  identities: readonly Uint8Array[],
  metadata: Content = {},
): Buffer[] {
  const { session = '', username = '' } = origin?.header ?? {};
  const header = newHeader(type, session, username);
  const message = { header, parent_header: origin?.header ?? {}, metadata, content };
  return messageFrames(message, key, identities);
}
