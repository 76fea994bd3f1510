// What all tiers of one run took: node scripts/testing/print-record.ts FILE, which TRICAST_TEST_RECORD named before.
import { readRecord, summaryLines } from "./record.ts";

console.log(summaryLines(readRecord(process.argv[2] ?? "")).join("\n"));
