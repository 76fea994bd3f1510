declare const plugin: typeof import("./dist/index.js", { with: { "resolution-mode": "import" }}).default;
export = plugin;
