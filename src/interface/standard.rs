//! The fields that every object of Kubernetes has, which definitions do not repeat.

use std::sync::LazyLock;

use super::model::{Schema, Table};
use super::read;

/// The standard `metadata` of an object that a person or program writes, in the form of a table.
const METADATA: &str = "\
source kubernetes 1 k8s.io/apimachinery
shape ObjectMeta: object
  annotations: map of string
  creationTimestamp: string format=date-time nullable
  deletionGracePeriodSeconds: integer format=int64
  deletionTimestamp: string format=date-time
  finalizers: list of string
  generateName: string
  generation: integer format=int64
  labels: map of string maxLength=63 pattern=`^(([A-Za-z0-9][-A-Za-z0-9_.]*)?[A-Za-z0-9])?$`
  managedFields: list of any preserveUnknownFields
  name: string maxLength=253 pattern=`^[a-z0-9]([-a-z0-9]*[a-z0-9])?(\\.[a-z0-9]([-a-z0-9]*[a-z0-9])?)*$`
  namespace: string maxLength=63 pattern=`^[a-z0-9]([-a-z0-9]*[a-z0-9])?$`
  ownerReferences: list listType=map listMapKeys=uid of object
    apiVersion!: string
    blockOwnerDeletion: boolean
    controller: boolean
    kind!: string
    name!: string
    uid!: string
  resourceVersion: string
  selfLink: string
  uid: string
";

/// The schema of `metadata`.
pub(super) fn metadata() -> Option<&'static Schema> {
    static TABLE: LazyLock<Table> = LazyLock::new(|| read::table(METADATA).unwrap_or_default());
    TABLE.shapes.get("ObjectMeta")
}

#[cfg(test)]
mod tests {
    #[test]
    fn the_table_can_be_read() {
        assert!(super::metadata().is_some());
    }
}
