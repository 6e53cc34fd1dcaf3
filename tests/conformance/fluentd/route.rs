//! The route of a record through the configuration: a small interpreter of the plugins in use, after what their documentation says
//! and their sources do. What it does not know stops it.
//!
//! Stack traces are recognized for Java alone, metadata are those of one made-up pod, and time does not pass: what waits for more is
//! sent on at the end.

use std::collections::BTreeMap;

use serde_json::{Map, Value, json};
use sha2::{Digest, Sha256};

use super::grammar::{Element, Literal};
use super::ruby;

/// A record on its way.
#[derive(Debug, Clone)]
struct Event {
    tag: String,
    time: String,
    record: Map<String, Value>,
}

/// What waits in a plugin, by the plugin's line and its own key.
type Waiting = BTreeMap<(usize, String), Vec<Event>>;

/// A Fluentd with its documents.
pub(super) struct Route<'c> {
    root: &'c Element,
    waiting: Waiting,
    /// Index and document, in the order of arrival. A document whose id is there is refused.
    documents: Vec<(String, Value)>,
}

impl<'c> Route<'c> {
    /// The documents that become of the lines of one container's file.
    pub(super) fn documents(root: &'c Element, file: &str, lines: &[&str]) -> Vec<(String, Value)> {
        let mut route = Self { root, waiting: Waiting::new(), documents: Vec::new() };
        let source = root.sections("source").find(|source| source.get("@type") == Some("tail")).unwrap();
        let tag = source.get("tag").unwrap().replace('*', &file.trim_start_matches('/').replace('/', "."));
        for line in lines {
            let record = cri(line);
            let time = record["time"].as_str().unwrap().to_owned();
            route.send(source.get("@label").unwrap(), Event { tag: tag.clone(), time, record });
        }
        route.flush();
        route.documents
    }

    /// Sends an event through a label.
    fn send(&mut self, label: &str, event: Event) {
        let label = self.root.sections("label").find(|element| element.argument == label).unwrap();
        let mut events = vec![event];
        for element in &label.children {
            let (mine, others): (Vec<_>, Vec<_>) =
                events.into_iter().partition(|event| matches(&element.argument, &event.tag));
            events = others;
            for event in mine {
                if element.name == "filter" {
                    events.extend(self.filter(element, event));
                } else {
                    self.output(element, &label.argument, event);
                }
            }
        }
        assert!(events.is_empty(), "{} takes none of {events:?}", label.argument);
    }

    fn filter(&mut self, element: &Element, event: Event) -> Option<Event> {
        match element.get("@type").unwrap() {
            "concat" => self.concat(element, event),
            "elasticsearch_genid" => Some(identified(element, event)),
            "kubernetes_metadata" => Some(described(event)),
            "parser" => parsed(element, event),
            "record_modifier" => Some(modified(element, event)),
            "dedot" => {
                let (separator, nested) = (element.get("de_dot_separator").unwrap(), element.get("de_dot_nested"));
                Some(Event { record: without_dots(&event.record, separator, nested == Some("true")), ..event })
            }
            other => panic!("line {}: the interpreter has no filter {other}", element.line),
        }
    }

    /// Joins partial lines of the runtime.
    fn concat(&mut self, element: &Element, mut event: Event) -> Option<Event> {
        let key = element.get("key").unwrap();
        let identity = element.get("stream_identity_key").map_or("default", |key| event.record[key].as_str().unwrap());
        let waiting = self.waiting.entry((element.line, identity.to_owned())).or_default();
        let logtag = element.get("partial_cri_logtag_key").unwrap();
        let whole = event.record[logtag].as_str().unwrap().split(':').next() == Some("F");
        waiting.push(event.clone());
        if !whole {
            return None;
        }
        let parts: Vec<Event> = std::mem::take(waiting);
        let texts: Vec<&str> = parts.iter().map(|part| part.record[key].as_str().unwrap()).collect();
        event.record.insert(key.into(), texts.join(element.get("separator").unwrap_or("\n")).into());
        for gone in [logtag, element.get("partial_cri_stream_key").unwrap_or("stream")] {
            event.record.shift_remove(gone);
        }
        Some(event)
    }

    fn output(&mut self, element: &Element, label: &str, event: Event) {
        match element.get("@type").unwrap() {
            "null" => {}
            "relabel" => self.send(element.get("@label").unwrap(), event),
            "detect_exceptions" => self.detect(element, label, event),
            "elasticsearch" => self.store(element, event),
            other => panic!("line {}: the interpreter has no output {other}", element.line),
        }
    }

    /// Joins the lines of a stack trace and sends it on in its own label, under a shorter tag.
    fn detect(&mut self, element: &Element, label: &str, event: Event) {
        let (key, stream) = (element.get("message").unwrap(), element.get("stream").unwrap());
        let stream = event.record.get(stream).and_then(Value::as_str).unwrap_or_default().to_owned();
        let text = event.record[key].as_str().unwrap().to_owned();
        let place = (element.line, stream);
        let waiting = self.waiting.entry(place.clone()).or_default();
        let inside = text.starts_with("\tat ") || text.starts_with("Caused by:");
        if !waiting.is_empty() && inside {
            return waiting.push(event);
        }
        let trace = std::mem::take(waiting);
        let starts = text.contains("Exception:") || text.contains("Error:");
        if starts {
            waiting.push(event.clone());
        }
        self.send_trace(element, label, trace);
        if !starts {
            self.send_trace(element, label, vec![event]);
        }
    }

    fn send_trace(&mut self, element: &Element, label: &str, trace: Vec<Event>) {
        let key = element.get("message").unwrap();
        let lines: Vec<String> = trace.iter().map(|event| event.record[key].as_str().unwrap().to_owned()).collect();
        let Some(mut first) = trace.into_iter().next() else { return };
        let line_break = if element.get("force_line_breaks") == Some("true") { "\n" } else { "" };
        first.record.insert(key.into(), lines.join(line_break).into());
        let prefix = format!("{}.", element.get("remove_tag_prefix").unwrap());
        if let Some(tag) = first.tag.strip_prefix(&prefix).map(str::to_owned) {
            first.tag = tag;
        }
        self.send(label, first);
    }

    /// Sends on what still waits: partial lines by their own label, stack traces as they are.
    fn flush(&mut self) {
        let root = self.root;
        for label in root.sections("label") {
            for element in &label.children {
                let places: Vec<_> = self.waiting.keys().filter(|(line, _)| *line == element.line).cloned().collect();
                for place in places {
                    let events = self.waiting.remove(&place).unwrap_or_default();
                    match element.get("timeout_label") {
                        Some(timeout) => events.into_iter().for_each(|event| self.send(timeout, event)),
                        None => self.send_trace(element, &label.argument, events),
                    }
                }
            }
        }
    }

    fn store(&mut self, element: &Element, event: Event) {
        let mut document = Map::from_iter([("@timestamp".to_owned(), json!(event.time))]);
        document.extend(event.record);
        if element.get("include_tag_key") == Some("true") {
            document.insert(element.get("tag_key").unwrap().into(), event.tag.into());
        }
        let id = document.get(element.get("id_key").unwrap()).cloned();
        assert!(id.is_some(), "without an id, creating drops the document {document:?}");
        if self.documents.iter().any(|(_, known)| known.get("_hash") == id.as_ref()) {
            return;
        }
        let day = event.time[..10].replace('-', ".");
        self.documents.push((format!("{}-{day}", element.get("logstash_prefix").unwrap()), document.into()));
    }
}

/// Whether a pattern takes a tag. Ours are words with `**` at the end, or for all.
fn matches(pattern: &str, tag: &str) -> bool {
    match pattern.strip_suffix("**") {
        Some("") => true,
        Some(prefix) => tag.starts_with(prefix) || format!("{tag}.") == prefix,
        None => pattern == tag,
    }
}

/// A line of the runtime: time, stream, whether it is whole, and the text.
fn cri(line: &str) -> Map<String, Value> {
    let parts: Vec<&str> = line.splitn(4, ' ').collect();
    let [time, stream, logtag, message] = parts[..] else { panic!("no line of a runtime: {line}") };
    let record = json!({ "stream": stream, "logtag": logtag, "message": message, "time": time });
    record.as_object().unwrap().clone()
}

/// An id that the same record under the same tag gets again.
fn identified(element: &Element, mut event: Event) -> Event {
    assert_eq!(element.get("use_entire_record"), Some("true"), "an id by some keys is not known here");
    let seed = format!("{}_{}_{}", event.tag, event.time, Value::Object(event.record.clone()));
    let id = Sha256::digest(seed.as_bytes()).iter().fold(String::new(), |id, byte| format!("{id}{byte:02x}"));
    event.record.insert(element.get("hash_id_key").unwrap().into(), id.into());
    event
}

/// What Kubernetes knows of a pod, by the name of its file.
fn described(mut event: Event) -> Event {
    let file = event.tag.strip_prefix("kubernetes.var.log.containers.").unwrap_or_else(|| panic!("tag {}", event.tag));
    let mut names = file.splitn(3, '_');
    let (pod, namespace) = (names.next().unwrap(), names.next().unwrap());
    let (container, id) = names.next().unwrap().trim_end_matches(".log").rsplit_once('-').unwrap();
    event.record.insert("docker".into(), json!({ "container_id": id }));
    event.record.insert(
        "kubernetes".into(),
        json!({
            "container_name": container,
            "namespace_name": namespace,
            "pod_name": pod,
            "container_image": "example.org/shop:1",
            "host": "node-1",
            "labels": { "app": "shop", "app.kubernetes.io/name": "shop", "serving.knative.dev/revision": "shop-00001" },
            "namespace_labels": { "kubernetes.io/metadata.name": namespace },
        }),
    );
    event
}

/// The parser of one key. `None` where the plugin loses the record.
fn parsed(element: &Element, mut event: Event) -> Option<Event> {
    assert_eq!(
        [element.get("reserve_data"), element.get("reserve_time"), element.get("emit_invalid_record_to_error")],
        [Some("true"), Some("true"), Some("false")],
        "another way of parsing is not known here"
    );
    let parse = element.sections("parse").next().unwrap();
    let values = match serde_json::from_str::<Value>(event.record[element.get("key_name").unwrap()].as_str().unwrap()) {
        Ok(Value::Object(values)) => values,
        // One record for each item, with the same id: the first arrives, and none of no items.
        Ok(Value::Array(items)) => match items.first()? {
            Value::Object(values) => values.clone(),
            _ => Map::new(),
        },
        _ => Map::new(),
    };
    // A time that is neither text nor number is a fault of the record, which is then gone.
    let time = values.get(parse.get("time_key").unwrap_or("time"));
    if time.is_some_and(|time| !time.is_string() && !time.is_number()) {
        return None;
    }
    event.record.insert(element.get("hash_value_field").unwrap().into(), values.into());
    Some(event)
}

fn modified(element: &Element, mut event: Event) -> Event {
    for parameter in element.sections("record").flat_map(|record| &record.parameters) {
        let Literal::Text(text) = &parameter.value else { panic!("line {}: a value is text", parameter.line) };
        let code = text.strip_prefix("${").and_then(|code| code.strip_suffix('}'));
        let value = code.map_or_else(
            || text.as_str().into(),
            |code| {
                ruby::evaluate(code, &event.record, &event.tag)
                    .unwrap_or_else(|fault| panic!("line {}: {fault}", parameter.line))
            },
        );
        event.record.insert(parameter.name.clone(), value);
    }
    for key in element.get("remove_keys").unwrap_or_default().split(',') {
        event.record.shift_remove(key.trim());
    }
    event
}

fn without_dots(record: &Map<String, Value>, separator: &str, nested: bool) -> Map<String, Value> {
    let one = |value: &Value| match value {
        Value::Object(map) if nested => without_dots(map, separator, nested).into(),
        Value::Array(items) if nested => {
            let item = |item: &Value| match item {
                Value::Object(map) => without_dots(map, separator, nested).into(),
                other => other.clone(),
            };
            items.iter().map(item).collect()
        }
        other => other.clone(),
    };
    record.iter().map(|(key, value)| (key.replace('.', separator), one(value))).collect()
}
