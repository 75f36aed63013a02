// Copyright (c) 2026 The kepeng developers
// SPDX-License-Identifier: MIT

// One simulation: nodes that mine and talk while their world is falling apart, by a plan that follows from the seed.
// Then the world heals, one more block is found, and all must agree on it, and on every coin. What is paid from then on
// must come into the mempools of all peers of whoever has it, but for what a peer has turned down by its rules: what
// pays too little to take the place of something that was there before, and what spends such a transaction.
#pragma once

#include <memory>
#include <optional>
#include <string>
#include <vector>

#include "forger.h"
#include "node.h"
#include "staller.h"

namespace kepeng::simulation {

struct Plan {
  std::size_t nodes = 3;
  std::size_t old_nodes = 0;  // of the era before compact blocks
  bool has_newcomer = false;  // begins with nothing
  bool is_calm = false;       // no faults at all: nobody may part
  std::int64_t minutes = 15;
  std::int64_t block_interval_ms = 40'000;
  std::int64_t payment_ms = 10'000;
  std::size_t mempool_bytes = 5'000'000;
  // Mean time between faults; 0: none of these.
  std::int64_t split_ms = 0;
  std::int64_t power_loss_ms = 0;
  std::int64_t stop_ms = 0;  // and a restart
  std::int64_t clock_jump_ms = 0;
  std::int64_t forgery_ms = 0;
  std::int64_t staller_visit_ms = 0;
  double loss = 0;  // per message

  static Plan from_seed(std::uint64_t seed);
};

struct Outcome {
  std::optional<std::string> failure;
  std::string journal_hash;
  std::string last_lines;
  std::uint64_t messages = 0;
  std::size_t blocks = 0;
  std::size_t reorganisations = 0;
  std::size_t partings = 0;
  std::size_t blamed = 0;
  std::size_t power_losses = 0;
  Height height = 0;
  Node::Traffic traffic;
};

class Simulation {
 public:
  Simulation(std::uint64_t seed, const params::NetworkParams& network);
  Outcome run();

 private:
  void build();
  void trouble();
  void find_blocks();
  void split();
  void lose_power();
  void jump();
  void restart_later(Node& node);
  void heal();
  void converge();
  bool come_to_one_tip();
  void check_rest();
  void pay_at_rest();
  std::optional<std::string> what_did_not_arrive() const;
  bool agree() const;
  Node& any() { return *nodes_[world_.chance().below(nodes_.size())]; }

  Plan plan_;
  World world_;
  Links links_;
  Ledger ledger_;
  std::unique_ptr<Forger> forger_;
  std::unique_ptr<Staller> staller_;
  std::vector<std::unique_ptr<Node>> nodes_;
  Outcome outcome_;
};

}  // namespace kepeng::simulation
