// Copyright (c) 2026 The kepeng developers
// SPDX-License-Identifier: MIT

#include <kepeng/housekeeping/tip_reporter.h>

#include <fmt/chrono.h>

#include <algorithm>
#include <cmath>

#include <kepeng/base/progress.h>

namespace kepeng::housekeeping {
namespace {

constexpr std::int64_t kProgressIntervalNs = 10'000'000'000;
constexpr std::size_t kTipsMax = 1000;  // lines that may wait; older ones are dropped
constexpr double kMib = 1 << 20;

std::string iso_date(std::uint32_t time) {
  return fmt::format("{:%Y-%m-%dT%H:%M:%SZ}", fmt::gmtime(static_cast<std::time_t>(time)));
}

}  // namespace

double chain_progress(const chain::Entry& tip, const params::NetworkParams& network, UnixTime now) {
  const params::ChainTransactionData& known = network.transaction_data;
  const auto here = static_cast<double>(tip.chain_transactions.load());
  if (here == 0) return 0;
  const bool is_before = here <= static_cast<double>(known.count);
  const double base = is_before ? static_cast<double>(known.count) : here;
  const std::int64_t since = is_before ? known.time : static_cast<std::int64_t>(tip.header.time);
  const double total = base + static_cast<double>(now.seconds - since) * known.per_second;
  return std::clamp(here / total, 0.0, 1.0);
}

TipReporter::TipReporter(const Dependencies& dependencies, Options options)
    : with_{dependencies}, options_{std::move(options)} {
  last_.at_ns = steady_ns();
  thread_ = std::thread{[this] { run(); }};
  with_.engine.subscribe([this](const validation::ChainEvent& event) { note(event); });
}

TipReporter::~TipReporter() {
  {
    std::scoped_lock hold{mutex_};
    stopping_ = true;
  }
  changed_.notify_all();
  thread_.join();
}

// Chain thread.
void TipReporter::note(const validation::ChainEvent& event) {
  const bool connected = event.kind == validation::ChainEvent::Kind::Connected;
  const chain::Entry* tip = connected ? event.entry : event.entry->parent;
  if (options_.stop_at_height != 0 && connected && tip->height >= options_.stop_at_height && options_.on_stop_height) {
    options_.on_stop_height();
  }
  const bool catching_up = with_.engine.is_initial_block_download();
  {
    std::scoped_lock hold{mutex_};
    if (catching_up) tips_.clear();
    if (tips_.size() >= kTipsMax) tips_.pop_front();
    tips_.push_back(tip);
  }
  if (!catching_up) changed_.notify_one();
}

void TipReporter::run() {
  set_thread_name("tip");
  std::unique_lock hold{mutex_};
  while (!stopping_) {
    changed_.wait_for(hold, std::chrono::seconds{1},
                      [&] { return stopping_ || (!tips_.empty() && !with_.engine.is_initial_block_download()); });
    if (stopping_ || tips_.empty()) continue;
    const bool catching_up = with_.engine.is_initial_block_download();
    if (catching_up && steady_ns() - last_.at_ns < kProgressIntervalNs) continue;
    const auto tips = std::exchange(tips_, {});
    hold.unlock();
    if (catching_up) {
      report_progress(*tips.back());
    } else {
      for (const chain::Entry* tip : tips) {
        report_tip(*tip);
        if (options_.on_new_tip) options_.on_new_tip(*tip);
      }
    }
    hold.lock();
  }
}

void TipReporter::report_tip(const chain::Entry& tip) {
  const auto cache = with_.engine.cache_use();
  KP_LOG_INFO(with_.logger,
              "UpdateTip: new best={} height={} version=0x{:08x} log2_work={:.6f} tx={} date='{}' progress={:.6f} "
              "cache={:.1f}MiB({}txo)",
              tip.hash.to_string(), tip.height, static_cast<std::uint32_t>(tip.header.version),
              std::log2(tip.chain_work.to_double()), tip.chain_transactions.load(), iso_date(tip.header.time),
              chain_progress(tip, with_.engine.network(), with_.clock.now()), static_cast<double>(cache.bytes) / kMib,
              cache.coins);
}

void TipReporter::report_progress(const chain::Entry& tip) {
  const validation::Counters& counters = with_.engine.counters();
  const Mark now{steady_ns(), counters.blocks_connected, counters.transactions_connected,
                 chain_progress(tip, with_.engine.network(), with_.clock.now())};
  const double seconds = static_cast<double>(now.at_ns - last_.at_ns) / 1e9;
  const double left = (1 - now.progress) / (now.progress - last_.progress) * seconds;
  KP_LOG_INFO(
      with_.logger, "Synchronizing: height={} date='{}' progress={:.6f} ({:.0f} blocks/s, {:.0f} tx/s), time left {}",
      tip.height, iso_date(tip.header.time), now.progress, static_cast<double>(now.blocks - last_.blocks) / seconds,
      static_cast<double>(now.transactions - last_.transactions) / seconds, duration_text(left < 0 ? INFINITY : left));
  report_tip(tip);
  last_ = now;
}

}  // namespace kepeng::housekeeping
