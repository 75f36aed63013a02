// Copyright (c) 2026 The kepeng developers
// SPDX-License-Identifier: MIT

// Core: the mempool thread and what it owns. Private to mempool_service.
#pragma once

#include <atomic>
#include <chrono>
#include <optional>
#include <set>
#include <thread>

#include <kepeng/base/mailbox.h>
#include <kepeng/mempool_service/service.h>

#include "batch.h"
#include "engine_sight.h"
#include "turns.h"

namespace kepeng::mempool_service {

// So many transactions are judged in one go.
inline constexpr std::size_t kBatchMax = 512;

Fault stopped();

class MempoolService::Core : public std::enable_shared_from_this<MempoolService::Core> {
 public:
  Core(const Dependencies& dependencies, ServiceOptions options);
  void start();
  void stop();

  // Runs `work` in the mempool thread and gives its answer; nothing once it has stopped.
  template <class F>
  auto ask(F&& work) const -> std::optional<std::invoke_result_t<F>> {
    if (options.drive == Drive::OwnThread) return mailbox.ask(std::forward<F>(work));
    if (mailbox.is_closed()) return std::nullopt;
    run_tasks(std::chrono::milliseconds{0});
    return work();
  }

  // --- any thread
  void hand_in(Turns::Waiting one);
  Result<Loaded, Fault> load(const std::string& path, const ImportChoices& choices);

  // --- mempool thread
  void run();
  void begin();
  void run_tasks(std::chrono::milliseconds wait_for) const;
  void tick();
  void finish_loading();
  void end();
  // Judges with the pool as of one tip, again when the chain moves meanwhile.
  template <class F>
  Outcome judge(std::span<const TxPtr> txs, F&& with_submission);
  // Many on their way in: looked at as of one tip, their scripts with the verifiers.
  struct UnderWay {
    std::vector<Candidate> candidates;
    Batch::Signatures signatures = Batch::Signatures::Remembered;
    MempoolEvent::Why why = MempoolEvent::Why::Accepted;
    std::size_t next = 0;       // not entered yet
    std::size_t looked_at = 0;  // the end of those in `batch`
    std::optional<EngineSight> sight{};
    std::optional<Batch> batch{};  // ends before what it looks at
  };
  // `enter` lets those in that were looked at; others may be left (`next`), for another batch. Calls of `on_judged`
  // come in order, each behind what followers are told.
  using OnEach = std::function<void(std::size_t place, const Outcome&)>;
  Result<Unit, Fault> look_ahead(UnderWay& some);
  void enter(UnderWay& some, const OnEach& on_judged);
  void judge_handed_in();
  void post_judging();
  void note_verified(const Transaction& tx);
  void report(const mempool::PackageOutcome& outcome, MempoolEvent::Why why = MempoolEvent::Why::Accepted);
  void note_minimum_fee();
  MempoolEvent added_event(const mempool::Entry& entry, MempoolEvent::Why why) const;
  void emit_added(MempoolEvent::Why why, const Txid& txid);
  void emit_removed(MempoolEvent::Why why, const PackedTxPtr& tx);

  // --- mempool thread: the chain (chain_steps.cpp)
  // Everything that the chain has done by now.
  void catch_up();
  void take_events();
  void connected(const validation::ChainEvent& event);
  void disconnected(const validation::ChainEvent& event);
  BlockEvent look_at_block(const validation::ChainEvent& event) const;
  // These stop at a fault, with nothing lost: what is left to do is done later.
  Result<Unit, Fault> end_of_reorganisation();
  Result<Unit, Fault> come_back(const TxPtr& tx, EngineSight& sight);
  bool make_room(const Transaction& tx);
  Result<Unit, Fault> remove_what_no_longer_holds(EngineSight& sight);
  void remove(std::vector<const mempool::Entry*> entries, MempoolEvent::Why why);

  // --- mempool thread: the file (persistence.cpp)
  Result<std::size_t, Fault> save() const;
  Result<mempool::MempoolFile, Fault> read(const std::string& path) const;  // any thread
  void load_at_start();
  // A damaged file is not lost.
  void set_aside(const std::string& path, const Fault& why) const;
  // A file on its way into the pool.
  struct Loading {
    mempool::MempoolFile file;
    ImportChoices choices;
    std::function<void(const Result<Loaded, Fault>&)> on_end;
    std::size_t next = 0;  // of file.transactions
    Loaded loaded{};
    std::unique_ptr<UnderWay> under_way{};
  };
  void load_some();
  std::vector<Candidate> next_candidates(Loading& loading);
  void end_loading(const Result<Loaded, Fault>& result);

  const Dependencies with;
  const ServiceOptions options;
  mempool::Pool pool;
  mempool::Admission admission;
  Verifiers verifiers;
  const chain::Entry* tip;      // what the pool builds on
  std::vector<TxPtr> homeless;  // of blocks that left the chain, the lowest block first
  bool needs_review = false;    // blocks have left the chain since the pool was looked through
  std::set<Txid> unbroadcast;
  std::deque<Loading> loadings;
  std::vector<std::function<void(const MempoolEvent&)>> followers;
  std::vector<std::function<void(const BlockEvent&)>> block_followers;
  std::atomic<bool> is_loaded{false};
  std::atomic<std::int64_t> minimum_fee{0};

  // What the chain thread has said and we have not heard.
  Guarded<std::deque<validation::ChainEvent>> events;
  struct HandedIn {
    Turns turns;
    bool is_posted = false;  // a task that judges some of them
  };
  Guarded<HandedIn> handed_in;
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
    auto ahead = with.engine.read_coins(wanted);
    if (!ahead) return Err{ahead.error()};
    catch_up();
    if (ahead->tip != tip) continue;
    EngineSight sight{with.engine, tip};
    sight.note(wanted, std::move(*ahead));
    mempool::Submission submission{{admission, verifiers.tools(), {sight, with.clock.now()}}};
    Outcome outcome = with_submission(submission);
    if (!outcome && outcome.error().kind == FaultKind::Busy && !mailbox.is_closed()) continue;
    if (outcome) report(*outcome);
    return outcome;
  }
}

}  // namespace kepeng::mempool_service
