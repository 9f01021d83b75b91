// What the program cdx-validate --strict --fail-severity critical does, for many files in one process.
// usage: node cdx-validate.mjs FOLDER_OF_NODE_MODULES <names of files, one a line
// One JSON object: name of each refused file -> why.
import fs from "node:fs";
import path from "node:path";
import { pathToFileURL } from "node:url";

const module = path.resolve(process.argv[2], "@cyclonedx/cdxgen/lib/validator/index.js");
const { shouldFail, validateBomAdvanced } = await import(pathToFileURL(module));
const refused = {};
// Its complaints go to the console as it finds them.
let heard = [];
for (const way of ["log", "warn", "error"]) console[way] = (...words) => heard.push(words.map(String).join(" "));
for (const name of fs.readFileSync(0, "utf8").split("\n").filter(Boolean)) {
  heard = [];
  const report = validateBomAdvanced(JSON.parse(fs.readFileSync(name, "utf8")), {
    schema: true,
    deep: true,
    onError: (what, error) => heard.push(`${what}: ${error.stack ?? error}`),
  });
  const { shouldFail: fails, reason } = shouldFail(report, { failSeverity: "critical", strict: true });
  if (fails || !report.schemaValid || !report.deepValid) refused[name] = [reason, ...heard].filter(Boolean);
}
process.stdout.write(`${JSON.stringify(refused)}\n`);
