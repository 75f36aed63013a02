// Copyright (c) 2026 The kepeng developers
// SPDX-License-Identifier: MIT

// WorkPool: threads that run short tasks over immutable input, in two lanes.
//
// Urgent tasks go before normal ones; within a lane the oldest first. A thread that waits for results may help with
// `run_one`. Each runner has a number, so that tasks can use memory that belongs to the runner: 0..threads()-1 for the
// pool's own threads, threads() for the one helper. A task must not throw. Thread-safe. The destructor drops what has
// not begun.
#pragma once

#include <atomic>
#include <cstdint>
#include <functional>
#include <memory>
#include <string>

namespace kepeng {

class WorkPool {
 public:
  using Task = std::function<void(unsigned runner)>;
  enum class Lane { Urgent, Normal };

  // `threads` may be 0: then only helpers run tasks. `on_done` is called after each task, by its runner.
  WorkPool(unsigned threads, const std::string& name, std::function<void()> on_done);
  ~WorkPool();
  WorkPool(const WorkPool&) = delete;
  WorkPool& operator=(const WorkPool&) = delete;

  void post(Lane lane, Task task);
  // Runs the next task in the caller's thread, as runner threads(); false if there was none. One helper at a time.
  bool run_one();

  unsigned threads() const;
  // Tasks that have not begun.
  std::size_t queued() const;
  // Time that the pool's threads have waited for work, together.
  std::int64_t idle_ns() const;

 private:
  struct State;
  std::unique_ptr<State> state_;
};

}  // namespace kepeng
