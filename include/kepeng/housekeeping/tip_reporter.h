// Copyright (c) 2026 The kepeng developers
// SPDX-License-Identifier: MIT

// TipReporter: tells the operator how the chain moves.
//
// At the tip every block gives a line ("UpdateTip: ..."), which log readers know; while catching up there is one line
// every ten seconds, with speed and the time that is left. New tips run -blocknotify, and -stopatheight is noticed
// here. Lines are written by a thread of its own: the chain thread only leaves a note.
#pragma once

#include <condition_variable>
#include <deque>
#include <functional>
#include <mutex>
#include <string>
#include <thread>

#include <kepeng/validation/engine.h>

namespace kepeng::housekeeping {

class TipReporter {
 public:
  struct Options {
    Height stop_at_height = 0;
    std::function<void(const chain::Entry&)> on_new_tip{};  // at the tip only; may be empty
    std::function<void()> on_stop_height{};
  };
  struct Dependencies {
    validation::Engine& engine;
    Logger& logger;
    Clock& clock;
  };
  // All outlive the reporter, except that the engine may be closed.
  TipReporter(const Dependencies& dependencies, Options options);
  ~TipReporter();

 private:
  void note(const validation::ChainEvent& event);
  void run();
  void report_tip(const chain::Entry& tip);
  void report_progress(const chain::Entry& tip);

  Dependencies with_;
  Options options_;
  std::mutex mutex_;
  std::condition_variable changed_;
  std::deque<const chain::Entry*> tips_;  // new ones, oldest first; one at most while catching up
  bool stopping_ = false;
  struct Mark {
    std::int64_t at_ns = 0;
    std::uint64_t blocks = 0;
    std::uint64_t transactions = 0;
    double progress = 0;
  };
  Mark last_;
  std::thread thread_;
};

// Share of all transactions up to now that the chain up to `tip` holds, 0 to 1, by the network's usual rate.
double chain_progress(const chain::Entry& tip, const params::NetworkParams& network, UnixTime now);

}  // namespace kepeng::housekeeping
