//! What the kubelet gives a container, on this machine: the files of its volumes, and its environment.

use std::collections::BTreeMap;
use std::fs;
use std::path::{Path, PathBuf};

use serde_json::Value;

use crate::cluster::install::Install;

/// The pod template of one of our objects.
pub fn pod_of(object: &Value) -> &Value {
    &object["spec"]["template"]["spec"]
}

/// A container or an init container of a pod.
pub fn container<'p>(pod: &'p Value, name: &str) -> &'p Value {
    let all = ["initContainers", "containers"].into_iter().flat_map(|kind| pod[kind].as_array().into_iter().flatten());
    let mut found = all.filter(|container| container["name"] == name);
    found.next().unwrap_or_else(|| panic!("there is no container {name}"))
}

/// The volumes of a pod as folders.
pub struct Volumes {
    place: PathBuf,
}

impl Volumes {
    /// Makes them below `place`: the entries of Secrets and ConfigMaps as files, all others empty.
    pub fn make(install: &Install, volumes: &Value, place: &Path) -> Self {
        for volume in volumes.as_array().into_iter().flatten() {
            let folder = place.join(volume["name"].as_str().unwrap());
            fs::create_dir_all(&folder).unwrap();
            if let Some(name) = volume["secret"]["secretName"].as_str() {
                let secret = install.secrets.iter().find(|secret| secret["metadata"]["name"] == name);
                let secret = secret.unwrap_or_else(|| panic!("there is no Secret {name}"));
                for key in secret["data"].as_object().unwrap().keys() {
                    fs::write(folder.join(key), install.secret(name, key)).unwrap();
                }
            } else if let Some(name) = volume["configMap"]["name"].as_str() {
                for (key, text) in install.one("ConfigMap", name)["data"].as_object().unwrap() {
                    fs::write(folder.join(key), text.as_str().unwrap()).unwrap();
                }
            }
        }
        Self { place: place.to_owned() }
    }

    /// The same for one of our StatefulSets or Deployments, with the volumes that are claimed for its pods.
    pub fn of(install: &Install, object: &Value, place: &Path) -> Self {
        for claim in object["spec"]["volumeClaimTemplates"].as_array().into_iter().flatten() {
            fs::create_dir_all(place.join(claim["metadata"]["name"].as_str().unwrap())).unwrap();
        }
        Self::make(install, &pod_of(object)["volumes"], place)
    }

    /// The folder of a volume.
    pub fn folder(&self, volume: &str) -> PathBuf {
        self.place.join(volume)
    }

    /// Links volumes into those in which the container mounts them.
    pub fn nest(&self, container: &Value) {
        let mounts = mounts(container);
        for (path, volume) in &mounts {
            for (parent, outer) in &mounts {
                if let Some(rest) = path.strip_prefix(&format!("{parent}/")) {
                    std::os::unix::fs::symlink(self.folder(volume), self.folder(outer).join(rest)).unwrap();
                }
            }
        }
    }

    /// A text of the container with the paths of its mounts as they are here.
    pub fn here(&self, container: &Value, text: &str) -> String {
        let mounts = mounts(container);
        let (mut moved, mut rest) = (String::new(), text);
        while let Some(first) = rest.chars().next() {
            let is_start = moved.chars().last().is_none_or(|before| !before.is_alphanumeric());
            let mount = mounts.iter().find(|(path, _)| is_start && rest.starts_with(path.as_str()));
            let step = if let Some((path, volume)) = mount {
                moved.push_str(self.folder(volume).to_str().unwrap());
                path.len()
            } else {
                moved.push(first);
                first.len_utf8()
            };
            rest = &rest[step..];
        }
        moved
    }
}

/// Where the container mounts which volume, the longest path first.
fn mounts(container: &Value) -> Vec<(String, String)> {
    let text = |value: &Value| value.as_str().unwrap().to_owned();
    let mounts = container["volumeMounts"].as_array().into_iter().flatten();
    let mut mounts: Vec<(String, String)> =
        mounts.map(|mount| (text(&mount["mountPath"]), text(&mount["name"]))).collect();
    mounts.sort_by_key(|(path, _)| std::cmp::Reverse(path.len()));
    mounts
}

/// The container's environment; `fields` are what the pod's own fields are here.
pub fn environment(install: &Install, container: &Value, fields: &[(&str, &str)]) -> BTreeMap<String, String> {
    let mut environment: BTreeMap<String, String> = BTreeMap::new();
    for variable in container["env"].as_array().into_iter().flatten() {
        let from = &variable["valueFrom"];
        let value = if let Some(value) = variable["value"].as_str() {
            // As the kubelet does: variables that were set before.
            environment.iter().fold(value.to_owned(), |text, (name, value)| text.replace(&format!("$({name})"), value))
        } else if let Some(path) = from["fieldRef"]["fieldPath"].as_str() {
            fields
                .iter()
                .find(|(field, _)| *field == path)
                .unwrap_or_else(|| panic!("{path} is not known"))
                .1
                .to_owned()
        } else {
            let secret = &from["secretKeyRef"];
            let bytes = install.secret(secret["name"].as_str().unwrap(), secret["key"].as_str().unwrap());
            String::from_utf8(bytes).unwrap()
        };
        environment.insert(variable["name"].as_str().unwrap().to_owned(), value);
    }
    environment
}
