// Makes closed JSON schemas of Grafana's types, once when the tool is installed: the dashboard, and of each panel type its options
// and its own part of the field configuration. Usage: node generate.mjs, which writes schemas.json.
import { readFileSync, writeFileSync } from "node:fs";
import generator from "ts-json-schema-generator";

const types = "node_modules/@grafana/schema/dist/types/raw";

/** The schema of one exported type of a file. */
function schema(path, type) {
  return generator.createGenerator({ path, type, skipTypeCheck: true, additionalProperties: false }).createSchema(type);
}

/** The schema, where the file exports the type: not every panel has options or a field configuration of its own. */
function schemaIfAny(path, type) {
  const exported = new RegExp(`export (interface|type) ${type}\\b`).test(readFileSync(path, "utf8"));
  return exported ? schema(path, type) : null;
}

// Types of panel whose folder has their own name. Another one needs to be added here before a dashboard may use it.
const used = ["barchart", "bargauge", "gauge", "heatmap", "histogram", "logs", "piechart", "stat", "table", "text", "timeseries"];
const panels = {};
for (const type of used) {
  const path = `${types}/composable/${type}/panelcfg/x/types.gen.d.ts`;
  panels[type] = { options: schemaIfAny(path, "Options"), custom: schemaIfAny(path, "FieldConfig") };
}
writeFileSync("schemas.json", JSON.stringify({ dashboard: schema(`${types}/dashboard/x/types.gen.d.ts`, "Dashboard"), panels }));
