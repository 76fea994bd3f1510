export { type Signable, signSharedKey } from "./shared-key.ts";
export { findStorageAccount, type StorageAccount, type StorageAccountGiven } from "./storage-account.ts";
export { AZURE_ADVICE, azureToken } from "./token.ts";
