//go:build tools

// Package tools pins the Prometheus Operator: the import keeps its module in go.mod and go.sum.
package tools

import _ "github.com/prometheus-operator/prometheus-operator/cmd/operator"
