//go:build tools

// Package tools pins kube-rbac-proxy: the import keeps its module in go.mod and go.sum.
package tools

import _ "github.com/brancz/kube-rbac-proxy/cmd/kube-rbac-proxy"
