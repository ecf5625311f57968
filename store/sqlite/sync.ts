/**
 * When what is written to a database is safe from a power cut: before a write returns, so many
 * milliseconds later at most, or when the system likes.
 */
export type SyncTime = "always" | number | "off";
