// A Kubernetes control plane in one process: etcd, then the API server, then the controller manager, each by its own command
// and with the flags that the file named by the only argument gives it. So it is started, paused and killed as one.
// Nothing schedules or runs pods. It ends with SIGTERM, or when any of the three does. The API server would wait a minute for the
// controllers to hang up: it is not waited for, the store is closed and the process ends.
package main

import (
	"context"
	"crypto/tls"
	"encoding/json"
	"errors"
	"fmt"
	"net/http"
	"net/url"
	"os"
	"os/signal"
	"syscall"
	"time"

	"github.com/spf13/cobra"
	"go.etcd.io/etcd/server/v3/embed"
	logsapi "k8s.io/component-base/logs/api/v1"
	apiserver "k8s.io/kubernetes/cmd/kube-apiserver/app"
	controllers "k8s.io/kubernetes/cmd/kube-controller-manager/app"
)

const (
	startLimit = 2 * time.Minute
	pollPause  = 50 * time.Millisecond
)

type plan struct {
	EtcdData      string   `json:"etcdData"`
	EtcdClientURL string   `json:"etcdClientUrl"`
	EtcdPeerURL   string   `json:"etcdPeerUrl"`
	ReadyURL      string   `json:"readyUrl"`
	APIServer     []string `json:"apiServer"`
	Controllers   []string `json:"controllers"`
}

func readPlan(file string) (plan, error) {
	var read plan
	text, err := os.ReadFile(file)
	if err == nil {
		err = json.Unmarshal(text, &read)
	}
	return read, err
}

// startEtcd returns when the store takes requests. It does not sync to disk: only a crash of the machine loses anything.
func startEtcd(read plan) (*embed.Etcd, error) {
	client, err := url.Parse(read.EtcdClientURL)
	if err != nil {
		return nil, err
	}
	peer, err := url.Parse(read.EtcdPeerURL)
	if err != nil {
		return nil, err
	}
	config := embed.NewConfig()
	config.Dir, config.UnsafeNoFsync, config.LogLevel = read.EtcdData, true, "warn"
	config.ListenClientUrls, config.AdvertiseClientUrls = []url.URL{*client}, []url.URL{*client}
	config.ListenPeerUrls, config.AdvertisePeerUrls = []url.URL{*peer}, []url.URL{*peer}
	config.InitialCluster = config.InitialClusterFromName(config.Name)
	store, err := embed.StartEtcd(config)
	if err != nil {
		return nil, err
	}
	select {
	case <-store.Server.ReadyNotify():
		return store, nil
	case err = <-store.Err():
	case <-time.After(startLimit):
		err = errors.New("etcd was not ready in time")
	}
	store.Close()
	return nil, err
}

// execute runs a command of Kubernetes to its end.
func execute(command *cobra.Command, flags []string, ended chan<- error) {
	command.SetArgs(flags)
	command.SilenceErrors = true
	err := command.Execute()
	if err != nil {
		err = fmt.Errorf("%s: %w", command.Name(), err)
	}
	ended <- err
}

// awaitReady asks as anybody may; the certificate was made by the server itself just now.
func awaitReady(ctx context.Context, address string) error {
	client := &http.Client{
		Timeout:   time.Second,
		Transport: &http.Transport{TLSClientConfig: &tls.Config{InsecureSkipVerify: true}, DisableKeepAlives: true},
	}
	for ctx.Err() == nil {
		answer, err := client.Get(address)
		if err == nil {
			answer.Body.Close()
			if answer.StatusCode == http.StatusOK {
				return nil
			}
		}
		time.Sleep(pollPause)
	}
	return errors.New("the API server was not ready in time")
}

func run(file string) error {
	read, err := readPlan(file)
	if err != nil {
		return err
	}
	store, err := startEtcd(read)
	if err != nil {
		return err
	}
	defer store.Close()
	stop := make(chan os.Signal, 1)
	signal.Notify(stop, syscall.SIGTERM, syscall.SIGINT)
	// Both commands set up the one log of the process, with the same flags.
	logsapi.ReapplyHandling = logsapi.ReapplyHandlingIgnoreUnchanged
	ended := make(chan error, 3)
	go execute(apiserver.NewAPIServerCommand(), read.APIServer, ended)
	ready := make(chan error, 1)
	ctx, cancel := context.WithTimeout(context.Background(), startLimit)
	defer cancel()
	go func() { ready <- awaitReady(ctx, read.ReadyURL) }()
	select {
	case err = <-ready:
		if err != nil {
			return err
		}
	case err = <-ended:
		return err
	case <-stop:
		return nil
	}
	go execute(controllers.NewControllerManagerCommand(), read.Controllers, ended)
	select {
	case err = <-ended:
	case err = <-store.Err():
	case <-stop:
	}
	return err
}

func main() {
	if len(os.Args) != 2 {
		fmt.Fprintln(os.Stderr, "usage: kubernetes PLAN.json")
		os.Exit(2)
	}
	if err := run(os.Args[1]); err != nil {
		fmt.Fprintln(os.Stderr, err)
		os.Exit(1)
	}
}
