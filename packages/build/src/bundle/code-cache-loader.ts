/** A CommonJS module as Node wraps it. The loader in the artefact and the maker of the cache must agree to the letter. */
export function wrapped(source: string): string {
  return `(function(exports,require,module,__filename,__dirname){${source}\n})`;
}

/**
 * The file that the platform loads in place of the bundle: runs it with what V8 compiled at build time. V8 checks that
 * the cache is its own, of the same version and flags and for a source of the same length, and compiles as always where
 * it is not.
 */
export function loaderSource(bundle: string, cache: string): string {
  return `"use strict";
const{readFileSync:r}=require("node:fs"),{Script:S,constants:c}=require("node:vm"),f=__dirname+${JSON.stringify(`/${bundle}`)};
let d;
try{d=r(__dirname+${JSON.stringify(`/${cache}`)})}catch{}
new S(${JSON.stringify(wrapped("\u0000").split("\u0000")[0])}+r(f,"utf8")+${JSON.stringify(wrapped("\u0000").split("\u0000")[1])},{filename:f,cachedData:d,importModuleDynamically:c.USE_MAIN_CONTEXT_DEFAULT_LOADER}).runInThisContext()(exports,require,module,f,__dirname);
`;
}
