// Reads a JSON list of { name, dashboard } from standard input, and writes the list of faults that Grafana's types show, as text.
import { readFileSync } from "node:fs";
import { Ajv } from "ajv";

const { dashboard: dashboardSchema, panels: panelSchemas } = JSON.parse(readFileSync(new URL("schemas.json", import.meta.url)));
const ajv = new Ajv({ allErrors: true, strict: false });
ajv.addSchema({ ...dashboardSchema, $id: "dashboard" });
const isDashboard = ajv.getSchema("dashboard");
const compiled = new Map();

/** The validator of a part of one panel type; where the type has no such part, nothing but an empty one is right. */
function validator(type, part) {
  const key = `${type}/${part}`;
  if (!compiled.has(key)) {
    compiled.set(key, ajv.compile(panelSchemas[type][part] ?? { type: "object", additionalProperties: false }));
  }
  return compiled.get(key);
}

const faults = [];

function check(validate, value, place, isPart = false) {
  if (!validate(value)) {
    for (const { instancePath, keyword, message, params } of validate.errors) {
      // A part of an object leaves out what the whole must have.
      if (isPart && instancePath === "" && keyword === "required") continue;
      faults.push(`${place}${instancePath}: ${message} ${JSON.stringify(params)}`);
    }
  }
}

function checkPanel(panel, place) {
  if (panel.type === "row") {
    (panel.panels ?? []).forEach((inner, index) => checkPanel(inner, `${place}/panels/${index}`));
    return;
  }
  if (!(panel.type in panelSchemas)) {
    faults.push(`${place}/type: Grafana publishes no panel type ${panel.type}`);
    return;
  }
  check(validator(panel.type, "options"), panel.options ?? {}, `${place}/options`);
  const config = panel.fieldConfig ?? {};
  check(validator(panel.type, "custom"), config.defaults?.custom ?? {}, `${place}/fieldConfig/defaults/custom`);
  (config.overrides ?? []).forEach((override, index) => {
    (override.properties ?? []).forEach((property, inner) => {
      checkOverride(panel.type, property, `${place}/fieldConfig/overrides/${index}/properties/${inner}`);
    });
  });
}

/** An override sets one field of the field configuration, or, after `custom.`, of the panel type's part of it. */
function checkOverride(type, { id, value }, place) {
  const nested = id.split(".");
  const custom = nested[0] === "custom" ? nested.slice(1) : null;
  const path = custom ?? nested;
  const whole = path.reduceRight((inner, key) => ({ [key]: inner }), value);
  if (custom) {
    check(validator(type, "custom"), whole, place, true);
  } else {
    const fields = ajv.getSchema("dashboard#/definitions/FieldConfig");
    check(fields, whole, place, true);
  }
}

for (const { name, dashboard } of JSON.parse(readFileSync(0, "utf8"))) {
  check(isDashboard, dashboard, name);
  (dashboard.panels ?? []).forEach((panel, index) => checkPanel(panel, `${name}/panels/${index}`));
}
process.stdout.write(JSON.stringify(faults));
