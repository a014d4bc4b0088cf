// Package serve runs a chaincode as a service, configured by the variables that TradeLane's own service reads.
package serve

import (
	"fmt"
	"os"
	"os/signal"
	"syscall"

	"github.com/hyperledger/fabric-chaincode-go/v2/shim"
)

// Until serves a chaincode until SIGTERM or SIGINT and returns the process's exit status.
func Until(chaincode shim.Chaincode) int {
	tls, err := properties()
	if err != nil {
		fmt.Fprintln(os.Stderr, "cannot start:", err)
		return 2
	}
	server := &shim.ChaincodeServer{
		CCID:     os.Getenv("CHAINCODE_ID"),
		Address:  os.Getenv("CHAINCODE_SERVER_ADDRESS"),
		CC:       chaincode,
		TLSProps: tls,
	}
	failed := make(chan error, 1)
	go func() { failed <- server.Start() }()
	stop := make(chan os.Signal, 1)
	signal.Notify(stop, syscall.SIGTERM, syscall.SIGINT)
	select {
	case err := <-failed:
		fmt.Fprintln(os.Stderr, "cannot serve:", err)
		return 2
	case <-stop:
		return 0
	}
}

func properties() (shim.TLSProperties, error) {
	if os.Getenv("CHAINCODE_TLS_DISABLED") == "true" {
		return shim.TLSProperties{Disabled: true}, nil
	}
	var files [3][]byte
	for i, name := range []string{"CHAINCODE_TLS_KEY", "CHAINCODE_TLS_CERT", "CHAINCODE_CLIENT_CA_CERT"} {
		content, err := os.ReadFile(os.Getenv(name))
		if err != nil {
			return shim.TLSProperties{}, fmt.Errorf("%s: %w", name, err)
		}
		files[i] = content
	}
	return shim.TLSProperties{Key: files[0], Cert: files[1], ClientCACerts: files[2]}, nil
}
