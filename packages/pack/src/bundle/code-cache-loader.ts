import { crc32 } from "node:zlib";

/** A CommonJS module as Node wraps it. The loader in the artefact and the maker of the cache must use equal text. */
export function wrapped(source: string): string {
  return `(function(exports,require,module,__filename,__dirname){${source}\n})`;
}

/** The checksum of the cache and its bundle. */
export function checksum(bundle: Uint8Array, cache: Uint8Array): number {
  return crc32(cache, crc32(bundle));
}

/**
 * The file that the platform loads in place of the bundle: it runs the bundle with the code that V8 compiled at build time.
 * V8 accepts the cache for its own version and flags and a source of the same length, and else compiles the source. V8 does
 * not check the content (only debug builds do: v8, src/snapshot/code-serializer.cc) and crashes on a damaged cache, so the
 * loader compares the checksum.
 */
export function loaderSource(bundle: string, cache: string, sum: number): string {
  const [head, tail] = wrapped("\u0000").split("\u0000");
  return `"use strict";
const{readFileSync:r}=require("node:fs"),{Script:S,constants:c}=require("node:vm"),z=require("node:zlib"),f=__dirname+${JSON.stringify(`/${bundle}`)},b=r(f);
let d;
try{d=r(__dirname+${JSON.stringify(`/${cache}`)});if(z.crc32(d,z.crc32(b))!==${sum})d=void 0}catch{d=void 0}
new S(${JSON.stringify(head)}+b.toString("utf8")+${JSON.stringify(tail)},{filename:f,cachedData:d,importModuleDynamically:c.USE_MAIN_CONTEXT_DEFAULT_LOADER}).runInThisContext()(exports,require,module,f,__dirname);
`;
}
