export * from './channels.ts';
export { SpdySession, type SpdySessionOptions, type SpdyStream, type SpdyStreamHandlers } from './spdy.ts';
export { HeaderReader, HeaderWriter, SPDY_DICTIONARY } from './spdy-headers.ts';
export { requestUpgrade, type UpgradedConnection, UpgradeRefused, type UpgradeRequest } from './upgrade.ts';
export {
  closePayload,
  type WebSocketMessage,
  WebSocketReader,
  WS,
  webSocketAccept,
  webSocketFrame,
} from './websocket.ts';
