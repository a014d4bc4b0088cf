// Prints a serialised block as JSON, by the library that Fabric's configtxlator is made of: an independent account of
// what the block holds. One argument, the file.
package main

import (
	"log"
	"os"

	"github.com/hyperledger/fabric-config/protolator"
	"github.com/hyperledger/fabric-protos-go-apiv2/common"
	"google.golang.org/protobuf/proto"
)

func main() {
	content, err := os.ReadFile(os.Args[1])
	if err != nil {
		log.Fatal(err)
	}
	block := &common.Block{}
	if err := proto.Unmarshal(content, block); err != nil {
		log.Fatal(err)
	}
	if err := protolator.DeepMarshalJSON(os.Stdout, block); err != nil {
		log.Fatal(err)
	}
}
