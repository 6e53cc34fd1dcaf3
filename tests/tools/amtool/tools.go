//go:build tools

// Package tools pins amtool: the import keeps its module in go.mod and go.sum.
package tools

import _ "github.com/prometheus/alertmanager/cmd/amtool"
