// Copyright (c) 2026 The kepeng developers
// SPDX-License-Identifier: MIT

// SeedPlan: where a node that knows nobody learns of others, and when it asks.
//
// Seed nodes of the operator come first, then DNS seeds, three at a time in random order, and addresses that are built
// in last: each only while too few connections have come about without it, for whoever answers could choose our first
// peers (reliability P-24). A DNS seed is asked for nodes with the services that we need; through a proxy names are not
// looked up but connected to. Asked about twice a second; randomness is handed in. Peer thread.
#pragma once

#include <deque>
#include <string>
#include <vector>

#include <kepeng/base/random.h>
#include <kepeng/gossip/peer.h>
#include <kepeng/wire/addresses.h>

namespace kepeng::gossip {

struct SeedNumbers {
  std::size_t connections_enough = 2;
  std::size_t dns_at_once = 3;
  std::int64_t dns_wait_ms = 11'000;
  std::int64_t dns_wait_many_ms = 5 * 60'000;  // with so many known addresses:
  std::size_t addresses_many = 1000;
  std::int64_t seed_nodes_first_ms = 30'000;  // DNS seeds wait for the operator's
  std::int64_t seed_node_every_ms = 10'000;
  std::int64_t fixed_after_ms = 60'000;
};

class SeedPlan {
 public:
  enum class Dns : std::uint8_t {
    Off,
    WhenNeeded,
    Always,  // whatever is known, and all at once
  };
  enum class Names : std::uint8_t { LookUp, Connect };
  struct Options {
    std::vector<std::string> dns_seeds{};
    Dns dns = Dns::WhenNeeded;
    Names names = Names::LookUp;
    std::vector<std::string> seed_nodes{};  // of the operator: addresses or names, with or without a port
    std::vector<wire::AddressEntry> fixed{};
  };
  SeedPlan(Options options, Prng& random, const SeedNumbers& numbers = {});

  struct View {
    std::size_t connections = 0;  // that we opened and that are ready to talk
    std::size_t addresses = 0;    // that are known
  };
  struct Step {
    std::vector<std::string> look_up{};     // names; hand what is found to `entries_from`
    std::vector<std::string> fetch_from{};  // connect and ask for addresses
    std::vector<wire::AddressEntry> add{};  // to the book
    bool is_empty() const { return look_up.empty() && fetch_from.empty() && add.empty(); }
  };
  Step next(const View& view, Moment now);
  // Nothing will come any more.
  bool is_done() const { return dns_.empty() && seed_nodes_.empty() && fixed_.empty(); }

  // What a DNS seed answers that is fit for the book: addresses that can be reached, at most 32, with a time some days
  // ago. Nothing fit: the seed is worth a connection, for it may know a name only.
  std::vector<wire::AddressEntry> entries_from(const std::vector<std::string>& answer, std::uint16_t port,
                                               UnixTime now);
  // Stands for the seed as the source of its answers: all seeds together fill no more of the book than one peer could.
  static wire::NetworkAddress source_of(const std::string& seed);

 private:
  void ask_seed_node(const View& view, Moment now, Step& step);
  void ask_dns(const View& view, Moment now, Step& step);
  void ask_some(std::size_t count, Step& step);

  const Names names_;
  const Dns when_;
  Prng& random_;
  const SeedNumbers numbers_;
  std::deque<std::string> dns_;
  std::deque<std::string> seed_nodes_;
  std::vector<wire::AddressEntry> fixed_;
  const bool has_seed_nodes_;
  std::optional<Moment> started_;
  std::optional<Moment> next_dns_;
  Moment next_seed_node_;
};

}  // namespace kepeng::gossip
