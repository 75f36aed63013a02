// Copyright (c) 2026 The kepeng developers
// SPDX-License-Identifier: MIT

#include <kepeng/fee_service/fee_service.h>

#include <pthread.h>

#include <deque>
#include <thread>

#include <kepeng/base/file_time.h>
#include <kepeng/base/files.h>
#include <kepeng/base/guarded.h>
#include <kepeng/base/mailbox.h>
#include <kepeng/fees/estimates_file.h>

namespace kepeng::fee_service {
namespace {

using mempool_service::BlockEvent;
using mempool_service::MempoolEvent;

constexpr std::int64_t kWriteSeconds = 60 * 60;
constexpr std::int64_t kFileAgeMax = 60 * 60 * 60;
// How long mining takes is learnt only by who sees blocks as they come.
constexpr std::int64_t kTipAgeMax = 3 * 60 * 60;
// Who comes with an older time was read from a file: nobody knows how long it has waited.
constexpr std::int64_t kArrivalAgeMax = 60;
constexpr double kSizePerRate = 1'000;

struct Seen {
  std::int64_t weight;
  std::int64_t weight_known;
};

// What the mempool's thread writes and everybody reads.
struct Learnt {
  fees::Estimator estimator;
  std::deque<Seen> last_blocks;
};

}  // namespace

class FeeService::Core : public std::enable_shared_from_this<FeeService::Core> {
 public:
  Core(const Dependencies& dependencies, FeeOptions chosen) : with{dependencies}, options{std::move(chosen)} {}

  void start();
  void stop();
  void run();
  void load();
  void take(const Bytes& bytes);
  void set_aside(const std::string& reason);
  void write();
  void pass_time(std::int64_t seconds);
  // --- mempool thread
  void on_transaction(const MempoolEvent& event);
  void on_block(const BlockEvent& event);
  bool is_current(const MempoolEvent::Arrival& arrival) const;

  std::string path() const { return options.directory + "/fee_estimates.dat"; }

  const Dependencies with;
  const FeeOptions options;
  Guarded<Learnt> learnt;
  Mailbox mailbox;
  std::int64_t written_ns = steady_ns();  // fees thread
  std::thread thread;
  bool is_stopped = false;
};

void FeeService::Core::start() {
  load();
  with.mempool.subscribe_blocks([weak = weak_from_this()](const BlockEvent& event) {
    if (const auto self = weak.lock()) self->on_block(event);
  });
  with.mempool.subscribe([weak = weak_from_this()](const MempoolEvent& event) {
    if (const auto self = weak.lock()) self->on_transaction(event);
  });
  thread = std::thread{[this] { run(); }};
  pthread_setname_np(thread.native_handle(), "fees");
}

void FeeService::Core::stop() {
  if (is_stopped) return;
  is_stopped = true;
  mailbox.close();
  if (thread.joinable()) thread.join();
  learnt.with([](Learnt& all) { all.estimator.give_up_waiting(); });
  write();
}

void FeeService::Core::run() {
  while (!mailbox.is_closed()) {
    const std::int64_t due_ns = written_ns + kWriteSeconds * 1'000'000'000 - steady_ns();
    for (auto& task : mailbox.take(std::chrono::nanoseconds{std::max<std::int64_t>(due_ns, 0)})) task();
    pass_time(0);
  }
  // Those who wait for an answer get it.
  for (auto& task : mailbox.take(std::chrono::milliseconds{0})) task();
}

void FeeService::Core::pass_time(std::int64_t seconds) {
  written_ns -= seconds * 1'000'000'000;
  if (steady_ns() - written_ns < kWriteSeconds * 1'000'000'000) return;
  written_ns = steady_ns();
  write();
}

void FeeService::Core::load() {
  if (options.directory.empty()) return;
  const std::int64_t age = seconds_since_written(path()).value_or(0);
  if (age > kFileAgeMax && !options.accepts_stale) {
    KP_LOG_WARNING(with.log, "{} is {} hours old, which is too long ago for fees: estimation begins afresh.", path(),
                   age / (60 * 60));
    return;
  }
  const auto bytes = read_file(with.env, path(), fees::kFileBytesMax);
  if (!bytes && bytes.error().kind == FaultKind::NotFound) return;
  if (!bytes) return set_aside(bytes.error().message);
  take(*bytes);
}

void FeeService::Core::take(const Bytes& bytes) {
  auto kept = fees::read_estimates(bytes);
  if (!kept) return set_aside(kept.error());
  KP_LOG_INFO(with.log, "Fee estimates read, up to block {}", kept->best);
  learnt.with([&](Learnt& all) { all.estimator.restore(std::move(*kept)); });
}

void FeeService::Core::set_aside(const std::string& reason) {
  const std::string aside = path() + ".damaged";
  if (const auto renamed = with.env.rename(path(), aside); !renamed) {
    KP_LOG_WARNING(with.log, "{} cannot be used: {}. It could not be renamed either and will be overwritten: {}",
                   path(), reason, renamed.error().message);
    return;
  }
  KP_LOG_WARNING(with.log, "{} cannot be used: {}. It is now {}, and fee estimation begins afresh.", path(), reason,
                 aside);
}

void FeeService::Core::write() {
  if (options.directory.empty()) return;
  const fees::Kept kept = learnt.with([](const Learnt& all) { return all.estimator.keep(); });
  const auto written = write_file_atomically(with.env, path(), fees::write_estimates(kept));
  if (!written) KP_LOG_WARNING(with.log, "The fee estimates are not kept: {}", written.error().message);
}

// Only who comes while the chain is at its end waits for the next block like everybody.
bool FeeService::Core::is_current(const MempoolEvent::Arrival& arrival) const {
  const UnixTime now = with.clock.now();
  if (now - arrival.time > kArrivalAgeMax) return false;
  const chain::Entry* tip = with.engine.view()->tip();
  return now.seconds - std::int64_t{tip->header.time} <= kTipAgeMax &&
         tip->height + 1 >= with.engine.best_header()->height;
}

void FeeService::Core::on_transaction(const MempoolEvent& event) {
  using Kind = MempoolEvent::Kind;
  using Why = MempoolEvent::Why;
  if (event.kind == Kind::Removed) {
    if (event.why == Why::Confirmed) return;  // its block is told of next
    learnt.with([&](Learnt& all) { all.estimator.remove(event.tx->txid); });
    return;
  }
  const MempoolEvent::Arrival& arrival = event.arrival;
  if (event.why == Why::Reorganised || !arrival.is_alone || !is_current(arrival)) return;
  const double rate = static_cast<double>(arrival.fee.sats) * kSizePerRate / static_cast<double>(arrival.size);
  learnt.with([&](Learnt& all) { all.estimator.add(event.tx->txid, {arrival.height, rate}); });
}

void FeeService::Core::on_block(const BlockEvent& event) {
  std::vector<fees::Estimator::Mined> mined;
  for (const BlockEvent::Mined& one : event.mined) mined.push_back({one.txid, one.was_alone});
  learnt.with([&](Learnt& all) {
    all.estimator.add_block(event.block->height, mined);
    all.last_blocks.push_back({event.weight, event.weight_known});
    if (all.last_blocks.size() > Coverage::kBlocks) all.last_blocks.pop_front();
  });
}

FeeService::FeeService(std::shared_ptr<Core> core) : core_{std::move(core)} {}
FeeService::~FeeService() {
  stop();
}

std::unique_ptr<FeeService> FeeService::start(const Dependencies& dependencies, FeeOptions options) {
  auto core = std::make_shared<Core>(dependencies, std::move(options));
  core->start();
  return std::unique_ptr<FeeService>{new FeeService{std::move(core)}};
}

void FeeService::stop() {
  core_->stop();
}

fees::SmartEstimate FeeService::estimate(unsigned target, fees::Mode mode) const {
  core_->with.mempool.look([](const auto&, const auto&) {});
  return core_->learnt.with([&](const Learnt& all) { return all.estimator.estimate(target, mode); });
}

fees::RawEstimate FeeService::raw_estimate(fees::Horizon horizon, unsigned target, double threshold) const {
  core_->with.mempool.look([](const auto&, const auto&) {});
  return core_->learnt.with([&](const Learnt& all) { return all.estimator.raw_estimate(horizon, target, threshold); });
}

Coverage FeeService::coverage() const {
  return core_->learnt.with([](const Learnt& all) {
    Coverage coverage{.blocks = all.last_blocks.size()};
    for (const Seen& block : all.last_blocks) {
      coverage.weight += block.weight;
      coverage.weight_known += block.weight_known;
    }
    return coverage;
  });
}

void FeeService::advance(std::int64_t seconds) {
  core_->mailbox.ask([&, core = core_.get()] {
    core->pass_time(seconds);
    return true;
  });
}

}  // namespace kepeng::fee_service
