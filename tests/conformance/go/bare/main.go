// Bare is the bare invocation of bench/shim: two reads, two writes and an event, with nothing around them.
package main

import (
	"fmt"
	"os"
	"strconv"

	"github.com/hyperledger/fabric-chaincode-go/v2/shim"
	"github.com/hyperledger/fabric-protos-go-apiv2/peer"

	"tradelane.example/conformance/serve"
)

func main() {
	os.Exit(serve.Until(bare{}))
}

type bare struct{}

func (bare) Init(shim.ChaincodeStubInterface) *peer.Response {
	return shim.Success(nil)
}

func (bare) Invoke(stub shim.ChaincodeStubInterface) *peer.Response {
	function, args := stub.GetFunctionAndParameters()
	var err error
	switch function {
	case "batched":
		err = batched(stub, args[0], []byte(args[1]))
	case "single":
		err = single(stub, args[0], []byte(args[1]))
	case "read":
		value, err := stub.GetState(args[0])
		if err != nil {
			return shim.Error(err.Error())
		}
		return shim.Success(value)
	case "puts":
		err = puts(stub, args[0], args[1], []byte(args[2]))
	default:
		err = fmt.Errorf("no function %s", function)
	}
	if err != nil {
		return shim.Error(err.Error())
	}
	return shim.Success(nil)
}

// batched is the invocation in two messages: one that reads, one that writes.
func batched(stub shim.ChaincodeStubInterface, key string, document []byte) error {
	if _, err := stub.GetMultipleStates(key, key+".index"); err != nil {
		return err
	}
	stub.StartWriteBatch()
	if err := stub.PutState(key, document); err != nil {
		return err
	}
	if err := stub.PutState(key+".index", []byte(key)); err != nil {
		return err
	}
	if err := stub.FinishWriteBatch(); err != nil {
		return err
	}
	return stub.SetEvent("written", []byte(key))
}

// single is the invocation in four messages.
func single(stub shim.ChaincodeStubInterface, key string, document []byte) error {
	for _, each := range []string{key, key + ".index"} {
		if _, err := stub.GetState(each); err != nil {
			return err
		}
	}
	if err := stub.PutState(key, document); err != nil {
		return err
	}
	if err := stub.PutState(key+".index", []byte(key)); err != nil {
		return err
	}
	return stub.SetEvent("written", []byte(key))
}

func puts(stub shim.ChaincodeStubInterface, prefix, count string, value []byte) error {
	n, err := strconv.Atoi(count)
	if err != nil {
		return err
	}
	stub.StartWriteBatch()
	for i := range n {
		if err := stub.PutState(prefix+strconv.Itoa(i), value); err != nil {
			return err
		}
	}
	return stub.FinishWriteBatch()
}
