// Copyright (c) 2026 The kepeng developers
// SPDX-License-Identifier: MIT

// Core: the mempool thread and what it owns. Private to mempool_service.
#pragma once

#include <atomic>
#include <set>
#include <thread>

#include <kepeng/base/mailbox.h>
#include <kepeng/mempool_service/service.h>
#include <kepeng/script_cache/caches.h>

#include "engine_sight.h"

namespace kepeng::mempool_service {

class MempoolService::Core : public std::enable_shared_from_this<MempoolService::Core> {
 public:
  Core(const Dependencies& dependencies, ServiceOptions options);
  void start();
  void stop();

  // Runs `work` in the mempool thread and gives its answer; nothing once it has stopped.
  template <class F>
  auto ask(F&& work) const {
    return mailbox.ask(std::forward<F>(work));
  }

  // --- mempool thread
  void run();
  void load_at_start();
  // Judges with the pool as of one tip, again when the chain moves meanwhile.
  template <class F>
  Outcome judge(std::span<const TxPtr> txs, F&& with_submission);
  void note_verified(const Transaction& tx);
  void report(const mempool::PackageOutcome& outcome);
  void note_minimum_fee();
  MempoolEvent added_event(const mempool::Entry& entry, MempoolEvent::Why why) const;
  void emit(MempoolEvent::Kind kind, MempoolEvent::Why why, const TxPtr& tx);

  // --- mempool thread: the chain (chain_steps.cpp)
  // Everything that the chain has done by now.
  void catch_up();
  void take_events();
  void connected(const validation::ChainEvent& event);
  void disconnected(const validation::ChainEvent& event);
  void end_of_reorganisation();
  void come_back(const TxPtr& tx, EngineSight& sight);
  void remove_what_no_longer_holds(EngineSight& sight);
  void remove(std::vector<const mempool::Entry*> entries, MempoolEvent::Why why);

  // --- mempool thread: the file (persistence.cpp)
  Result<std::size_t, Fault> save() const;
  Result<Loaded, Fault> load(const std::string& path, const ImportChoices& choices);

  const Dependencies with;
  const ServiceOptions options;
  mempool::Pool pool;
  mempool::Admission admission;
  script_cache::SharedSignatureCache signatures;
  script::Interpreter interpreter;
  const chain::Entry* tip;      // what the pool builds on
  std::vector<TxPtr> homeless;  // of blocks that left the chain, the lowest block first
  bool needs_review = false;    // blocks have left the chain since the pool was looked through
  std::set<Txid> unbroadcast;
  std::vector<std::function<void(const MempoolEvent&)>> followers;
  std::atomic<bool> is_loaded{false};
  std::atomic<std::int64_t> minimum_fee{0};

  // What the chain thread has said and we have not heard.
  Guarded<std::deque<validation::ChainEvent>> events;
  mutable Mailbox mailbox;
  std::thread thread;
};

template <class F>
MempoolService::Outcome MempoolService::Core::judge(std::span<const TxPtr> txs, F&& with_submission) {
  std::vector<OutPoint> wanted;
  for (const TxPtr& tx : txs) {
    for (const TxIn& input : tx->inputs) {
      if (pool.find(input.prevout.txid) == nullptr) wanted.push_back(input.prevout);
    }
  }
  for (;;) {
    // What the chain did before the answer is in our box before the answer is.
    const auto ahead = with.engine.read_coins(wanted);
    if (!ahead) return Err{ahead.error()};
    catch_up();
    if (ahead->tip != tip) continue;
    EngineSight sight{with.engine, tip};
    sight.note(wanted, *ahead);
    mempool::Submission submission{{admission, {interpreter, &signatures}, {sight, with.clock.now()}}};
    Outcome outcome = with_submission(submission);
    if (!outcome && outcome.error().kind == FaultKind::Busy && !mailbox.is_closed()) continue;
    if (outcome) report(*outcome);
    return outcome;
  }
}

}  // namespace kepeng::mempool_service
