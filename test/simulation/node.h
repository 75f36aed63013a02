// Copyright (c) 2026 The kepeng developers
// SPDX-License-Identifier: MIT

// Node: the real conversations, engine and mempool on a disk and a clock that are simulated.
//
// The engine has threads of its own; virtual time stands still until it is done with what it was given, so that its
// speed decides nothing. The mempool is driven from here, a while after it was told something. What came of both is
// told to the conversations later, in order, as a mailbox would.
// After everything that a node does the permanent invariants are checked (reliability T-31).
#pragma once

#include <algorithm>
#include <deque>
#include <functional>
#include <memory>
#include <optional>
#include <set>
#include <variant>

#include <kepeng/base/guarded.h>
#include <kepeng/base/log.h>
#include <kepeng/base/simulated_disk.h>
#include <kepeng/gossip/conversations.h>
#include <kepeng/mempool_service/service.h>
#include <kepeng/validation/engine.h>

#include "ledger.h"
#include "links.h"

namespace kepeng::simulation {

inline bool is_in(NodeId id, const std::vector<NodeId>& list) {
  return std::find(list.begin(), list.end(), id) != list.end();
}

class Node final : public gossip::ChainReader, public LinkListener {
 public:
  struct Surroundings {
    World& world;
    Links& links;
    Ledger& ledger;
  };
  enum class Begins { WithOldBlocks, Empty };
  struct Setting {
    Links::Era era = Links::Era::Today;
    Begins begins = Begins::WithOldBlocks;
    std::size_t mempool_bytes = 0;
  };
  Node(const Surroundings& around, const Setting& setting);
  ~Node() override;

  NodeId id() const { return id_; }
  void stay_connected_with(std::vector<NodeId> others) { others_ = std::move(others); }
  // Of whom nobody would be surprised to hear ill.
  void expect_blame_of(NodeId other) { blamable_.push_back(other); }
  // Who never sends a block.
  void expect_silence_of(NodeId other) { silent_.push_back(other); }
  // Nothing happens to this network: no connection may end.
  void expect_no_parting() { may_part_ = false; }

  void start();
  // As an operator does it: what can be kept is kept.
  void stop();
  void lose_power();
  // In the middle of what it writes next.
  void fail_disk_at(std::uint64_t operation, DiskFailure kind);
  void mend_disk() { disk_.clear_failure(); }
  void flush();
  void mine();
  // One transaction or two, of any kind: they may be refused.
  void pay();
  void set_clock_offset(std::int64_t seconds);
  // The coins, one by one, against the ledger.
  void audit();

  bool is_up() const override { return engine_ != nullptr; }
  const chain::Entry* tip() const { return engine_->view()->tip(); }
  bool knows_failed_block(const BlockHash& hash) const;
  // Which honest peers it waits for, and for which blocks; empty when for nothing.
  std::string waits_for() const;
  std::size_t partings() const { return partings_; }
  std::size_t reorganisations() const { return reorganisations_; }
  std::size_t blamed() const { return blamed_; }
  UnixTime time() const { return clock_.now(); }

  // --- its mempool
  struct Traffic {
    std::size_t paid = 0;  // by its own
    std::size_t accepted = 0;
    std::size_t confirmed = 0;
    std::size_t contradicted = 0;  // by a block
    std::size_t replaced = 0;
    std::size_t crowded_out = 0;
    std::size_t unsettled = 0;  // by blocks that left the chain
    std::size_t came_back = 0;
    std::size_t orphans = 0;
    std::size_t loaded = 0;

    Traffic& operator+=(const Traffic& other);
  };
  const Traffic& traffic() const { return traffic_; }
  struct Pooled {
    TxPtr tx;
    std::vector<TxPtr> line;  // with all that it spends there
  };
  // What has come into it since then.
  std::vector<Pooled> pooled_since(std::int64_t moment_ms) const;
  bool pools(const Txid& txid) const;
  // It has judged this one and its rules were against it, or it was here and had to go.
  bool has_turned_down(const Wtxid& wtxid) const { return turned_down_.contains(wtxid); }
  // When it began, or a connection of its to another honest node began or ended.
  std::int64_t last_change_ms() const { return last_change_ms_; }

 private:
  struct HandedIn {
    LinkId from;
    std::variant<std::vector<BlockHeader>, BlockPtr> what;
  };

  // What the conversations see.
  std::shared_ptr<const chain::ChainView> view() const override { return engine_->view(); }
  const chain::Entry* find(const BlockHash& hash) const override { return engine_->find(hash); }
  const chain::Entry* best_header() const override { return engine_->best_header(); }
  bool is_catching_up() const override { return engine_->is_initial_block_download(); }
  void on_open(LinkId link, gossip::ConnectionKind kind) override;
  void on_message(LinkId link, wire::Message message) override;
  void on_room(LinkId link) override;
  void on_closed(LinkId link) override;

  gossip::Now now() const;
  void talk(const std::function<void(gossip::Conversations&, gossip::Actions&)>& act);
  void carry_out(gossip::Send& action);
  void carry_out(gossip::Disconnect& action);
  void carry_out(gossip::HandInHeaders& action);
  void carry_out(gossip::HandInBlock& action);
  void carry_out(gossip::ServeBlock& action);
  void carry_out(gossip::HandInTransaction& action);
  void carry_out(gossip::HandInPackage& action);
  void carry_out(gossip::NoteAskedFor& action);
  // In this life only.
  void later(std::int64_t milliseconds, std::function<void()> event);
  void post(std::function<void()> event);
  void tick();
  void dial();

  void enqueue(HandedIn job);
  void work();
  std::function<void()> take(LinkId from, const std::vector<BlockHeader>& headers);
  std::function<void()> take(LinkId from, const BlockPtr& block);
  template <class Outcome, class Start>
  std::optional<Outcome> wait_for(Start&& start);
  bool is_settled_or_dead();
  void tell_what_changed();
  void follow_engine();
  void feed_old_blocks();
  void end_life();
  void crash();
  void die();
  void check();
  Result<coins::CoinTotals, Fault> count_coins(const chain::Entry*& at);
  void note_durable();
  void fail(const std::string& why);

  // --- its mempool (node_mempool.cpp)
  using PoolOutcome = mempool_service::MempoolService::Outcome;
  void start_mempool();
  void rouse_mempool();
  void work_in_mempool();
  void heard_of(const mempool_service::MempoolEvent& event);
  void heard_of_removal(const mempool_service::MempoolEvent& event);
  void note_outcome(const PoolOutcome& outcome);
  std::vector<Ledger::Picked> pick() const;
  struct Purse {
    std::vector<test::OwnedCoin> coins;
    std::int64_t fee = 0;
  };
  Purse choose_coins(const mempool::Pool& pool);
  std::vector<test::OwnedCoin> coins_of_chain();
  void pay_together(const Purse& purse);
  void check_mempool();
  std::string what_is_wrong_with(const mempool::Pool& pool, std::vector<OutPoint>& from_chain) const;
  void check_spent(const std::vector<OutPoint>& from_chain);
  void note_change(LinkId link);

  World& world_;
  Links& links_;
  Ledger& ledger_;
  const Setting setting_;
  const NodeId id_;
  std::vector<NodeId> others_;
  std::vector<NodeId> blamable_;
  std::vector<NodeId> silent_;
  bool may_part_ = true;

  SimulatedDisk disk_;
  Logger log_;
  Clock clock_;
  std::int64_t clock_offset_ = 0;
  Prng random_;
  std::unique_ptr<validation::Engine> engine_;
  std::unique_ptr<mempool_service::MempoolService> mempool_;
  std::unique_ptr<gossip::Conversations> conversations_;

  std::uint64_t life_ = 0;  // counts power losses
  std::deque<HandedIn> jobs_;
  bool works_ = false;
  std::int64_t last_post_ms_ = 0;
  const chain::Entry* told_tip_ = nullptr;
  Work least_work_;    // the chain never has less than this, in this life
  Work durable_work_;  // nor less than this, ever
  std::size_t partings_ = 0;
  std::size_t reorganisations_ = 0;
  std::size_t blamed_ = 0;

  bool mempool_works_ = false;  // it will soon
  std::size_t under_judgement_ = 0;
  std::pair<std::uint64_t, const chain::Entry*> checked_;  // change of the pool, and tip
  bool pool_has_failed_ = false;                           // the disk has, while something was judged
  std::set<Wtxid> turned_down_;
  std::map<Txid, std::int64_t> pooled_at_ms_;
  std::int64_t last_change_ms_ = 0;
  Traffic traffic_;

  // From the engine's thread.
  struct News {
    std::vector<std::pair<BlockHash, consensus::BlockRejection>> condemned;
    std::size_t disconnected = 0;
    bool inflates = false;
  };
  Guarded<News> news_;
};

}  // namespace kepeng::simulation
