// Copyright (c) 2026 The kepeng developers
// SPDX-License-Identifier: MIT

#include <kepeng/mempool_service/service.h>

#include <pthread.h>

#include <kepeng/consensus/deployments.h>
#include <kepeng/policy/standard.h>

#include "core.h"

namespace kepeng::mempool_service {
namespace {

using mempool::Submission;

constexpr std::chrono::milliseconds kTick{1000};

// Such a transaction is let in for as long as nobody but the spender of the dust pays for it.
bool has_dust(const PackedTransaction& tx, const policy::Policy& policy) {
  if (!policy.requires_standard) return false;
  for (std::size_t i = 0; i < tx.output_count(); ++i) {
    if (policy::is_dust(tx.output(i), policy.dust)) return true;
  }
  return false;
}

}  // namespace

Fault stopped() {
  return {FaultKind::Busy, "The node is shutting down."};
}

MempoolService::Core::Core(const Dependencies& dependencies, ServiceOptions chosen)
    : with{dependencies},
      options{std::move(chosen)},
      pool{options.clusters},
      admission{{pool, dependencies.network}, options.admission},
      verifiers{validation::worker_count(options.script_threads), options.signature_cache_bytes},
      tip{dependencies.engine.view()->tip()} {}

void MempoolService::Core::start() {
  const std::weak_ptr<Core> weak = weak_from_this();
  with.engine.subscribe([weak](const validation::ChainEvent& event) {
    const auto self = weak.lock();
    if (self == nullptr) return;
    self->events.with([&](auto& all) { all.push_back(event); });
  });
  with.engine.subscribe_views([weak] {
    const auto self = weak.lock();
    if (self == nullptr) return;
    self->mailbox.post([core = self.get()] { core->catch_up(); });
  });
  if (options.drive == Drive::Caller) {
    begin();
    return finish_loading();
  }
  thread = std::thread{[this] { run(); }};
  pthread_setname_np(thread.native_handle(), "mempool");
}

void MempoolService::Core::stop() {
  const bool was_closed = mailbox.is_closed();
  mailbox.close();
  if (thread.joinable()) thread.join();
  if (options.drive == Drive::Caller && !was_closed) end();
}

void MempoolService::Core::run() {
  begin();
  auto next_tick = std::chrono::steady_clock::now() + kTick;
  while (!mailbox.is_closed()) {
    run_tasks(loadings.empty() ? kTick : kTick.zero());
    if (!loadings.empty()) load_some();
    if (std::chrono::steady_clock::now() < next_tick) continue;
    next_tick = std::chrono::steady_clock::now() + kTick;
    tick();
  }
  end();
}

void MempoolService::Core::begin() {
  note_minimum_fee();
  load_at_start();
}

void MempoolService::Core::run_tasks(std::chrono::milliseconds wait_for) const {
  for (auto& task : mailbox.take(wait_for)) task();
}

void MempoolService::Core::finish_loading() {
  run_tasks(kTick.zero());
  while (!loadings.empty()) load_some();
}

// Those who wait for an answer get it.
void MempoolService::Core::end() {
  run_tasks(kTick.zero());
  while (!loadings.empty()) end_loading(Err{stopped()});
  if (options.keeps && is_loaded) {
    if (const auto saved = save(); !saved) KP_LOG_WARNING(with.log, "The mempool is lost: {}", saved.error().message);
  }
}

void MempoolService::Core::tick() {
  catch_up();
  for (const PackedTxPtr& tx : admission.expire(with.clock.now())) emit_removed(MempoolEvent::Why::Expiry, tx);
  note_minimum_fee();
}

Result<Unit, Fault> MempoolService::Core::look_ahead(UnderWay& some) {
  const auto rest = std::span{some.candidates}.subspan(some.next);
  some.batch.reset();
  std::vector<OutPoint> wanted;
  for (const Candidate& one : rest) {
    for (const TxIn& input : one.tx->inputs) {
      if (pool.find(input.prevout.txid) == nullptr) wanted.push_back(input.prevout);
    }
  }
  do {
    KP_TRY(auto coins, with.engine.read_coins(wanted));
    // What the chain did before the answer is in our box before the answer is.
    catch_up();
    some.sight.emplace(with.engine, coins.tip);
    some.sight->note(wanted, std::move(coins));
  } while (some.sight->tip() != tip);
  some.batch.emplace(admission, verifiers, mempool::Admission::Now{*some.sight, with.clock.now()}, some.signatures);
  some.looked_at = some.next + some.batch->examine(rest);
  return Unit{};
}

// Those whose tip is ours no more are looked at anew.
void MempoolService::Core::enter(UnderWay& some, const OnEach& on_judged) {
  if (some.next == some.looked_at) some.batch.reset();
  while (some.next < some.candidates.size()) {
    if (some.batch && some.next == some.looked_at) return;
    if (!some.batch || some.sight->tip() != tip) {
      if (const auto looked = look_ahead(some); !looked) {
        while (some.next < some.candidates.size()) on_judged(some.next++, Err{looked.error()});
        return;
      }
    }
    const Outcome outcome = some.batch->enter(some.candidates[some.next]);
    if (!outcome && outcome.error().kind == FaultKind::Busy && !mailbox.is_closed()) {
      some.batch.reset();
      continue;
    }
    if (outcome) report(*outcome, some.why);
    on_judged(some.next++, outcome);
  }
}

void MempoolService::Core::hand_in(Turns::Waiting one) {
  handed_in.with([&](HandedIn& in) { in.turns.add(std::move(one)); });
  post_judging();
}

// One task at a time, so that others come in between.
void MempoolService::Core::post_judging() {
  const bool is_wanted =
      handed_in.with([](HandedIn& in) { return !in.turns.is_empty() && !std::exchange(in.is_posted, true); });
  if (is_wanted) mailbox.post([this] { judge_handed_in(); });
}

// Some at once, and no more than a fraction of a second takes: whoever else wants something of the pool does not wait
// for all.
void MempoolService::Core::judge_handed_in() {
  std::vector<Turns::Waiting> taken;
  handed_in.with([&](HandedIn& in) {
    in.is_posted = false;
    const auto is_package = [&] { return in.turns.next()->txs.size() > 1; };
    while (!in.turns.is_empty() && taken.size() < kBatchMax && (taken.empty() || !is_package())) {
      taken.push_back(in.turns.take());
      if (taken.back().txs.size() > 1) break;  // by itself
    }
  });
  if (taken.empty()) return;
  if (taken.front().txs.size() > 1) {
    const Turns::Waiting& package = taken.front();
    package.on_judged(judge(package.txs, [&](Submission& one) { return one.package(package.txs); }));
  } else {
    UnderWay some;
    for (Turns::Waiting& one : taken) some.candidates.push_back({one.txs.front()});
    enter(some, [&](std::size_t place, const Outcome& outcome) { taken[place].on_judged(outcome); });
    handed_in.with([&](HandedIn& in) {
      for (std::size_t i = taken.size(); i > some.next; --i) in.turns.put_back(std::move(taken[i - 1]));
    });
  }
  post_judging();
}

void MempoolService::Core::report(const mempool::PackageOutcome& outcome, MempoolEvent::Why why) {
  using Why = MempoolEvent::Why;
  for (const TxPtr& tx : outcome.added) note_verified(*tx);
  for (const PackedTxPtr& tx : outcome.replaced) emit_removed(Why::Replaced, tx);
  for (const TxPtr& tx : outcome.added) emit_added(why, tx->txid);
  for (const PackedTxPtr& tx : outcome.evicted) emit_removed(Why::SizeLimit, tx);
}

// The standard rules hold all those of a block, so that the block that brings it need not look again.
void MempoolService::Core::note_verified(const Transaction& tx) {
  if (options.verified == nullptr) return;
  const script::Flags flags = consensus::script_flags(with.network, tip->height + 1, BlockHash{});
  if (script::kStandardFlags.contains(flags)) static_cast<void>(options.verified->remember({tx.wtxid, flags}, Unit{}));
}

void MempoolService::Core::emit_added(MempoolEvent::Why why, const Txid& txid) {
  const mempool::Entry* entry = pool.find(txid);
  if (entry == nullptr) return;  // gone again, with what it came with
  const MempoolEvent event = added_event(*entry, why);
  for (const auto& follower : followers) follower(event);
}

void MempoolService::Core::emit_removed(MempoolEvent::Why why, const PackedTxPtr& tx) {
  unbroadcast.erase(tx->txid);
  const MempoolEvent event{MempoolEvent::Kind::Removed, why, tx, pool.sequence()};
  for (const auto& follower : followers) follower(event);
}

MempoolEvent MempoolService::Core::added_event(const mempool::Entry& entry, MempoolEvent::Why why) const {
  MempoolEvent event{.kind = MempoolEvent::Kind::Added, .why = why, .tx = entry.tx, .sequence = pool.sequence()};
  event.fee_per_kvb = cluster::FeeSize{entry.modified_fee.sats, entry.size}.fee_for(1'000);
  event.is_unbroadcast = unbroadcast.contains(entry.txid());
  event.arrival = {entry.fee, entry.size, entry.time, entry.height, false};
  const mempool::ChunkView chunk = pool.chunk_of(entry);
  event.mined_per_kvb = chunk.worth.fee_for(4'000);  // the size of a chunk is a weight
  event.arrival.is_alone = chunk.entries.size() == 1 && pool.parents(entry).empty();
  return event;
}

void MempoolService::Core::note_minimum_fee() {
  const auto wanted = std::max(admission.minimum_fee(with.clock.now()), options.admission.policy.min_relay);
  minimum_fee = wanted.sats_per_kvb;
}

MempoolService::MempoolService(std::shared_ptr<Core> core) : core_{std::move(core)} {}
MempoolService::~MempoolService() {
  stop();
}

std::unique_ptr<MempoolService> MempoolService::start(const Dependencies& dependencies, ServiceOptions options) {
  auto core = std::make_shared<Core>(dependencies, std::move(options));
  core->start();
  return std::unique_ptr<MempoolService>{new MempoolService{std::move(core)}};
}

void MempoolService::stop() {
  core_->stop();
}

void MempoolService::work() {
  KP_ASSERT(core_->options.drive == Drive::Caller);
  core_->finish_loading();
  core_->tick();
}

MempoolService::Outcome MempoolService::submit(TxPtr tx, std::optional<Amount> fee_max) {
  const auto work = [&, core = core_.get()] {
    const std::array<TxPtr, 1> one{tx};
    const bool is_new = core->unbroadcast.insert(tx->txid).second;
    auto outcome = core->judge(
        one, [&](Submission& with) { return with.one(tx, Submission::Purpose::Enter, {.fee_max = fee_max}); });
    if (is_new && (!outcome || outcome->added.empty())) core->unbroadcast.erase(tx->txid);
    return outcome;
  };
  return core_->ask(work).value_or(Outcome{Err{stopped()}});
}

MempoolService::Outcome MempoolService::test(std::vector<TxPtr> package, std::optional<Amount> fee_max) {
  const auto work = [&, core = core_.get()] {
    return core->judge(package, [&](Submission& with) {
      if (package.size() == 1) return with.one(package.front(), Submission::Purpose::Test, {.fee_max = fee_max});
      return with.test(package);
    });
  };
  return core_->ask(work).value_or(Outcome{Err{stopped()}});
}

MempoolService::Outcome MempoolService::submit_package(std::vector<TxPtr> package, policy::FeeRate rate_max) {
  const auto work = [&, core = core_.get()] {
    return core->judge(package, [&](Submission& with) { return with.package(package, rate_max); });
  };
  return core_->ask(work).value_or(Outcome{Err{stopped()}});
}

void MempoolService::hand_in(std::uint64_t from, TxPtr tx, OnJudged on_judged) {
  core_->hand_in({{std::move(tx)}, std::move(on_judged), from});
}

void MempoolService::hand_in_package(std::uint64_t from, std::vector<TxPtr> package, OnJudged on_judged) {
  core_->hand_in({std::move(package), std::move(on_judged), from});
}

void MempoolService::try_out(TxPtr tx, OnJudged on_judged) {
  core_->mailbox.post([core = core_.get(), tx = std::move(tx), on_judged = std::move(on_judged)] {
    const std::array<TxPtr, 1> one{tx};
    on_judged(core->judge(one, [&](Submission& with) { return with.one(tx, Submission::Purpose::Test); }));
  });
}

void MempoolService::note_asked_for(const Txid& txid) {
  core_->mailbox.post([core = core_.get(), txid] { core->unbroadcast.erase(txid); });
}

std::int64_t MempoolService::minimum_fee_per_kvb() const {
  return core_->minimum_fee;
}

bool MempoolService::prioritise(const Txid& txid, Amount delta) {
  const auto work = [&, core = core_.get()] {
    const mempool::Entry* entry = core->pool.find(txid);
    if (entry != nullptr && has_dust(*entry->tx, core->options.admission.policy)) return false;
    core->admission.prioritise(txid, delta);
    return true;
  };
  return core_->ask(work).value_or(true);
}

bool MempoolService::look(const std::function<void(const mempool::Pool&, mempool::Admission&)>& look) const {
  const auto work = [&, core = core_.get()] {
    core->catch_up();
    look(core->pool, core->admission);
    return true;
  };
  return core_->ask(work).value_or(false);
}

bool MempoolService::look_from_tip(const std::function<void(const mempool::Pool&, const Ground& ground)>& look) const {
  const auto work = [&, core = core_.get()] {
    core->catch_up();
    look(core->pool, Ground{core->tip, !core->needs_review});
    return true;
  };
  return core_->ask(work).value_or(false);
}

void MempoolService::subscribe(std::function<void(const MempoolEvent&)> follower) {
  core_->ask([&, core = core_.get()] {
    // Nobody before what it spends.
    core->pool.visit_chunks([&](const mempool::ChunkView& chunk) {
      for (const mempool::Entry* entry : chunk.entries) {
        follower(core->added_event(*entry, MempoolEvent::Why::Restored));
      }
      return true;
    });
    core->followers.push_back(std::move(follower));
    return true;
  });
}

void MempoolService::subscribe_blocks(std::function<void(const BlockEvent&)> follower) {
  core_->ask([&, core = core_.get()] {
    core->block_followers.push_back(std::move(follower));
    return true;
  });
}

std::vector<Txid> MempoolService::unbroadcast() const {
  const auto look = [core = core_.get()] {
    return std::vector<Txid>{core->unbroadcast.begin(), core->unbroadcast.end()};
  };
  return core_->ask(look).value_or(std::vector<Txid>{});
}

Result<std::size_t, Fault> MempoolService::save() const {
  using Saved = Result<std::size_t, Fault>;
  return core_->ask([core = core_.get()] { return core->save(); }).value_or(Saved{Err{stopped()}});
}

Result<MempoolService::Loaded, Fault> MempoolService::load(const std::string& path, const ImportChoices& choices) {
  return core_->load(path, choices);
}

bool MempoolService::is_loaded() const {
  return core_->is_loaded;
}

const ServiceOptions& MempoolService::options() const {
  return core_->options;
}

}  // namespace kepeng::mempool_service
