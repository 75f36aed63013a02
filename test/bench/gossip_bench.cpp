// Copyright (c) 2026 The kepeng developers
// SPDX-License-Identifier: MIT

// A new block on its way through a node, as far as conversations carry it: the compact block arrives from one peer, is
// put together from known transactions, handed in, and announced to others. What the engine does with its coins and
// scripts is left out but for the place of its header.
#include <benchmark/benchmark.h>

#include <kepeng/chain/header_tree.h>
#include <kepeng/consensus/merkle.h>
#include <kepeng/gossip/conversations.h>
#include <kepeng/primitives/mutable_transaction.h>

namespace kepeng::gossip {
namespace {

constexpr std::uint32_t kTransactions = 2'500;
constexpr std::uint64_t kListeners = 8;  // who want to hear at once

const params::NetworkParams& regtest() {
  static const auto network = params::make_network({.network = params::Network::Regtest}).value();
  return network;
}

// As large as most: one input with a signature, two outputs.
TxPtr sample_transaction(std::uint32_t number) {
  MutableTransaction tx;
  tx.inputs.push_back({{Txid{{7}}, number}, {}, 0xfffffffe, {Bytes(71, 1), Bytes(33, 2)}});
  for (int i = 0; i < 2; ++i) tx.outputs.push_back({Amount{5000}, Bytes(22, 3)});
  return tx.freeze();
}

std::vector<TxPtr> sample_transactions(std::uint32_t count) {
  std::vector<TxPtr> list;
  for (std::uint32_t i = 0; i < count; ++i) list.push_back(sample_transaction(i));
  return list;
}

BlockPtr mine(const BlockHeader& parent, std::span<const TxPtr> transactions) {
  std::vector<crypto::Hash32> leaves;
  for (const TxPtr& tx : transactions) leaves.push_back(tx->txid.bytes);
  BlockHeader header;
  header.version = 0x20000000;
  header.previous = parent.hash();
  header.time = parent.time + 600;
  header.target = parent.target;
  header.merkle_root = {consensus::merkle_root(std::move(leaves)).root};
  while (!meets_target(header.hash(), header.target, regtest().pow_limit)) ++header.nonce;
  return *parse_block(serialize_block(header, transactions));
}

const BlockPtr& first_block() {
  static const std::vector<TxPtr> alone{sample_transaction(0xffffffff)};
  static const BlockPtr block = mine(regtest().genesis->header(), alone);
  return block;
}

// A node that knows its headers and its transactions and takes every block that has a place.
class Node final : public ChainReader, public TransactionSource {
 public:
  explicit Node(const std::vector<PackedTxPtr>& pool)
      : pool_{pool}, view_{chain::ChainView::make(tree_.genesis(), nullptr)} {
    settle(*tree_.place(first_block()->header(), now.time));
  }

  std::shared_ptr<const chain::ChainView> view() const override { return view_; }
  const chain::Entry* find(const BlockHash& hash) const override { return tree_.find(hash); }
  const chain::Entry* best_header() const override { return tree_.best_header(); }
  bool is_catching_up() const override { return false; }
  void visit(const std::function<void(const PackedTxPtr&)>& visitor) const override {
    for (const PackedTxPtr& tx : pool_) visitor(tx);
  }

  // Everything that follows; the messages that left.
  std::size_t carry_out(Actions& actions) {
    std::size_t bytes = 0;
    for (std::size_t i = 0; i < actions.size(); ++i) {
      if (const auto* send = std::get_if<Send>(&actions[i])) bytes += wire::encode(send->message).size();
      if (const auto* handed = std::get_if<HandInBlock>(&actions[i])) {
        const BlockHash hash = handed->block->hash();
        const PeerId from = handed->peer;
        settle(*tree_.place(handed->block->header(), now.time));
        talk.on_block_taken(from, hash, std::nullopt, now, actions);
        talk.on_tip(now, actions);
      }
    }
    return bytes;
  }
  void meet(PeerId peer) {
    Actions actions;
    talk.on_connected(peer, {ConnectionKind::Inbound}, now, actions);
    wire::Version version;
    version.protocol = kProtocolVersion;
    version.services = wire::kNodeNetwork | wire::kNodeWitness;
    talk.on_message(peer, version, now, actions);
    talk.on_message(peer, wire::Verack{}, now, actions);
    talk.on_message(peer, wire::SendCmpct{wire::AnnounceMode::HighBandwidth, 2}, now, actions);
    talk.on_message(peer, wire::Headers{{first_block()->header()}}, now, actions);  // it has what we have
  }

  Now now{{1'000}, {1'296'690'000}};

 private:
  static Conversations::Options options() {
    Conversations::Options options;
    options.self.services = wire::kNodeNetwork | wire::kNodeWitness;
    return options;
  }
  void settle(const chain::Entry* tip) {
    tip->has_data = true;
    view_ = chain::ChainView::make(tip, view_);
  }

  const std::vector<PackedTxPtr>& pool_;
  chain::HeaderTree tree_{regtest()};
  std::shared_ptr<const chain::ChainView> view_;
  Prng random_{1};

 public:
  Conversations talk{{*this, regtest(), random_, this}, options()};
};

void new_block(benchmark::State& state) {
  const auto pool = sample_transactions(static_cast<std::uint32_t>(state.range(0)));
  std::vector<TxPtr> transactions(pool.begin(), pool.begin() + kTransactions);
  transactions.insert(transactions.begin(), sample_transaction(0xfffffff0));
  const BlockPtr block = mine(first_block()->header(), transactions);
  const Bytes payload = wire::encode(wire::make_compact_block(block, 1));
  std::vector<PackedTxPtr> packed;
  for (const TxPtr& tx : pool) packed.push_back(pack(*tx));
  std::size_t sent = 0;
  for (auto _ : state) {
    state.PauseTiming();
    auto node = std::make_unique<Node>(packed);
    for (std::uint64_t peer = 1; peer <= kListeners + 1; ++peer) node->meet({peer});
    state.ResumeTiming();
    Actions actions;
    node->talk.on_message({1}, *wire::decode("cmpctblock", payload), node->now, actions);
    sent = node->carry_out(actions);
    state.PauseTiming();
    const bool is_announced = node->view()->height() == 2 && sent >= kListeners * payload.size();
    node.reset();
    state.ResumeTiming();
    if (!is_announced) return state.SkipWithError("it was not announced");
  }
  state.counters["bytes_sent"] = static_cast<double>(sent);
}
BENCHMARK(new_block)->Arg(kTransactions)->Arg(50'000)->Unit(benchmark::kMillisecond);

}  // namespace
}  // namespace kepeng::gossip
