// Copyright (c) 2026 The kepeng developers
// SPDX-License-Identifier: MIT

#include <kepeng/base/serial_worker.h>
#include <pthread.h>

#include <condition_variable>
#include <deque>
#include <mutex>
#include <thread>
#include <utility>

namespace kepeng {

struct SerialWorker::State {
  std::mutex mutex;
  std::condition_variable changed;
  std::deque<std::function<void()>> jobs;
  bool ending = false;
  std::thread thread;

  void run() {
    std::unique_lock hold{mutex};
    for (;;) {
      changed.wait(hold, [&] { return ending || !jobs.empty(); });
      if (jobs.empty()) return;
      auto job = std::move(jobs.front());
      jobs.pop_front();
      hold.unlock();
      job();
      job = nullptr;  // what it owned goes outside the lock
      hold.lock();
    }
  }
};

SerialWorker::SerialWorker(const std::string& name) : state_{std::make_unique<State>()} {
  state_->thread = std::thread{[state = state_.get()] { state->run(); }};
  pthread_setname_np(state_->thread.native_handle(), name.substr(0, 15).c_str());
}

SerialWorker::~SerialWorker() {
  {
    std::scoped_lock hold{state_->mutex};
    state_->ending = true;
  }
  state_->changed.notify_one();
  state_->thread.join();
}

void SerialWorker::post(std::function<void()> job) {
  {
    std::scoped_lock hold{state_->mutex};
    state_->jobs.push_back(std::move(job));
  }
  state_->changed.notify_one();
}

}  // namespace kepeng
