// A Kafka broker of one process: prints its address, then each record of the topics that are named, one a line.
package main

import (
	"context"
	"fmt"
	"log"
	"os"

	"github.com/twmb/franz-go/pkg/kfake"
	"github.com/twmb/franz-go/pkg/kgo"
)

func main() {
	topics := os.Args[1:]
	cluster, err := kfake.NewCluster(kfake.NumBrokers(1), kfake.SeedTopics(1, topics...))
	if err != nil {
		log.Fatal(err)
	}
	defer cluster.Close()
	client, err := kgo.NewClient(kgo.SeedBrokers(cluster.ListenAddrs()...), kgo.ConsumeTopics(topics...))
	if err != nil {
		log.Fatal(err)
	}
	fmt.Println(cluster.ListenAddrs()[0])
	for {
		fetched := client.PollFetches(context.Background())
		fetched.EachRecord(func(record *kgo.Record) { fmt.Printf("%s %s\n", record.Topic, record.Value) })
	}
}
