/** What the header of a log of SQLite begins with; the byte behind it tells how its sums are made. */
export const LOG_MAGIC: readonly number[] = [0x37, 0x7f, 0x06];
/** In bytes. */
export const LOG_HEADER_SIZE = 32;
