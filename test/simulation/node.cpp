// Copyright (c) 2026 The kepeng developers
// SPDX-License-Identifier: MIT

#include "node.h"

#include <fmt/format.h>

#include <algorithm>
#include <condition_variable>
#include <mutex>

namespace kepeng::simulation {
namespace {

constexpr std::int64_t kTickMs = 1'000;
constexpr std::int64_t kDialMs = 10'000;
constexpr std::size_t kJobsMax = 1'200;      // the download's window, and some that nobody asked for
constexpr std::size_t kInFlightMax = 128;    // of one peer
constexpr std::size_t kActionsMax = 2'000;   // of one message
constexpr std::int64_t kEngineDelayMs = 30;  // until the engine looks at what it was given
constexpr std::int64_t kFutureSeconds = 7'200;
constexpr std::int64_t kPostDelayMs = 20;  // until the conversations hear of it

validation::EngineOptions engine_options() {
  validation::EngineOptions options;
  options.data_directory = "/data/regtest";
  options.blocks_directory = "/data/regtest/blocks";
  options.script_threads = 1;
  options.cache_bytes = 1 << 20;
  options.flush_interval_seconds = 1'000'000;  // flushing is an event
  options.file_sizes = storage::BlockFileSizes::FastPrune;
  options.obfuscation = storage::BlockXor::None;
  return options;
}

// No block may bring more than its subsidy.
bool inflates(const validation::ChainEvent& event, const params::NetworkParams& network) {
  std::int64_t brought = 0;
  for (const TxOut& output : event.block->outputs()) brought += output.value.sats;
  for (const consensus::Coin& coin : event.spent->coins) brought -= coin.output.value.sats;
  return brought > consensus::block_subsidy(event.entry->height, network).sats;
}

}  // namespace

Node::Node(const Surroundings& around, const Setting& setting)
    : world_{around.world},
      links_{around.links},
      ledger_{around.ledger},
      setting_{setting},
      id_{links_.attach(*this, setting.era)},
      random_{world_.chance().next()} {
  KP_ASSERT(disk_.make_directory("/data").ok());
  KP_ASSERT(disk_.sync_directory("/").ok());
}

Node::~Node() {
  conversations_.reset();
  mempool_.reset();
  engine_.reset();
}

// --- life and death --------------------------------------------------------------------------------------------------

void Node::start() {
  if (is_up()) return;
  clock_.mock(world_.true_time() + clock_offset_);
  auto opened = validation::Engine::open({disk_, log_, clock_, ledger_.network()}, engine_options());
  if (!opened) return fail("it does not start: " + opened.error().message);
  engine_ = std::move(opened).value();
  const auto go_on = [](const validation::ImportProgress&) { return true; };
  // It lost power before it had an index: the block files are read first.
  if (engine_->is_reindexing() && !engine_->import_block_files(go_on)) return fail("its block files cannot be read");
  if (!engine_->activate_best_chain()) return fail("it cannot go on where it was");
  if (tip()->chain_work < durable_work_) return fail("it has lost blocks that were safely on disk");
  ledger_.for_each([&](const BlockHash& hash) {
    if (knows_failed_block(hash)) fail("it has condemned the good block " + hash.to_string());
  });
  if (life_ == 0 && setting_.begins == Begins::WithOldBlocks) feed_old_blocks();
  follow_engine();
  least_work_ = tip()->chain_work;
  told_tip_ = tip();
  gossip::Conversations::Options options;
  options.self.services = wire::kNodeNetwork | wire::kNodeWitness;
  options.self.user_agent = "/simulated/";
  options.has_mempool = options.self.wants_transactions = true;
  conversations_ = std::make_unique<gossip::Conversations>(
      gossip::Conversations::Dependencies{*this, ledger_.network(), random_}, options);
  last_change_ms_ = world_.now_ms();
  start_mempool();
  if (!is_up()) return;
  world_.note(fmt::format("node {} starts at {}", id_, tip()->height));
  later(world_.between(0, kTickMs), [this] { tick(); });
  later(world_.between(0, kDialMs), [this] { dial(); });
}

void Node::feed_old_blocks() {
  for (const BlockPtr& block : ledger_.old_blocks()) {
    const auto outcome = engine_->submit(block);
    if (!outcome || outcome->rejection) return fail("an old block is refused");
  }
  flush();
}

void Node::stop() {
  if (!is_up()) return;
  world_.note(fmt::format("node {} stops at {}", id_, tip()->height));
  mempool_->stop();
  const Work work = tip()->chain_work;
  if (engine_->close()) durable_work_ = work;
  end_life();
  if (disk_.failure_fired()) return crash();
  disk_.clear_failure();
  links_.lose_power(id_);
}

void Node::lose_power() {
  if (!is_up()) return;
  world_.note(fmt::format("node {} loses power at {}", id_, tip()->height));
  disk_.power_off();
  end_life();
  crash();
}

void Node::crash() {
  disk_.power_off();
  disk_.clear_failure();
  disk_.crash(world_.chance().next());
  links_.lose_power(id_);
}

void Node::end_life() {
  conversations_.reset();
  mempool_.reset();
  engine_.reset();
  ++life_;  // what was still said in the old one is heard by nobody
  jobs_.clear();
  works_ = mempool_works_ = pool_has_failed_ = false;
  under_judgement_ = 0;
  checked_ = {};
  news_.with([](News& news) { news = {}; });
  turned_down_.clear();
  pooled_at_ms_.clear();
}

// Something went wrong with the disk, which it may do only when it is told to. The machine is switched off and on.
void Node::die() {
  const auto why = engine_->fault();
  if (!disk_.failure_fired()) fail("stops for no reason: " + (why ? why->message : "a block or a coin cannot be read"));
  lose_power();
}

void Node::fail_disk_at(std::uint64_t operation, DiskFailure kind) {
  if (is_up()) disk_.fail_at(operation, kind);
}

void Node::flush() {
  if (!is_up()) return;
  if (engine_->flush()) {
    note_durable();
  } else {
    die();
  }
}

void Node::note_durable() {
  durable_work_ = tip()->chain_work;
}

void Node::set_clock_offset(std::int64_t seconds) {
  world_.note(fmt::format("the clock of node {} is {} s ahead", id_, seconds));
  clock_offset_ = seconds;
  clock_.mock(world_.true_time() + clock_offset_);
}

void Node::later(std::int64_t milliseconds, std::function<void()> event) {
  world_.after(milliseconds, [this, life = life_, event = std::move(event)] {
    if (life != life_ || !is_up()) return;
    clock_.mock(world_.true_time() + clock_offset_);
    event();
  });
}

// In the order of the calls.
void Node::post(std::function<void()> event) {
  last_post_ms_ = std::max(last_post_ms_, world_.now_ms() + world_.between(0, kPostDelayMs));
  later(last_post_ms_ - world_.now_ms(), std::move(event));
}

void Node::fail(const std::string& why) {
  world_.fail(fmt::format("node {}: {}", id_, why));
}

// --- conversations ---------------------------------------------------------------------------------------------------

gossip::Now Node::now() const {
  return {{world_.now_ms() + 1'000}, clock_.now()};
}

void Node::talk(const std::function<void(gossip::Conversations&, gossip::Actions&)>& act) {
  if (!is_up()) return;
  clock_.mock(world_.true_time() + clock_offset_);
  gossip::Actions actions;
  act(*conversations_, actions);
  if (actions.size() > kActionsMax) fail("one word led to too many");
  for (gossip::Action& action : actions) {
    // A disk that fails while a block is read ends this life, and with it what it wanted.
    if (!is_up()) return;
    std::visit([this](auto& one) { carry_out(one); }, action);
  }
  check();
}

void Node::on_open(LinkId link, gossip::ConnectionKind kind) {
  note_change(link);
  talk([&](auto& conversation, auto& out) { conversation.on_connected(link, {kind}, now(), out); });
}
void Node::on_message(LinkId link, wire::Message message) {
  talk([&](auto& conversation, auto& out) { conversation.on_message(link, std::move(message), now(), out); });
}
void Node::on_room(LinkId link) {
  talk([&](auto& conversation, auto& out) { conversation.on_room(link, now(), out); });
}
void Node::on_closed(LinkId link) {
  note_change(link);
  talk([&](auto& conversation, auto& out) { conversation.on_disconnected(link, now(), out); });
}

void Node::tick() {
  work_in_mempool();
  talk([&](auto& conversation, auto& out) { conversation.on_tick(now(), out); });
  if (!is_up()) return;
  for (const auto& peer : conversations_->peers(now().moment)) {
    if (peer.in_flight.size() > kInFlightMax) fail("asks one peer for too much");
  }
  later(kTickMs, [this] { tick(); });
}

void Node::dial() {
  for (const NodeId other : others_) {
    if (!links_.are_linked(id_, other)) links_.connect(id_, other);
  }
  later(kDialMs, [this] { dial(); });
}

void Node::carry_out(gossip::Send& action) {
  links_.send(id_, action.peer, action.message);
}

void Node::carry_out(gossip::Disconnect& action) {
  const auto end = links_.other_end(id_, action.peer);
  if (!end) return;  // it is gone
  const NodeId other = *end;
  world_.note(fmt::format("#{} node {} parts with {}: {}", action.peer.number, id_, other, action.reason));
  ++partings_;
  if (action.blame == gossip::Blame::Discourage) {
    ++blamed_;
    if (!is_in(other, blamable_)) fail(fmt::format("blames the honest node {}: {}", other, action.reason));
  }
  if (!may_part_) fail(fmt::format("parts with node {} for nothing: {}", other, action.reason));
  links_.hang_up(id_, action.peer);
}

void Node::carry_out(gossip::HandInHeaders& action) {
  enqueue({action.peer, std::move(action.headers)});
}
void Node::carry_out(gossip::HandInBlock& action) {
  enqueue({action.peer, std::move(action.block)});
}

void Node::carry_out(gossip::ServeBlock& action) {
  const auto block = engine_->read_block(action.entry);
  if (block) return links_.send(id_, action.peer, wire::BlockMessage{*block, action.form}, Links::Then::TellOfRoom);
  die();
}

// --- the engine ------------------------------------------------------------------------------------------------------

void Node::enqueue(HandedIn job) {
  jobs_.push_back(std::move(job));
  if (jobs_.size() > kJobsMax) fail("hands in more than it may have under way");
  if (works_) return;
  works_ = true;
  later(world_.between(0, kEngineDelayMs), [this] { work(); });
}

void Node::work() {
  const HandedIn job = std::move(jobs_.front());
  jobs_.pop_front();
  auto news = std::visit([&](const auto& what) { return take(job.from, what); }, job.what);
  if (!is_settled_or_dead()) return;
  post(std::move(news));
  tell_what_changed();
  works_ = !jobs_.empty();
  if (works_) later(world_.between(0, kEngineDelayMs), [this] { work(); });
}

// The outcome, or nothing if the disk failed before.
template <class Outcome, class Start>
std::optional<Outcome> Node::wait_for(Start&& start) {
  struct Answer {
    std::mutex mutex;
    std::condition_variable changed;
    std::optional<Outcome> outcome;
  };
  const auto answer = std::make_shared<Answer>();
  start([answer](const Outcome& outcome) {
    std::scoped_lock hold{answer->mutex};
    answer->outcome = outcome;
    answer->changed.notify_one();
  });
  std::unique_lock hold{answer->mutex};
  while (!answer->outcome && !engine_->fault()) answer->changed.wait_for(hold, std::chrono::milliseconds{5});
  return answer->outcome;
}

// What is to be told when the engine has settled; nothing if the disk failed before.
std::function<void()> Node::take(LinkId from, const std::vector<BlockHeader>& headers) {
  using Outcome = validation::Engine::HeadersOutcome;
  const auto outcome = wait_for<Outcome>([&](auto tell) { engine_->hand_in(headers, std::move(tell)); });
  if (!outcome) return {};
  return [this, from, placed = gossip::HeaderSync::Placed{outcome->last, outcome->rejection}] {
    talk([&](auto& conversation, auto& out) { conversation.on_headers_placed(from, placed, now(), out); });
  };
}

std::function<void()> Node::take(LinkId from, const BlockPtr& block) {
  using Outcome = validation::SubmitOutcome;
  const auto outcome = wait_for<Outcome>([&](auto tell) { engine_->hand_in(block, std::move(tell)); });
  if (!outcome) return {};
  return [this, from, hash = block->hash(), rejection = outcome->rejection] {
    talk([&](auto& conversation, auto& out) { conversation.on_block_taken(from, hash, rejection, now(), out); });
  };
}

// Waits until the engine has nothing more to do. False if the disk failed meanwhile, and with it this node.
bool Node::is_settled_or_dead() {
  // To prefer what has too little work changes nothing, and comes back when everything is settled.
  if (engine_->prefer(engine_->find(ledger_.network().genesis->hash())) && !engine_->fault()) return true;
  die();
  return false;
}

void Node::follow_engine() {
  engine_->subscribe([this](const validation::ChainEvent& event) {
    news_.with([&](News& news) {
      const bool connects = event.kind == validation::ChainEvent::Kind::Connected;
      if (!connects) ++news.disconnected;
      if (connects && inflates(event, ledger_.network())) news.inflates = true;
    });
  });
  engine_->subscribe_rejections([this](const chain::Entry& entry, const consensus::BlockRejection& rejection) {
    news_.with([&](News& news) { news.condemned.emplace_back(entry.hash, rejection); });
  });
}

void Node::tell_what_changed() {
  const News news = news_.with([](News& all) { return std::exchange(all, {}); });
  if (news.inflates) fail("a block with more than its subsidy was connected");
  if (news.disconnected != 0) ++reorganisations_;
  for (const auto& [hash, rejection] : news.condemned) {
    if (ledger_.contains(hash)) fail("condemns a good block: " + rejection.reason());
    post([this, hash = hash, rejection = rejection] {
      talk([&](auto& conversation, auto& out) { conversation.on_block_condemned(hash, rejection, out); });
    });
  }
  if (tip() == told_tip_) return;
  told_tip_ = tip();
  world_.note(fmt::format("node {} is at {} {:.12}", id_, tip()->height, tip()->hash.to_string()));
  rouse_mempool();
  post([this] { talk([&](auto& conversation, auto& out) { conversation.on_tip(now(), out); }); });
}

// As generateblock does it.
void Node::mine() {
  if (!is_up() || tip()->height < consensus::kCoinbaseMaturity) return;
  clock_.mock(world_.true_time() + clock_offset_);
  // With a clock so far behind every block would come from the future.
  if (tip()->median_time_past() >= clock_.now() + kFutureSeconds) return;
  const auto picked = pick();
  if (!is_up()) return;
  const BlockPtr block = ledger_.make_block({tip(), clock_.now()}, picked, Ledger::Flaw::None, world_.chance());
  world_.note(fmt::format("node {} finds {:.12}", id_, block->hash().to_string()));
  const auto outcome = engine_->submit(block);
  if (!outcome) return die();
  if (outcome->kind != validation::SubmitOutcome::Kind::Connected) return fail("its own block does not connect");
  tell_what_changed();
}

// --- invariants ------------------------------------------------------------------------------------------------------

bool Node::knows_failed_block(const BlockHash& hash) const {
  const chain::Entry* entry = engine_->find(hash);
  return entry != nullptr && entry->is_invalid();
}

std::string Node::waits_for() const {
  std::string text;
  for (const auto& peer : conversations_->peers(now().moment)) {
    const auto other = links_.other_end(id_, peer.peer);
    if (other && is_in(*other, silent_)) continue;
    for (const Height height : peer.in_flight) text += fmt::format(" #{}:{}", peer.peer.number, height);
  }
  return text;
}

void Node::check() {
  if (!is_up()) return;
  const chain::Entry* at = tip();
  if (at->chain_work < least_work_) fail("its chain has lost work");
  least_work_ = at->chain_work;
  if (!ledger_.contains(at->hash)) fail("stands on a block that breaks the rules");
}

// Nothing of the snapshot may be left when the engine dies.
Result<coins::CoinTotals, Fault> Node::count_coins(const chain::Entry*& at) {
  KP_TRY(auto snapshot, engine_->coin_snapshot());
  at = snapshot.at;
  const auto go_on = [](double) { return true; };
  return coins::total_coins(coins::CoinWalk{snapshot.coins, nullptr}, coins::CoinHash::MuHash, go_on);
}

void Node::audit() {
  if (!is_up()) return;
  const chain::Entry* at = nullptr;
  const auto totals = count_coins(at);
  if (!totals) return die();
  note_durable();
  if (const auto wrong = ledger_.compare(*at, *totals)) fail("coins: " + *wrong);
  world_.note(fmt::format("node {} has {} coins {:.12}", id_, totals->coins, display_hash(totals->hash)));
}

}  // namespace kepeng::simulation
