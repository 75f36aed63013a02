// Copyright (c) 2026 The kepeng developers
// SPDX-License-Identifier: MIT

#include <kepeng/base/work_pool.h>

#include <pthread.h>

#include <array>
#include <condition_variable>
#include <deque>
#include <mutex>
#include <thread>
#include <vector>

#include <kepeng/base/time.h>

namespace kepeng {

struct WorkPool::State {
  std::function<void()> on_done;
  mutable std::mutex mutex;
  std::condition_variable wake;
  std::array<std::deque<Task>, 2> lanes;
  bool stopping = false;
  std::atomic<std::int64_t> idle_ns{0};
  std::vector<std::thread> threads;

  bool take(Task& task) {
    for (auto& lane : lanes) {
      if (lane.empty()) continue;
      task = std::move(lane.front());
      lane.pop_front();
      return true;
    }
    return false;
  }

  void run(unsigned runner) {
    Task task;
    std::unique_lock hold{mutex};
    while (!stopping) {
      if (!take(task)) {
        const std::int64_t since = steady_ns();
        wake.wait(hold);
        idle_ns += steady_ns() - since;
        continue;
      }
      hold.unlock();
      task(runner);
      task = nullptr;
      on_done();
      hold.lock();
    }
  }
};

WorkPool::WorkPool(unsigned threads, const std::string& name, std::function<void()> on_done)
    : state_{std::make_unique<State>()} {
  state_->on_done = std::move(on_done);
  for (unsigned i = 0; i < threads; ++i) {
    state_->threads.emplace_back([this, i] { state_->run(i); });
    pthread_setname_np(state_->threads.back().native_handle(), (name + "." + std::to_string(i)).substr(0, 15).c_str());
  }
}

WorkPool::~WorkPool() {
  {
    std::scoped_lock hold{state_->mutex};
    state_->stopping = true;
  }
  state_->wake.notify_all();
  for (std::thread& thread : state_->threads) thread.join();
}

void WorkPool::post(Lane lane, Task task) {
  {
    std::scoped_lock hold{state_->mutex};
    state_->lanes[static_cast<std::size_t>(lane)].push_back(std::move(task));
  }
  state_->wake.notify_one();
}

bool WorkPool::run_one() {
  Task task;
  {
    std::scoped_lock hold{state_->mutex};
    if (!state_->take(task)) return false;
  }
  task(threads());
  task = nullptr;
  state_->on_done();
  return true;
}

unsigned WorkPool::threads() const {
  return static_cast<unsigned>(state_->threads.size());
}

std::size_t WorkPool::queued() const {
  std::scoped_lock hold{state_->mutex};
  return state_->lanes[0].size() + state_->lanes[1].size();
}

std::int64_t WorkPool::idle_ns() const {
  return state_->idle_ns;
}

}  // namespace kepeng
