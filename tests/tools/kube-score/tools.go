//go:build tools

// Package tools pins kube-score: the import keeps its module in go.mod and go.sum.
package tools

import _ "github.com/zegl/kube-score/cmd/kube-score"
