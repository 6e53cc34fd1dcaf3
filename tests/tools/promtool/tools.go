//go:build tools

// Package tools pins promtool: the import keeps its module in go.mod and go.sum.
package tools

import _ "github.com/prometheus/prometheus/cmd/promtool"
