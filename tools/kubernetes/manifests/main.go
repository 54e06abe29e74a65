// Manifests reads manifests of Kubernetes from standard input, as strictly as a server that validates them: a field that its kind does
// not have, one that is there twice, or a value of another type is an error, and so is a kind that is not known here.
package main

import (
	"bufio"
	"errors"
	"fmt"
	"io"
	"os"

	monitoring "github.com/prometheus-operator/prometheus-operator/pkg/apis/monitoring/v1"
	apps "k8s.io/api/apps/v1"
	batch "k8s.io/api/batch/v1"
	core "k8s.io/api/core/v1"
	networking "k8s.io/api/networking/v1"
	policy "k8s.io/api/policy/v1"
	rbac "k8s.io/api/rbac/v1"
	"k8s.io/apimachinery/pkg/runtime"
	"k8s.io/apimachinery/pkg/runtime/serializer"
	"k8s.io/apimachinery/pkg/util/yaml"
)

func main() {
	if err := check(os.Stdin); err != nil {
		fmt.Fprintln(os.Stderr, err)
		os.Exit(1)
	}
}

// check reads all documents and joins what is wrong with them.
func check(in io.Reader) (err error) {
	scheme := runtime.NewScheme()
	for _, add := range []func(*runtime.Scheme) error{
		apps.AddToScheme, batch.AddToScheme, core.AddToScheme, networking.AddToScheme, policy.AddToScheme, rbac.AddToScheme,
		monitoring.AddToScheme,
	} {
		if err := add(scheme); err != nil {
			return err
		}
	}
	decoder := serializer.NewCodecFactory(scheme, serializer.EnableStrict).UniversalDeserializer()
	documents := 0
	for reader := yaml.NewYAMLReader(bufio.NewReader(in)); ; documents++ {
		document, readErr := reader.Read()
		if errors.Is(readErr, io.EOF) {
			break
		}
		if readErr != nil {
			return readErr
		}
		if _, kind, decodeErr := decoder.Decode(document, nil, nil); decodeErr != nil {
			err = errors.Join(err, fmt.Errorf("document %d, %v: %w", documents+1, kind, decodeErr))
		}
	}
	if documents == 0 {
		return errors.New("no manifests on standard input")
	}
	return err
}
