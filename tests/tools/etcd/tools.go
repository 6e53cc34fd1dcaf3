//go:build tools

// Package tools pins etcd: the import keeps its modules in go.mod and go.sum.
package tools

import _ "go.etcd.io/etcd/server/v3"
