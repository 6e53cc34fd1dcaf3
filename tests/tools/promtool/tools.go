//go:build tools

// Package tools pins Prometheus and promtool, which are one module: the imports keep it in go.mod and go.sum.
package tools

import (
	_ "github.com/prometheus/prometheus/cmd/prometheus"
	_ "github.com/prometheus/prometheus/cmd/promtool"
)
