// Prints one JSON line per completion spec of @withfig/autocomplete: {"name": [...], "node": {...}}.
// Used by build_specs.py alone. Only names are kept: descriptions, icons and generators (code) are left out.
import { readdirSync, statSync } from "node:fs";
import { join, relative } from "node:path";
import { pathToFileURL } from "node:url";

const root = process.argv[2];
const list = (x) => (x === undefined || x === null ? [] : Array.isArray(x) ? x : [x]);
const names = (x) => list(x?.name).filter((n) => typeof n === "string" && n && !/\s/.test(n));

function suggestions(args) {
  const found = [];
  for (const arg of list(args))
    for (const s of list(arg?.suggestions))
      for (const n of typeof s === "string" ? [s] : list(s?.name)) if (/^[\w.:@+=\/-]+$/.test(n)) found.push(n);
  return found.slice(0, 300);
}

function template(args) {
  for (const arg of list(args)) for (const t of list(arg?.template)) if (t === "filepaths" || t === "folders") return t;
  return list(args).some((a) => a?.isCommand) ? "command" : undefined;
}

function slimOption(option, node) {
  const args = list(option.args);
  const key = args.length && !args[0]?.isOptional ? "v" : "o";
  node[option.isPersistent ? "P" + key : key].push(...names(option));
  if (option.isDangerous) node.d.push(...names(option));
}

function slim(spec, depth = 0) {
  const node = { s: {}, o: [], v: [], Po: [], Pv: [], d: [] };
  for (const option of list(spec.options)) slimOption(option, node);
  for (const sub of depth < 8 ? list(spec.subcommands) : []) {
    const [first, ...aliases] = names(sub);
    if (first === undefined) continue;
    node.s[first] = slim(sub, depth + 1);
    for (const alias of aliases) node.s[alias] = first;
  }
  if (list(spec.args).length) node.x = list(spec.args)[0]?.isOptional ? 1 : 2;
  node.a = suggestions(spec.args);
  node.t = template(spec.args);
  if (typeof spec.loadSpec === "string") node.l = spec.loadSpec;
  if (spec.isDangerous) node.D = 1;
  for (const key of Object.keys(node)) {
    const value = node[key];
    if (value === undefined || (typeof value === "object" && !Object.keys(value).length)) delete node[key];
  }
  return node;
}

function* files(folder) {
  for (const entry of readdirSync(folder).sort()) {
    const path = join(folder, entry);
    if (statSync(path).isDirectory()) yield* files(path);
    else if (path.endsWith(".js")) yield path;
  }
}

async function main() {
  for (const path of files(root)) {
    const key = relative(root, path).replace(/\.js$/, "");
    if (key === "index" || key.startsWith("dynamic/")) continue;
    try {
      let spec = (await import(pathToFileURL(path))).default;
      if (typeof spec === "function") continue;
      process.stdout.write(JSON.stringify({ key, name: names(spec), node: slim(spec) }) + "\n");
    } catch (error) {
      process.stderr.write(`read_fig_specs: ${key}: ${error.message}\n`);
    }
  }
}

await main();
process.exit(0);
