/** Channels of remote command sessions over one WebSocket, by their number. */
export const CHANNEL = { stdin: 0, stdout: 1, stderr: 2, error: 3, resize: 4, close: 255 } as const;

/** Subprotocols of remote commands, the newest first. */
export const REMOTE_COMMAND_PROTOCOLS = [
  'v5.channel.k8s.io',
  'v4.channel.k8s.io',
  'v3.channel.k8s.io',
  'v2.channel.k8s.io',
  'channel.k8s.io',
] as const;

/** Port forwarding's SPDY connection inside a WebSocket, one message a piece of it. */
export const PORT_FORWARD_TUNNEL = 'SPDY/3.1+portforward.k8s.io';
export const PORT_FORWARD_PROTOCOL = 'portforward.k8s.io';
export const SPDY_PROTOCOL = 'SPDY/3.1';
/** Header of SPDY requests and streams. */
export const STREAM_PROTOCOL_HEADER = 'X-Stream-Protocol-Version';
