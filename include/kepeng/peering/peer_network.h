// Copyright (c) 2026 The kepeng developers
// SPDX-License-Identifier: MIT

// PeerNetwork: a node among others: drives the conversations (gossip) over sockets (net), with blocks and headers going
// to the engine.
//
// Three threads: `net` moves bytes, `peer` owns everything that is known of peers and does all the talking, `serve`
// reads the blocks that peers asked for. The methods may be called from any thread; those that look wait for the peer
// thread, which never waits for validation. What a peer may leave unread or unheard is bounded; a slow one is read more
// slowly.
#pragma once

#include <cstdint>
#include <map>
#include <memory>
#include <optional>
#include <string>
#include <vector>

#include <kepeng/base/fault.h>
#include <kepeng/base/log.h>
#include <kepeng/base/result.h>
#include <kepeng/base/time.h>
#include <kepeng/crypto/bip324_cipher.h>
#include <kepeng/gossip/conversations.h>
#include <kepeng/net/endpoint.h>
#include <kepeng/params/network.h>
#include <kepeng/validation/engine.h>

namespace kepeng::peering {

struct PeerOptions {
  std::vector<net::Endpoint> listen;    // where to accept connections
  enum class ListenNeeds { All, One };  // One: an address family may be missing
  ListenNeeds listen_needs = ListenNeeds::All;
  std::vector<net::Endpoint> connect;  // whom to stay connected with
  std::size_t inbound_max = 115;
  bool speaks_v2 = true;  // BIP324, with version 1 for those who do not
  std::string user_agent;
  std::int64_t connect_timeout_ms = 5'000;
  std::optional<net::Endpoint> proxy;
  std::optional<crypto::NetworkKey> network_key;  // a closed network: BIP324 only, with those who have the key
};

struct PeerReport {
  gossip::Conversations::PeerFacts facts;
  net::Endpoint address;
  net::Endpoint local;
  std::string transport;   // "v1", "v2", "detecting"
  std::string session_id;  // hex; empty without BIP324
  UnixTime connected;
  UnixTime last_send;
  UnixTime last_receive;
  UnixTime last_block;
  std::uint64_t bytes_sent = 0;
  std::uint64_t bytes_received = 0;
  std::map<std::string, std::uint64_t> sent_by_message;
  std::map<std::string, std::uint64_t> received_by_message;  // unknown ones together as "*other*"
};

struct AddedNode {
  net::Endpoint address;
  std::optional<gossip::Direction> connected;
};

class PeerNetwork {
 public:
  // All outlive it; but the engine may still call it until it is closed, so it dies after that.
  struct Dependencies {
    validation::Engine& engine;
    Logger& log;
    Clock& clock;
    const params::NetworkParams& network;
  };
  // Config fault where an address cannot be listened on.
  static Result<std::unique_ptr<PeerNetwork>, Fault> start(const Dependencies& dependencies, PeerOptions options);
  ~PeerNetwork();
  // Ends all connections and the threads. Afterwards the methods answer as if there were no peers.
  void stop();

  std::vector<PeerReport> peers() const;
  struct Totals {
    std::size_t inbound = 0;
    std::size_t outbound = 0;
    std::uint64_t bytes_sent = 0;
    std::uint64_t bytes_received = 0;
    bool is_active = true;
  };
  Totals totals() const;
  std::vector<net::Endpoint> listening() const;
  wire::Services services() const;

  // Stays connected with this one. False if it was added before.
  bool add_node(const net::Endpoint& address);
  // No longer tries; a connection that is there stays. False if it was never added.
  bool remove_node(const net::Endpoint& address);
  std::vector<AddedNode> added_nodes() const;
  // Tries once.
  void connect_once(const net::Endpoint& address);
  // False if there is no such peer.
  bool disconnect(gossip::PeerId peer);
  bool disconnect(const net::Endpoint& address);
  void ping_all();
  // Without it there are no connections at all.
  void set_active(bool is_active);

 private:
  class Core;
  explicit PeerNetwork(std::shared_ptr<Core> core);
  std::shared_ptr<Core> core_;
};

}  // namespace kepeng::peering
