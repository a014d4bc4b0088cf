// Bare is the bare invocation of bench/shim: two reads, two writes and an event, with nothing around them. For bench/ebl
// it also reads and writes what the transfer of a title does, and decides nothing.
package main

import (
	"fmt"
	"os"
	"strconv"

	"github.com/hyperledger/fabric-chaincode-go/v2/pkg/statebased"
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
	case "titles":
		err = titles(stub, args[0], args[1], args[2], []byte(args[3]), args[4:])
	case "transfer":
		record, err := transfer(stub, args[0], args[1], args[2])
		if err != nil {
			return shim.Error(err.Error())
		}
		return shim.Success(record)
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

// titles puts records in one party's hands, each under a key-level policy of all organisations.
func titles(stub shim.ChaincodeStubInterface, prefix, count, holder string, record []byte, mspIDs []string) error {
	n, err := strconv.Atoi(count)
	if err != nil {
		return err
	}
	rule, err := statebased.NewStateEP(nil)
	if err != nil {
		return err
	}
	if err := rule.AddOrgs(statebased.RoleTypePeer, mspIDs...); err != nil {
		return err
	}
	policy, err := rule.Policy()
	if err != nil {
		return err
	}
	stub.StartWriteBatch()
	for i := range n {
		key := prefix + strconv.Itoa(i)
		if err := stub.PutState(key, record); err != nil {
			return err
		}
		if err := stub.SetStateValidationParameter(key, policy); err != nil {
			return err
		}
		if err := stub.PutState(held(holder, key), []byte{1}); err != nil {
			return err
		}
	}
	return stub.FinishWriteBatch()
}

// transfer reads and writes as many keys as that of a title: record, two parties, network; record, index of holders.
func transfer(stub shim.ChaincodeStubInterface, key, from, to string) ([]byte, error) {
	values, err := stub.GetMultipleStates("party."+from, "network", key, "party."+to)
	if err != nil {
		return nil, err
	}
	record := values[2]
	stub.StartWriteBatch()
	if err := stub.PutState(key, record); err != nil {
		return nil, err
	}
	if err := stub.DelState(held(from, key)); err != nil {
		return nil, err
	}
	if err := stub.PutState(held(to, key), []byte{1}); err != nil {
		return nil, err
	}
	if err := stub.FinishWriteBatch(); err != nil {
		return nil, err
	}
	return record, stub.SetEvent("transferred", record[:min(len(record), 250)])
}

func held(party, key string) string {
	return "held." + party + "." + key
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
