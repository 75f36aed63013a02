// Copyright (c) 2026 The kepeng developers
// SPDX-License-Identifier: MIT

#include "simulation.h"

#include <fmt/format.h>

#include <algorithm>

namespace kepeng::simulation {
namespace {

// A little after the last of the old blocks.
constexpr UnixTime kBegin{1'296'688'602 + 104 * 1'200 + 60};
constexpr std::int64_t kMinuteMs = 60'000;
constexpr std::int64_t kSettleMs = 3 * kMinuteMs;
constexpr std::int64_t kAgreeMs = 2 * kMinuteMs;  // P-25
constexpr std::int64_t kCalmAgreeMs = 20'000;     // where nothing ever went wrong
constexpr std::int64_t kFutureSeconds = 7'200;    // blocks from further ahead are refused for now
constexpr std::size_t kSmallMempool = 3'200;
constexpr int kLastPayments = 6;
constexpr std::int64_t kSpreadMs = 10 * kMinuteMs;
constexpr std::uint64_t kOperationsAhead = 60;  // of the disk, within a block or two

}  // namespace

Plan Plan::from_seed(std::uint64_t seed) {
  Prng chance{seed ^ 0x70'6c'61'6e};
  const auto sometimes = [&](std::uint64_t of_ten, std::int64_t value) {
    return chance.below(10) < of_ten ? value / 2 + static_cast<std::int64_t>(chance.below(value)) : 0;
  };
  Plan plan;
  const bool is_crowd = seed % 25 == 0;
  plan.nodes = is_crowd ? 10 + chance.below(11) : 3 + chance.below(4);
  plan.old_nodes = chance.below(3) == 0 ? 1 : 0;
  plan.has_newcomer = chance.below(4) == 0;
  plan.is_calm = seed % 8 == 0;
  plan.minutes = is_crowd ? 6 : 10;
  plan.block_interval_ms = 20'000 + static_cast<std::int64_t>(chance.below(40'000));
  plan.payment_ms = 6'000 + static_cast<std::int64_t>(chance.below(18'000));
  plan.mempool_bytes = chance.below(5) == 0 ? kSmallMempool : plan.mempool_bytes;
  if (plan.is_calm) return plan;
  plan.split_ms = sometimes(6, 4 * kMinuteMs);
  plan.power_loss_ms = sometimes(6, 4 * kMinuteMs);
  plan.clock_jump_ms = sometimes(3, 5 * kMinuteMs);
  plan.forgery_ms = sometimes(4, 3 * kMinuteMs);
  plan.staller_visit_ms = sometimes(4, kMinuteMs / 2);
  plan.stop_ms = sometimes(4, 5 * kMinuteMs);
  plan.loss = chance.below(2) == 0 ? 0 : 0.001 * static_cast<double>(chance.below(15));
  return plan;
}

Simulation::Simulation(std::uint64_t seed, const params::NetworkParams& network)
    : plan_{Plan::from_seed(seed)}, world_{seed, kBegin}, links_{world_}, ledger_{network} {}

Outcome Simulation::run() {
  build();
  trouble();
  world_.run_for(plan_.minutes * kMinuteMs);
  heal();
  converge();
  for (const auto& node : nodes_) {
    if (world_.failure()) break;
    node->audit();
  }
  outcome_.failure = world_.failure();
  outcome_.journal_hash = world_.journal_hash();
  outcome_.last_lines = world_.last_lines();
  outcome_.messages = links_.delivered();
  for (const auto& node : nodes_) {
    outcome_.reorganisations += node->reorganisations();
    outcome_.partings += node->partings();
    outcome_.blamed += node->blamed();
    outcome_.traffic += node->traffic();
    if (node->is_up()) outcome_.height = std::max(outcome_.height, node->tip()->height);
  }
  return outcome_;
}

// A ring, so that all are connected, and a few calls across.
void Simulation::build() {
  const Node::Surroundings around{world_, links_, ledger_};
  forger_ = std::make_unique<Forger>(around);
  staller_ = std::make_unique<Staller>(around);
  for (std::size_t i = 0; i < plan_.nodes; ++i) {
    Node::Setting setting;
    setting.mempool_bytes = plan_.mempool_bytes;
    if (i < plan_.old_nodes) setting.era = Links::Era::BeforeCompactBlocks;
    if (plan_.has_newcomer && i + 1 == plan_.nodes) setting.begins = Node::Begins::Empty;
    nodes_.push_back(std::make_unique<Node>(around, setting));
    nodes_.back()->expect_blame_of(forger_->id());
    nodes_.back()->expect_silence_of(staller_->id());
    if (plan_.is_calm) nodes_.back()->expect_no_parting();
  }
  for (std::size_t i = 0; i < nodes_.size(); ++i) {
    std::vector<NodeId> others{nodes_[(i + 1) % nodes_.size()]->id()};
    for (std::uint64_t more = world_.chance().below(3); more != 0; --more) {
      const NodeId other = any().id();
      if (other != nodes_[i]->id()) others.push_back(other);
    }
    nodes_[i]->stay_connected_with(std::move(others));
    world_.after(world_.between(0, 5'000), [node = nodes_[i].get()] { node->start(); });
  }
}

void Simulation::trouble() {
  world_.every(plan_.block_interval_ms, [this] { find_blocks(); });
  world_.every(plan_.payment_ms, [this] { any().pay(); });
  world_.every(kMinuteMs, [this] { any().flush(); });
  world_.every(4 * kMinuteMs, [this] { any().audit(); });
  links_.set_loss(plan_.loss);
  if (plan_.split_ms != 0) world_.every(plan_.split_ms, [this] { split(); });
  if (plan_.power_loss_ms != 0) world_.every(plan_.power_loss_ms, [this] { lose_power(); });
  if (plan_.stop_ms != 0) world_.every(plan_.stop_ms, [this] { any().stop(); });
  if (plan_.clock_jump_ms != 0) world_.every(plan_.clock_jump_ms, [this] { jump(); });
  if (plan_.forgery_ms != 0) world_.every(plan_.forgery_ms, [this] { forger_->visit(any()); });
  if (plan_.staller_visit_ms != 0) world_.every(plan_.staller_visit_ms, [this] { staller_->visit(any()); });
  // Nodes without power come back.
  world_.every(kMinuteMs / 4, [this] {
    for (const auto& node : nodes_) {
      if (!node->is_up() && world_.happens(0.4)) node->start();
    }
  });
}

// One block mostly; sometimes two nodes find one at once, sometimes one finds several in a row.
void Simulation::find_blocks() {
  const std::size_t finders = world_.happens(0.25) ? 2 : 1;
  for (std::size_t i = 0; i < finders; ++i) {
    Node& finder = any();
    for (std::int64_t more = world_.happens(0.15) ? world_.between(2, 5) : 1; more != 0 && finder.is_up(); --more) {
      ++outcome_.blocks;
      finder.mine();
    }
  }
}

void Simulation::split() {
  std::vector<int> parts{0, 0};  // of forger and staller
  for (std::size_t i = 0; i < nodes_.size(); ++i) parts.push_back(static_cast<int>(world_.chance().below(2)));
  world_.note("the network is split");
  links_.split(std::move(parts));
  world_.after(world_.between(5'000, 4 * kMinuteMs), [this] { links_.heal(); });
}

void Simulation::lose_power() {
  ++outcome_.power_losses;
  Node& node = any();
  if (world_.happens(0.4)) return node.lose_power();
  constexpr std::array kKinds{DiskFailure::PowerLoss, DiskFailure::PowerLoss,  DiskFailure::IoError,
                              DiskFailure::NoSpace,   DiskFailure::ShortWrite, DiskFailure::SyncError};
  node.fail_disk_at(1 + world_.chance().below(kOperationsAhead), kKinds[world_.chance().below(kKinds.size())]);
}

void Simulation::jump() {
  any().set_clock_offset(world_.happens(0.3) ? 0 : world_.between(-3 * 3'600, 3 * 3'600));
}

// The end of all trouble. What lies too far in the future is waited for.
void Simulation::heal() {
  if (world_.failure()) return;
  world_.note("everything heals");
  world_.calm_down();
  links_.set_loss(0);
  links_.heal();
  std::int64_t latest = 0;
  for (const auto& node : nodes_) {
    node->mend_disk();
    node->set_clock_offset(0);
    if (!node->is_up()) node->start();
    if (!node->is_up()) return;
    for (const chain::Entry* walk = node->tip(); walk->parent != nullptr; walk = walk->parent) {
      latest = std::max<std::int64_t>(latest, walk->header.time);
    }
  }
  const std::int64_t wait_seconds = latest - kFutureSeconds - world_.true_time().seconds;
  world_.run_for(kSettleMs + std::max<std::int64_t>(0, wait_seconds) * 1'000);
  // A disk that had failed before may have been found out only now.
  const bool all_up = std::all_of(nodes_.begin(), nodes_.end(), [](const auto& node) { return node->is_up(); });
  if (all_up) return;
  for (const auto& node : nodes_) node->start();
  world_.run_for(kSettleMs);
}

// Branches of equal work may stand side by side for ever: one more block decides.
void Simulation::converge() {
  if (world_.failure()) return;
  const auto most = std::max_element(nodes_.begin(), nodes_.end(), [](const auto& a, const auto& b) {
    return a->tip()->chain_work < b->tip()->chain_work;
  });
  (*most)->mine();
  if (!come_to_one_tip()) return;
  check_rest();
  pay_at_rest();
  // What the blocks of now are made of is known to all.
  if (world_.failure()) return;
  any().mine();
  if (come_to_one_tip()) check_rest();
}

bool Simulation::come_to_one_tip() {
  const std::int64_t until = world_.now_ms() + (plan_.is_calm ? kCalmAgreeMs : kAgreeMs);
  while (!agree() && world_.now_ms() < until) {
    if (!world_.run_for(1'000)) return false;
  }
  if (agree()) return true;
  std::string tips;
  for (const auto& node : nodes_) tips += fmt::format(" {}:{:.12}", node->tip()->height, node->tip()->hash.to_string());
  world_.fail("the nodes do not come to one tip:" + tips);
  return false;
}

// When nothing happens any more nothing is under way.
void Simulation::check_rest() {
  if (!world_.run_for(kMinuteMs)) return;
  for (const auto& node : nodes_) {
    const std::string blocks = node->waits_for();
    if (!blocks.empty()) world_.fail(fmt::format("node {} still waits for blocks:{}", node->id(), blocks));
  }
}

void Simulation::pay_at_rest() {
  for (int i = 0; i < kLastPayments; ++i) {
    if (!world_.run_for(2'000)) return;
    any().pay();
  }
  const std::int64_t until = world_.now_ms() + kSpreadMs;
  std::optional<std::string> missing;
  do {
    if (!world_.run_for(5'000)) return;
    missing = what_did_not_arrive();
  } while (missing && world_.now_ms() < until);
  if (missing) world_.fail(*missing);
}

// Of what has been paid since the network changed last, what a peer has. A full mempool is no place to look for it.
std::optional<std::string> Simulation::what_did_not_arrive() const {
  if (plan_.mempool_bytes == kSmallMempool) return std::nullopt;
  std::int64_t since = 0;
  for (const auto& node : nodes_) since = std::max(since, node->last_change_ms());
  for (const auto& from : nodes_) {
    for (const auto& [tx, line] : from->pooled_since(since)) {
      for (const auto& node : nodes_) {
        if (!links_.are_linked(from->id(), node->id())) continue;
        const bool explains =
            std::any_of(line.begin(), line.end(), [&](const TxPtr& one) { return node->has_turned_down(one->wtxid); });
        if (node->pools(tx->txid) || explains) continue;
        return fmt::format("node {} has never heard of {:.12}, which its peer {} has", node->id(),
                           tx->wtxid.to_string(), from->id());
      }
    }
  }
  return std::nullopt;
}

bool Simulation::agree() const {
  return std::all_of(nodes_.begin(), nodes_.end(),
                     [&](const auto& node) { return node->tip()->hash == nodes_[0]->tip()->hash; });
}

}  // namespace kepeng::simulation
