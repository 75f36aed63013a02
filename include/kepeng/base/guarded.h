// Copyright (c) 2026 The kepeng developers
// SPDX-License-Identifier: MIT

// Guarded<T>: a value that is reached only through its lock. Published<T>: an immutable value that readers take
// without waiting for the writer's work.
//
// `with` runs a short function under the lock: no callback, log line or I/O inside it. Both are thread-safe.
#pragma once

#include <condition_variable>
#include <memory>
#include <mutex>
#include <shared_mutex>
#include <utility>

namespace kepeng {

template <class T>
class Guarded {
 public:
  template <class... Args>
  explicit Guarded(Args&&... args) : value_{std::forward<Args>(args)...} {}

  template <class F>
  decltype(auto) with(F&& use) {
    std::scoped_lock hold{mutex_};
    return std::forward<F>(use)(value_);
  }
  template <class F>
  decltype(auto) with(F&& use) const {
    std::scoped_lock hold{mutex_};
    return std::forward<F>(use)(value_);
  }

 private:
  mutable std::mutex mutex_;
  T value_;
};

// One writer at a time, many readers at once.
template <class T>
class SharedGuarded {
 public:
  template <class... Args>
  explicit SharedGuarded(Args&&... args) : value_{std::forward<Args>(args)...} {}

  template <class F>
  decltype(auto) write(F&& use) {
    std::unique_lock hold{mutex_};
    return std::forward<F>(use)(value_);
  }
  template <class F>
  decltype(auto) read(F&& use) const {
    std::shared_lock hold{mutex_};
    return std::forward<F>(use)(value_);
  }

 private:
  mutable std::shared_mutex mutex_;
  T value_;
};

template <class T>
class Published {
 public:
  std::shared_ptr<const T> read() const {
    std::scoped_lock hold{mutex_};
    return value_;
  }
  void publish(std::shared_ptr<const T> value) {
    std::scoped_lock hold{mutex_};
    value_.swap(value);
  }

 private:
  mutable std::mutex mutex_;
  std::shared_ptr<const T> value_;
};

}  // namespace kepeng
