/** The HTTP server's limits. Times are in milliseconds, sizes in bytes. */
export const HANDSHAKE_TIMEOUT_MS = 10_000;
export const HEADERS_TIMEOUT_MS = 32_000;
export const KEEP_ALIVE_TIMEOUT_MS = 180_000;
export const MAX_HEADER_BYTES = 256 * 1024;
export const MAX_CONNECTIONS = 20_000;
export const MAX_STREAMS_PER_CONNECTION = 1000;
export const MAX_SESSION_MEMORY_MIB = 512;
export const STREAM_WINDOW_BYTES = 1024 * 1024;
export const CONNECTION_WINDOW_BYTES = 4 * 1024 * 1024;
/** How long a shutdown waits for requests that are being served. */
export const SHUTDOWN_GRACE_MS = 5_000;
/** How often idle connections are looked for. */
export const SWEEP_PERIOD_MS = 30_000;
