// Command kubectl is the released kubectl's command tree without the release's build machinery: the
// tests use it to read manifests locally, and against a test API server.
package main

import (
	"os"

	"k8s.io/component-base/cli"
	"k8s.io/kubectl/pkg/cmd"
)

func main() {
	os.Exit(cli.Run(cmd.NewDefaultKubectlCommand()))
}
