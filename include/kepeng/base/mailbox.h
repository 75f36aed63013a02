// Copyright (c) 2026 The kepeng developers
// SPDX-License-Identifier: MIT

// Mailbox: work for one thread, which takes it in order. Thread-safe; whoever posts bounds what is waiting.
#pragma once

#include <condition_variable>
#include <deque>
#include <functional>
#include <mutex>
#include <optional>
#include <type_traits>
#include <utility>

namespace kepeng {

class Mailbox {
 public:
  using Task = std::function<void()>;

  // False, and nothing kept, once it is closed.
  bool post(Task task) {
    {
      std::scoped_lock hold{mutex_};
      if (is_closed_) return false;
      tasks_.push_back(std::move(task));
    }
    changed_.notify_one();
    return true;
  }
  // Runs `work` in the thread that takes, and gives its answer; nothing once it is closed. Not from that thread itself.
  template <class F>
  auto ask(F&& work) -> std::optional<std::invoke_result_t<F>> {
    std::optional<std::invoke_result_t<F>> answer;
    std::mutex mutex;
    std::condition_variable changed;
    bool done = false;
    const bool posted = post([&] {
      answer.emplace(work());
      std::scoped_lock hold{mutex};
      done = true;
      changed.notify_one();
    });
    if (!posted) return std::nullopt;
    std::unique_lock hold{mutex};
    changed.wait(hold, [&] { return done; });
    return answer;
  }
  // What has come, or nothing after `wait_for`.
  template <class Duration>
  std::deque<Task> take(Duration wait_for) {
    std::unique_lock hold{mutex_};
    changed_.wait_for(hold, wait_for, [&] { return !tasks_.empty() || is_closed_; });
    return std::exchange(tasks_, {});
  }
  void close() {
    {
      std::scoped_lock hold{mutex_};
      is_closed_ = true;
    }
    changed_.notify_one();
  }
  bool is_closed() const {
    std::scoped_lock hold{mutex_};
    return is_closed_;
  }

 private:
  mutable std::mutex mutex_;
  std::condition_variable changed_;
  std::deque<Task> tasks_;
  bool is_closed_ = false;
};

}  // namespace kepeng
