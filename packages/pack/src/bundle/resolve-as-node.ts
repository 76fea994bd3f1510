import { build } from "esbuild";

/** The conditions of Node that the bundler does not set itself. */
const CONDITIONS = ["node-addons", "module-sync"];

/**
 * The file that Node loads for a specifier in `folder`; `undefined` where it does not exist. The bundle's own conditions and
 * extensions do not apply, because Node loads what stays outside of the bundle.
 */
export async function resolveAsNode(
  specifier: string,
  folder: string,
  kind: "import" | "require",
): Promise<string | undefined> {
  const literal = JSON.stringify(specifier);
  let found: string | undefined;
  await build({
    stdin: { contents: kind === "import" ? `export * from ${literal};` : `require(${literal});`, resolveDir: folder },
    bundle: true,
    write: false,
    platform: "node",
    format: "esm",
    mainFields: ["main"],
    conditions: CONDITIONS,
    resolveExtensions: [".js", ".json", ".node"],
    tsconfigRaw: "{}",
    logLevel: "silent",
    plugins: [
      {
        name: "tricast-resolve",
        setup({ onLoad }) {
          onLoad({ filter: /./, namespace: "file" }, ({ path }) => {
            found = path;
            return { contents: "" };
          });
        },
      },
    ],
  }).catch(() => undefined);
  return found;
}
